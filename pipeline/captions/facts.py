"""Prices and sizes in the seller's words: found, so that a caption never leaves them out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

# Bounded, for a number that goes on for ever would be read anew from each of its groups.
_AMOUNT = (
    r"\d{1,3}(?:[ \u00a0\u202f]\d{3}){1,3}+(?:[.,]\d{1,2})?"
    r"|\d{1,3}(?:,\d{3}){1,3}+(?:\.\d{1,2})?|\d{1,12}+(?:[.,]\d{1,2})?"
)
_SIGN = "[$€£₽₸₴¥₺₾₼֏₩₹₫₪₿]"
_MONEY = (
    r"руб(?:л(?:ь|я|ю|и|ей|ях|ям|ями|ём|ем)|\.)?|рублик\w*|р\.?|коп(?:ее?к\w*|\.)|тенге|тг"
    r"|грн|гривен|гривн\w*|евро|долл(?:ар\w*|\.)?|бакс(?:ов|а|ы)?|сум(?:ов|а|ах)?|сом(?:ов|а)?"
    r"|манат\w*|лари|драм(?:ов|а)?|юан(?:ей|я|ь)|злот\w+|фунт\w*\sстерлингов"
    r"|br|byn|eur(?:os?)?|usdt?|rub|kzt|uzs|kgs|uah|gbp|cny|dollars?|bucks?|cents|quid"
    r"|ro?ubles?|kopecks?|tenge|sou?ms?|so['’ʻ]m|hryvnias?|pounds\ssterling"
)
_CODE = r"usdt?|eur|gbp|(?-i:RUB|KZT|UZS|KGS|UAH|BYN|CNY)"  # "rub 10 times" is no price
BEFORE: Final = rf"(?:{_SIGN}|(?<!\w)(?:{_CODE}))"
"""What money is called before an amount, as a pattern."""
_TIMES = r"(?:тыс(?:яч\w{0,2}|\.)?|млн\.?|к|k|thousand|hundred|grand)"
AFTER: Final = rf"(?:{_TIMES}\s?)?(?:{_SIGN}|(?:{_MONEY})(?!\w))"
"""What money is called behind an amount, as a pattern."""
_PRICE = re.compile(
    rf"{BEFORE}\s?(?:{_AMOUNT})(?!\d)|(?<![\w.,])(?:{_AMOUNT})\s?{AFTER}", re.IGNORECASE
)
_ONE = r"(?:\d{2,3}(?:[.,]5)?|x{0,4}[sml]|[2-6]xl|one\s+size)"
_SIZE = re.compile(
    rf"\b(?:размер\w*|р-р|разм\.?|sizes?)\s*+:?\s*+({_ONE}(?:\s?[-–—/,]\s?{_ONE})*)\b",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(r"(?<=\d)[\s.,](?=\d{3}(?!\d))")
_IN_THOUSANDS = re.compile(rf"\d\s?{_TIMES}(?!\w)", re.IGNORECASE)
_UNITS = {
    "br", "byn", "eur", "euro", "euros", "usd", "usdt", "rub", "kzt", "uzs", "kgs", "uah", "gbp",
    "cny", "dollar", "dollars", "buck", "bucks", "cents", "quid", "rouble", "roubles", "ruble",
    "rubles", "kopeck", "kopecks", "tenge", "som", "soms", "soum", "soums", "hryvnia", "hryvnias",
}  # fmt: skip
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


def amount_of(price: str) -> str:
    """Give a price as a bare number; nothing where it counts in thousands or the like."""
    if _IN_THOUSANDS.search(price) is not None:
        return ""
    return re.sub(r"[^\d.,]", "", _THOUSANDS.sub("", price)).strip(".,").replace(",", ".")


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
