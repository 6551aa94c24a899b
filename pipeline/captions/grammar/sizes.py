"""The rules of sizes and heights: by their words, by their systems, by their letters."""

from __future__ import annotations

from typing import Final

from pipeline.captions.grammar.cursor import DASHES
from pipeline.captions.grammar.prices import Prices
from pipeline.captions.grammar.reading import Found, Reading, What
from pipeline.captions.tokens import Kind

_ITEMS_AT_MOST: Final = 12
"""Sizes of one list."""
_CYRILLIC: Final = str.maketrans("хмлс", "xmls")
"""Letters of sizes as a Russian keyboard has them."""
_LARGEST: Final = 300
_FAR: Final = 20
"""Two neighbours in a list of sizes are no further apart."""
_HEIGHTS: Final = range(50, 221)


class Sizes(Prices):
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
        for _ in range(2):
            if self._at(at).text in {":", "=", *DASHES}:
                at += 1
        for length in (2, 1):
            said = " ".join(self._at(at + n).lower for n in range(length))
            if said in self._words.size["whole"]:
                return self._sized(start, at, (at + length, False))
        if (end := self._dimensions(at)) is not None:
            return self._sized(start, at, (end, False))
        one = self._one(at)
        if one is None or self._at(one).text == "%" or self._is_counted(one):
            return None
        if self._price(at, space=False, comma=False) is not None:
            return None
        end, unsure = self._listed(at, one)
        if self._is(end, self._words.size["denied"]):
            return None
        if (behind := self._unit(end)) is not None:
            end = behind
        end = self._bracketed(end)
        return self._sized(start, at, (end, unsure))

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

    def _one(self, at: int, *, listed: bool = False) -> int | None:
        """Step over one size: a number with or without a half, letters, "EU 38"."""
        if self._is(at, self._words.size["systems"]) and self._at(at).text.isupper():
            at += 1
        token = self._at(at)
        if self._are_letters(at):
            return at + (2 if token.kind is Kind.NUMBER else 1)
        if token.kind is not Kind.NUMBER or int(token.text[:4]) > _LARGEST:
            return None
        if not listed and at and not token.gap and self._glued(at - 1):
            return None
        point, half = self._at(at + 1), self._at(at + 2)
        if (
            point.text in {".", ","}
            and not point.gap
            and half.kind is Kind.NUMBER
            and not half.gap
            and len(half.text) == 1
        ):
            at += 2
        system = self._at(at + 1)
        is_behind = system.text.isupper() and self._is(at + 1, self._words.size["systems"])
        return at + 2 if is_behind and self._at(at + 2).kind is not Kind.NUMBER else at + 1

    def _listed(self, at: int, end: int) -> tuple[int, bool]:
        """Step over the sizes that follow the first; whether it is unsure where they end."""
        last = at
        for _ in range(_ITEMS_AT_MOST):
            mark = self._at(end)
            if mark.text in {"/", *DASHES}:
                further, tight = end + 1, True
            elif mark.text == "," or self._is(end, self._words.size["joins"]):
                further, tight = end + 1, False
            elif mark.kind is not Kind.END and mark.gap:
                further, tight = end, False
            else:
                break
            behind = self._one(further, listed=True)
            comma = self._at(further).gap or mark.text != ","
            if behind is None or self._price(further, space=mark.text == ",", comma=comma):
                break
            if self._is_unit(behind) and not (tight and mark.text != "/"):
                break
            if not self._is_like(last, further, slash=mark.text == "/"):
                break
            if further == end and (price := self._price(further)) is not None:
                return price.next, True  # «размер 44 46 700 рублей»
            if not tight and self._is_followed_by_a_word(behind):
                return end, True  # «размер 44, 46 новая»
            last, end = further, behind
        return end, False

    def _bracketed(self, at: int) -> int:
        if self._at(at).text != "(":
            return at
        one = self._one(at + 1)
        if one is None:
            return at
        end, _ = self._listed(at + 1, one)
        return end + 1 if self._at(end).text == ")" else at

    def _is_like(self, first: int, other: int, *, slash: bool) -> bool:
        """Tell whether two sizes may stand in one list."""
        words = self._words.size["systems"]
        if self._is(first, words) or self._is(other, words):
            return slash or self._is(other, words)
        if self._are_letters(first) != self._are_letters(other):
            return slash
        if self._are_letters(first):
            return True
        here, there = (int(self._at(at).text) for at in (first, other))
        return abs(here - there) <= _FAR

    def _are_letters(self, at: int) -> bool:
        token = self._at(at)
        if token.kind is Kind.NUMBER:
            following = self._at(at + 1)
            if (
                len(token.text) > 1
                or following.gap
                or (at and not token.gap and self._glued(at - 1))
            ):
                return False
            letters = following.lower.translate(_CYRILLIC)
            return following.kind is Kind.WORD and letters in {"xl", "xs", "xxl"}
        letters = token.lower.translate(_CYRILLIC)
        bare = letters.lstrip("x")
        if token.kind is not Kind.WORD or bare not in {"s", "m", "l"} or len(letters) > 6:  # noqa: PLR2004 - XXXXXL
            return False
        return token.text.isupper() or letters != bare or self._is_behind_size_word(at)

    def _is_behind_size_word(self, at: int) -> bool:
        before = {self._at(here).lower for here in range(max(at - 3, 0), at)}
        return bool(before & self._words.size["words"])

    def _is_more_than_a_letter(self, at: int) -> bool:
        return self._at(at).kind is Kind.NUMBER or len(self._at(at).text) > 1

    def _is_part_of_word(self, at: int) -> bool:
        before = self._at(at - 1) if at else None
        return (
            before is not None
            and not self._at(at).gap
            and (
                before.kind in {Kind.WORD, Kind.NUMBER} or before.text in {"-", "&", "/", "'", "."}
            )
        )

    def _is_short_for_size(self, at: int) -> bool:
        """Tell whether this is the short word for a size, which no number precedes."""
        before = self._at(at - 1) if at else None
        number = before is not None and before.kind is Kind.NUMBER
        return self._at(at).lower == "р" and not number

    def _past_point(self, at: int) -> int:
        return at + 2 if self._at(at + 1).text == "." else at + 1

    def _is_followed_by_a_word(self, at: int) -> bool:
        """Tell whether a word follows that begins no other fact and joins nothing."""
        token = self._at(at)
        words = self._words
        known = (
            words.size["words"]
            | words.size["joins"]
            | words.size["height"]
            | words.size["systems"]
            | words.price["labels"]
            | words.price["old"]
            | words.price["sold"]
            | words.measure["labels"]
        )
        return token.kind is Kind.WORD and token.lower not in known and not self._are_letters(at)

    def _height(self, at: int) -> Found | None:
        """Read «рост 164», «на рост 158»."""
        if not self._is(at, self._words.size["height"]):
            return None
        start = at - 1 if at > self._read and self._at(at - 1).lower == "на" else at
        at += 1
        for _ in range(2):
            if self._at(at).text in {":", *DASHES} or self._is(
                at, self._words.size["height_fillers"]
            ):
                at += 1
        end = at
        for _ in range(2):
            token = self._at(end)
            if token.kind is not Kind.NUMBER or int(token.text[:4]) not in _HEIGHTS:
                return None
            end += 1
            if not (self._at(end).text in {"/", *DASHES} or self._is(end, frozenset(["до"]))):
                break
            if self._at(end + 1).kind is not Kind.NUMBER:
                break
            end += 1
        if self._money(end) is not None:
            return None
        end = self._unit(end) or end
        return Found(
            Reading(What.HEIGHT, self._at(start).start, self._at(at).start, self._at(end - 1).end),
            end,
        )
