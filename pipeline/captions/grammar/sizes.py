"""The rules of sizes and heights: by their words, by their systems, by their letters."""

from __future__ import annotations

from typing import Final

from pipeline.captions.grammar.cursor import DASHES
from pipeline.captions.grammar.reading import Found, Reading, What
from pipeline.captions.grammar.size_lists import ITEMS_AT_MOST, LOOSE, SizeLists
from pipeline.captions.tokens import Kind

_HEIGHTS: Final = range(50, 221)


class Sizes(SizeLists):
    """Rules that read sizes and heights."""

    def _size_named(self, at: int) -> Found | None:
        """Read a size behind its word or its system: «размер 44», "EU 38"."""
        words = self._words.size
        if (behind := self._after_word(at, words["words"])) is not None:
            return self._size_after(at, behind)
        if self._is_short_for_size(at) and (found := self._size_after(at, self._past_point(at))):
            return found
        if f"{self._at(at).lower} {self._at(at + 1).lower}" in words["whole"]:
            return self._sized(at, at, (at + 2, False))
        if self._is(at, words["systems"]) and (one := self._one(at)) is not None:
            return self._sized(at, at, self._listed(at, one))
        return None

    def _size_bare(self, at: int) -> Found | None:
        """Read a size before its word, or one of letters: «44 размер», "XL", "S-M"."""
        letters = self._are_letters(at)
        if not (letters or self._has_sizes) or self._is_part_of_word(at):
            return None
        if (one := self._one(at)) is None:
            return None
        end, unsure = self._listed(at, one)
        if (named := self._after_word(end, self._words.size["words"])) is not None:
            is_before = self._size_after(end, named) is None
            return self._sized(at, at, (named, unsure), value_end=end) if is_before else None
        if letters and (end > one or self._is_more_than_a_letter(at)):
            return self._sized(at, at, (end, unsure))
        return None

    def _size_after(self, start: int, at: int) -> Found | None:
        """Read what stands behind the word "size"."""
        several = self._is(start, self._words.size["several"])
        at = self._over_fillers(at)
        for length in (2, 1):
            said = " ".join(self._at(at + n).lower for n in range(length))
            if said in self._words.size["whole"]:
                end = at + length
                if (one := self._one(end)) is not None and self._price(end) is None:
                    end, _ = self._listed(end, one)
                return self._sized(start, at, (end, False))
        if (crossed := self._dimensions(at)) is not None:
            return self._sized(start, at, (crossed, False))
        value, first = at, self._first(at)
        one = self._one(first)
        if one is None or self._at(one).text == "%" or self._is_counted(one):
            return None
        if self._price(first, space=False, comma=False) is not None:
            return None
        end, unsure = self._listed(first, one, several=several)
        if self._is(end, self._words.size["denied"]):
            return None
        if (behind := self._unit(end) or self._share(end)) is not None:
            end = self._bracketed(behind)
        # «от 98», of which the other end is not told.
        unsure = unsure or (value < first and end == one)
        return self._sized(start, value, (end, unsure))

    def _over_fillers(self, at: int) -> int:
        """Step over what stands between the word "size" and the sizes: «в наличии:», "are"."""
        for _ in range(3):
            said = f"{self._at(at).lower} {self._at(at + 1).lower}"
            if self._at(at).text in {":", "=", *DASHES} or self._is(
                at, self._words.size["fillers"]
            ):
                at += 1
            elif said in self._words.size["fillers"]:
                at += 2
        return at

    def _first(self, at: int) -> int:
        """Step over the "from" of a range, which in Russian may be a letter of sizes too."""
        if self._is(at, self._words.size["from"]) and self._at(at + 1).kind is not Kind.END:
            ahead = self._one(at + 1)
            if ahead is not None and self._at(at + 1).gap:
                return at + 1
        return at

    def _sized(self, start: int, value: int, end: tuple[int, bool], value_end: int = 0) -> Found:
        return Found(
            Reading(
                What.SIZE,
                self._at(start).start,
                self._at(value).start,
                self._at((value_end or end[0]) - 1).end,
                unsure=end[1],
            ),
            end[0],
        )

    def _is_short_for_size(self, at: int) -> bool:
        """Tell whether this is the short word for a size, which no number precedes."""
        before = self._at(at - 1) if at else None
        number = before is not None and before.kind is Kind.NUMBER
        return self._at(at).lower == "р" and not number

    def _past_point(self, at: int) -> int:
        return at + 2 if self._at(at + 1).text == "." else at + 1

    def _height(self, at: int) -> Found | None:
        """Read «рост 164», «на рост 158», «рост 98, 104», «рост от 98 до 122»."""
        if not self._is(at, self._words.size["height"]):
            return None
        start = at - 1 if at > self._read and self._at(at - 1).lower == "на" else at
        at += 1
        for _ in range(2):
            if self._at(at).text in {":", *DASHES} or self._is(
                at, self._words.size["height_fillers"]
            ):
                at += 1
        value = at - 1 if self._is(at - 1, self._words.size["from"]) else at
        end = self._tall(at)
        if end is None:
            return None
        unsure = False
        for _ in range(ITEMS_AT_MOST):
            mark = self._at(end).text
            ranged = mark in {"/", *DASHES} or self._is(end, self._words.size["to"])
            if not (ranged or mark in LOOSE or self._is(end, self._words.size["joins"])):
                break
            behind = self._tall(end + 1)
            if behind is None or self._price(end + 1) is not None:
                unsure = ranged and self._at(end + 1).kind is Kind.NUMBER
                break
            if not (ranged or self._is_grown(end - 1, end + 1)):
                break
            end = behind
        if self._money(end) is not None:
            return None
        end = self._unit(end) or end
        return Found(
            Reading(
                What.HEIGHT,
                self._at(start).start,
                self._at(value).start,
                self._at(end - 1).end,
                unsure=unsure,
            ),
            end,
        )

    def _tall(self, at: int) -> int | None:
        """Step over a height in centimetres."""
        token = self._at(at)
        return at + 1 if token.kind is Kind.NUMBER and int(token.text[:4]) in _HEIGHTS else None
