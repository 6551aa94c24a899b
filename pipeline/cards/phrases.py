"""Phrases of a seller's: what each is about, and the claim that it makes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pipeline.captions.grammar import What, readings_of
from pipeline.captions.text import tidy_line, without_emoji
from pipeline.cards.values import CLAIM_AT_MOST

if TYPE_CHECKING:
    from pipeline.captions.grammar import Reading

LEAST: Final = 3
_STEM: Final = 5
PARTS = re.compile(r"[\n;!?•]|,(?!\d)|\.(?=\s|$)")
_CUTS = re.compile(r"[:(]|\s[—–-]\s")
ITEMS = re.compile(r"[,;+]|\s(?:и|and|va|және)\s", re.IGNORECASE)
BOX = re.compile(
    r"(?:в комплект\w*|комплект\w*(?: поставки)?|в набор\w*|in the box|the set has|set includes|"
    r"includes)\s?[:—–-]\s?([^.\n;!]+)",
    re.IGNORECASE,
)
FURTHER = re.compile(r"\s?[-–—/]\s?\d{1,3}(?!\d)")
_BARE = re.compile(r"(?<![\w.,])(?:\d{4,}(?![\w.,])|\d{3,}$)")
_NAMING = re.compile(r"[^\W\d_]{3}")
_SHARE = re.compile(r"\d\s?%")
MADE_OF = re.compile(
    r"^(?:состав|материал|ткань|material|fabric|made of)\s?[:—–-]?\s?", re.IGNORECASE
)
APART: Final = (What.PRICE, What.SIZE, What.HEIGHT)
"""Facts that have a place of their own on a card."""
UNPROVABLE = re.compile(
    r"(?<!\w)(?:лучш\w*|сам(?:ый|ая|ое|ые)|идеальн\w*|хит|топ|премиум\w*|номер один|№\s?1|"
    r"уникальн\w*|best|perfect|number one|no\.?\s?1|top|unique|premium|amazing)(?!\w)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")
GREETING = re.compile(r"^(?:привет|здравствуйте|добрый|доброе|hello|hi|good)(?!\w)", re.IGNORECASE)
NO_CLAIM = re.compile(
    r"^(?:продам|продаю|цена|стоимость|размеры?|рост|доставка|самовывоз|торг|новое|новый|новая|"
    r"был[аои]?|раньше|старая|привет|здравствуйте|добрый|пожалуйста|пишите|звоните|обращайтесь|"
    r"отправк[аиу]|отправ(?:лю|им|ляю|ляем)|состояние|price|was|before|old|sizes?|for sale|selling|"
    r"hello|hi|please|write|call|ships?|shipping|condition)(?!\w)",
    re.IGNORECASE,
)


def claim_in(text: str) -> str | None:
    """Cut a phrase to a claim: none where it is too long whole, or says a price or a size.

    It is cut before a colon, a bracket or a dash; what stands before is a claim if it is more than
    a word, else what follows is.
    """
    line = line_of(text).rstrip(".")
    if len(line) > CLAIM_AT_MOST:
        head, *rest = _CUTS.split(line, maxsplit=1)
        line = head if " " in head or not rest else rest[0].split(",", 1)[0]
    line = line.strip(",.:;() ")
    if not LEAST <= len(line) <= CLAIM_AT_MOST or facts_apart(line) or MADE_OF.match(line):
        return None
    if _SHARE.search(line) and "100" not in line:
        return None  # a part of what it is made of says nothing by itself
    if _BARE.search(line) or not _NAMING.search(line):
        return None  # a number of what? a price, an article, a telephone: nobody knows
    return begun(line)


def is_measured(text: str) -> bool:
    """Tell whether a phrase gives a length, a weight or the like."""
    return any(one.what is What.MEASURE for one in readings_of(text))


def facts_apart(text: str) -> list[Reading]:
    """Find the facts of a phrase that have a place of their own on a card."""
    return [one for one in readings_of(text) if one.what in APART]


def line_of(text: str) -> str:
    """Tidy a text into one line without emoji."""
    return tidy_line(without_emoji(text))


def begun(text: str) -> str:
    """Begin a text with a capital letter."""
    return text[:1].upper() + text[1:]


def stems_of(text: str) -> frozenset[str]:
    """Give the words of a text without their endings, those of one or two letters left out."""
    words = (word.casefold()[:_STEM] for word in _WORD.findall(text))
    return frozenset(word for word in words if len(word) > 2 or word.isdigit())  # noqa: PLR2004 - see above
