"""Claims that a picture cannot show and the seller did not make.

Rules, not understanding: they catch the inventions that hurt a seller most, namely measures and
percentages, sizes, promises of trade, and brands. A claim is grounded where the seller's words or
what the model says it sees on the product hold it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.captions.facts import AFTER, BEFORE

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMBER = r"\d+(?:[.,]\d+)?"
_UNITS = (
    rf"%|°|{AFTER}|"
    r"(?:процент\w*|мм|см|м|км|мг|г|гр|кг|мл|л|вт|мач|гб|мб|"
    r"лет|года?|месяц\w*|дн(?:ей|я)|день|час(?:а|ов)?|"
    r"percent|mm|cm|m|inch(?:es)?|ft|mg|g|kg|oz|lbs?|ml|l|w|mah|gb|mb|"
    r"years?|months?|days?|hours?)\b"
)
_MEASURE = re.compile(
    rf"{BEFORE}\s?{_NUMBER}"
    rf"|\b{_NUMBER}(?:\s?[-–—xх×*]\s?{_NUMBER}){{0,3}}\s?(?:{_UNITS})"
    rf"|\b(?:размер\w*|рост|size|eu|us|uk)\s?:?\s?(?:{_NUMBER}|x{{0,3}}[sml])\b",
    re.IGNORECASE,
)
_PROMISE = re.compile(
    r"\b(?:гаранти|достав|скидк|акци[яию]|распродаж|сертифи|гипоаллерген|бестселлер|хит продаж|"
    r"оригинальн\w+ (?:товар|продукц)|warrant|guarant|deliver|shipping|discount|certified|"
    r"hypoallergenic|bestsell|best.sell)\w*",
    re.IGNORECASE,
)
_BRAND = re.compile(r"\b[A-Z][a-z]{2,}\b")
_WORD = re.compile(r"[^\W_]+")
_VALUE = re.compile(r"\d+|\bx{0,3}[sml]$", re.IGNORECASE)
_STEM = 6


class Ground:
    """What a text may claim: the seller's words, and what the model says it sees."""

    def __init__(self, *told: str) -> None:
        self._text = " ".join(told).casefold()
        self._words = set(_WORD.findall(self._text))
        self._values = self._words | set(re.findall(r"\d+", self._text))

    def inventions(self, text: str) -> Iterator[str]:
        """Find the claims of a text that the ground does not hold, as they stand in the text."""
        for match in _MEASURE.finditer(text):
            if not self._values.issuperset(_VALUE.findall(match[0].casefold())):
                yield match[0]
        for match in _PROMISE.finditer(text):
            if match[0].casefold()[:_STEM] not in self._text:
                yield match[0]
        if _is_cyrillic(text):
            for match in _BRAND.finditer(text):
                if match[0].casefold() not in self._words:
                    yield match[0]


def _is_cyrillic(text: str) -> bool:
    return re.search("[а-яё]", text, re.IGNORECASE) is not None
