"""The rules of measures: a length, a volume, a weight, a share, a span of time."""

from __future__ import annotations

from typing import Final

from pipeline.captions.grammar.cursor import DASHES, Cursor
from pipeline.captions.grammar.reading import Found, Reading, What
from pipeline.captions.tokens import Kind

CROSSES: Final = frozenset({"x", "х", "×", "*"})
_DIGITS_AT_MOST: Final = 12


class Measures(Cursor):
    """Rules that read measures, and tell units."""

    def _measure(self, at: int) -> Found | None:
        """Read a number with a unit, or one that stands right behind "length" and the like."""
        start = at
        if at > 1 and self._at(at - 1).text == "/" and self._at(at - 2).kind is Kind.NUMBER:
            return None  # «1/2 кг»
        labelled = self._is(at, self._words.measure["labels"])
        if labelled:
            at += 1
            for _ in range(2):
                if self._at(at).kind is Kind.WORD or self._at(at).text in {":", *DASHES}:
                    at += 1
        end = self._dimensions(at)
        if end is None and labelled and at == start + 1:
            amount = self._amount(at, comma=False)
            end = None if amount is None or self._money(amount.end) else amount.end
        if end is None:
            return None
        share = self._after_word(end - 1, self._words.measure["shares"]) is not None
        return Found(
            Reading(
                What.SHARE if share else What.MEASURE,
                self._at(start).start,
                self._at(at).start,
                self._at(end - 1).end,
            ),
            end,
        )

    def _dimensions(self, at: int) -> int | None:
        """Step over «20 на 30 см», "20x30 cm", "0.5 l"; a cross needs no unit, but two numbers."""
        amount = self._amount(at, space=False)
        if amount is None:
            return None
        end, crossed = amount.end, False
        for _ in range(3):
            token = self._at(end)
            cross = token.lower in CROSSES or token.lower == "на"
            further = self._loose_amount(end + 1) if cross or token.text in DASHES else None
            if further is None:
                # The unit may follow each number.
                unit = self._unit(end)
                cross = unit is not None and self._at(unit).lower in CROSSES
                further = self._loose_amount(unit + 1) if cross and unit else None
            if further is None:
                break
            crossed = crossed or token.lower in CROSSES
            end = further
        unit = self._unit(end) or self._share(end)
        if unit is not None:
            return unit
        return end if crossed else None

    def _loose_amount(self, at: int) -> int | None:
        """Step over a number that may be glued to a cross."""
        first = self._at(at)
        if first.kind is not Kind.NUMBER or len(first.text) > _DIGITS_AT_MOST:
            return None
        point, fraction = self._at(at + 1), self._at(at + 2)
        is_split = point.text in {".", ","} and not point.gap and not fraction.gap
        return at + 3 if is_split and fraction.kind is Kind.NUMBER else at + 1

    def _unit(self, at: int) -> int | None:
        if self._at(at).text in {'"', "″"} and not self._at(at).gap:
            return None
        if (end := self._after_word(at, self._words.measure["units"])) is None:
            return None
        if self._at(end).text == "/" and self._is(end + 1, self._words.measure["units"]):
            return end + 2
        return end

    def _share(self, at: int) -> int | None:
        return self._after_word(at, self._words.measure["shares"])

    def _is_counted(self, at: int) -> bool:
        return self._is(at, self._words.measure["counted"])

    def _is_unit(self, at: int) -> bool:
        return self._unit(at) is not None or self._share(at) is not None or self._is_counted(at)
