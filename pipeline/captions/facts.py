"""Prices and sizes in the seller's words: found, so that a caption never leaves them out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_AMOUNT = r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?"
_UNIT = r"₽|руб(?:л\w+|\.)?|р\.?|₸|тенге|тг|₴|грн|br|byn|€|евро|eur(?:os?)?|\$|usd|долл\w*|£|gbp"
_PRICE = re.compile(
    rf"[$€£₽]\s?(?:{_AMOUNT})|(?<![\w.,])(?:{_AMOUNT})\s?(?:{_UNIT})(?![\w])", re.IGNORECASE
)
_ONE = r"(?:\d{2,3}(?:[.,]5)?|x{0,4}[sml]|[2-6]xl|one\s+size)"
_SIZE = re.compile(
    rf"\b(?:размер\w*|р-р|разм\.?|sizes?)\s*:?\s*({_ONE}(?:\s?[-–—/,]\s?{_ONE})*)\b", re.IGNORECASE
)
_THOUSANDS = re.compile(r"(?<=\d)[\s.,](?=\d{3}(?!\d))")
_UNITS = frozenset({"br", "byn", "eur", "euro", "euros", "usd", "gbp"})
_LABELS: Final = {
    "ru": ("Цена: {}", "Размер: {}"),
    "en": ("Price: {}", "Size: {}"),
}


def prices_in(text: str) -> Iterator[str]:
    """Find amounts of money, as they stand in the text."""
    for match in _PRICE.finditer(text):
        yield match[0].strip()


def sizes_in(text: str) -> Iterator[str]:
    """Find garment and shoe sizes, without the word before them."""
    for match in _SIZE.finditer(text):
        yield match[1].strip()


def price_line(price: str, language: str) -> str:
    """Write a price as a list's item, in the languages that have a word for it here."""
    return _LABELS.get(language, ("{}", "{}"))[0].format(price)


def size_line(size: str, language: str) -> str:
    """Write a size as a list's item."""
    return _LABELS.get(language, ("{}", "{}"))[1].format(size)


def is_told(value: str, text: str) -> bool:
    """Tell whether a text gives a price or a size, however it writes it."""
    return _tokens(text).issuperset(_tokens(value) - _UNITS)


def _tokens(text: str) -> set[str]:
    joined = _THOUSANDS.sub("", text.casefold())
    return set(re.findall(r"\d+|[a-z]+", joined))
