"""Claims that a picture cannot show and the seller did not make.

Rules, not understanding: they catch the inventions that hurt a seller most, namely measures and
percentages, sizes, promises of trade, and brands. A claim is grounded where the seller's words or
what the model says it sees on the product hold it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.captions.facts import marks_in
from pipeline.captions.grammar import What, readings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.captions.grammar import Reading

_PROMISE = re.compile(
    r"\b(?:гаранти|достав|скидк|акци[яию]|распродаж|сертифи|гипоаллерген|бестселлер|хит продаж|"
    r"оригинальн\w+ (?:товар|продукц)|warrant|guarant|deliver|shipping|discount|certified|"
    r"hypoallergenic|bestsell|best.sell)\w*",
    re.IGNORECASE,
)
_BRAND = re.compile(r"\b[A-Z][a-z]{2,}\b")
_WORD = re.compile(r"[^\W_]+")
_STEM = 6


class Ground:
    """What a text may claim: the seller's words, and what the model says it sees."""

    def __init__(self, *told: str) -> None:
        self._text = " ".join(told).casefold()
        self._words = set(_WORD.findall(self._text))
        self._values = self._words | marks_in(self._text)

    def inventions(self, text: str, readings: tuple[Reading, ...] | None = None) -> Iterator[str]:
        """Find the claims of a text that the ground does not hold, as they stand in the text.

        ``readings`` are those of the text, where they were read before.
        """
        for one in readings_of(text) if readings is None else readings:
            start = one.start if one.what in {What.PRICE, What.SIZE} else one.value
            if not self._values.issuperset(marks_in(text[one.value : one.end])):
                yield text[start : one.end]
        for match in _PROMISE.finditer(text):
            if match[0].casefold()[:_STEM] not in self._text:
                yield match[0]
        if _is_cyrillic(text):
            for match in _BRAND.finditer(text):
                if match[0].casefold() not in self._words:
                    yield match[0]


def _is_cyrillic(text: str) -> bool:
    return re.search("[а-яё]", text, re.IGNORECASE) is not None
