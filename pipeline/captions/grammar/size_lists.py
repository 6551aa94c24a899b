"""The rules of one size and of several: «44, 46», "S-XL", «98-122», «M (46-48), L (50-52)»."""

from __future__ import annotations

from typing import Final

from pipeline.captions.grammar.cursor import DASHES
from pipeline.captions.grammar.prices import Prices
from pipeline.captions.tokens import Kind

ITEMS_AT_MOST: Final = 12
"""Sizes of one list."""
_CYRILLIC: Final = str.maketrans("хмлс", "xmls")
"""Letters of sizes as a Russian keyboard has them."""
_LARGEST: Final = 300
_FAR: Final = 20
"""Two neighbours in a list of sizes are no further apart, children's apart."""
_ADULTS: Final = range(1, 75)
_CHILDREN: Final = range(50, 189)
"""Sizes of clothes that a range does not leave, of adults and children."""
_GROWTH: Final = 6
"""Children's sizes are heights this far apart: 50, 56, …, 98, 104, …, 188."""
_TIGHT: Final = frozenset({"/", "|", "\\", *DASHES})
LOOSE: Final = frozenset({",", ";"})
_IN_BRACKETS_AT_MOST: Final = 4


class SizeLists(Prices):
    """Rules that step over sizes, and tell which belong together."""

    def _one(self, at: int, *, listed: bool = False) -> int | None:
        """Step over one size: a number with or without a half, letters, "EU 38", "2T".

        ``listed`` tells that sizes come before it: single letters of any case are one then.
        """
        if self._is(at, self._words.size["systems"]) and self._at(at).text.isupper():
            at += 1
        token = self._at(at)
        if self._are_letters(at, listed=listed):
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
        behind = self._at(at + 1)
        if (
            behind.kind is Kind.WORD
            and not behind.gap
            and self._is(at + 1, self._words.size["aged"])
        ):
            return at + 2
        is_system = behind.text.isupper() and self._is(at + 1, self._words.size["systems"])
        return at + 2 if is_system and self._at(at + 2).kind is not Kind.NUMBER else at + 1

    def _listed(
        self, at: int, end: int, *, several: bool = False, most: int = ITEMS_AT_MOST
    ) -> tuple[int, bool]:
        """Step over the sizes that follow the first; whether it is unsure where they end.

        ``several`` tells that the word before them announced more than one. A list that goes on
        in a way that cannot be read is unsure: half of it would be wrong.
        """
        last, inner = at, most < ITEMS_AT_MOST
        end = end if inner else self._bracketed(end)
        for _ in range(most):
            further = self._behind_mark(end)
            if further is None:
                return end, self._is_cut(end)
            behind = self._followed(last, end, further, several=several)
            if isinstance(behind, tuple):
                return behind
            last, end = further, behind if inner else self._bracketed(behind)
        return end, self._one(end + 1, listed=True) is not None

    def _behind_mark(self, at: int) -> int | None:
        """Step over what stands between two sizes, which may be a space."""
        mark = self._at(at)
        if mark.text in _TIGHT | LOOSE or self._is(at, self._words.size["joins"]):
            return at + 1
        return at if mark.kind is not Kind.END and mark.gap else None

    def _followed(
        self, last: int, end: int, further: int, *, several: bool
    ) -> int | tuple[int, bool]:
        """Step over a further size; a pair as of ``_listed`` where the list ends before it."""
        mark, behind = self._at(end).text, self._one(further, listed=True)
        tight = mark in _TIGHT
        comma = self._at(further).gap or mark != ","
        grown = self._is_grown(last, further) or (
            several and behind is not None and self._is_age(behind)
        )
        if self._price(further, space=mark == ",", comma=comma) or (
            behind is not None
            and self._is_measured(further, behind)
            and not (grown or mark in DASHES)
        ):
            return end, False
        if behind is None:
            return end, mark in DASHES and self._at(further).kind is Kind.NUMBER
        if not self._is_like(last, further, mark):
            # What stands close belongs to it, and so does what its word announced.
            unsure = mark in DASHES or further == end or several
            return (behind if unsure else end), unsure
        if further == end and (price := self._price(further)) is not None:
            return price.next, True  # «размер 44 46 700 рублей»
        if not (tight or several or grown) and self._is_followed_by_a_word(behind):
            return end, True  # «размер 44, 46 новая»
        return behind

    def _is_measured(self, at: int, behind: int) -> bool:
        return self._is_unit(behind) and not self._are_letters(at, listed=True)

    def _is_age(self, at: int) -> bool:
        return self._share(at) is not None and self._at(at).kind is Kind.WORD

    def _is_cut(self, end: int) -> bool:
        """Tell whether more of a size stands right behind what was read of it: «44.46»."""
        mark, more = self._at(end), self._at(end + 1)
        if mark.gap:
            return False
        pointed = mark.text in {".", "+"} and more.kind is Kind.NUMBER and not more.gap
        glued = mark.kind is Kind.WORD and self._at(end - 1).kind is Kind.NUMBER
        return (pointed and self._price(end + 1) is None) or (glued and not self._is_unit(end))

    def _bracketed(self, at: int) -> int:
        if self._at(at).text != "(":
            return at
        one = self._one(at + 1)
        if one is None:
            return at
        end, _ = self._listed(at + 1, one, most=_IN_BRACKETS_AT_MOST)
        return end + 1 if self._at(end).text == ")" else at

    def _number(self, at: int) -> int | None:
        """Give the size at a place as a number, over its system; None for letters."""
        at = at + 1 if self._is(at, self._words.size["systems"]) else at
        token = self._at(at)
        return int(token.text[:4]) if token.kind is Kind.NUMBER else None

    def _is_like(self, first: int, other: int, mark: str) -> bool:
        """Tell whether two sizes may stand in one list, or be the ends of a range."""
        words = self._words.size["systems"]
        slash = mark in _TIGHT - DASHES
        if self._is(other, words):
            return True
        letters = [self._are_letters(one, listed=True) for one in (first, other)]
        if any(letters):
            return slash or all(letters)
        here, there = self._number(first), self._number(other)
        if here is None or there is None:
            return False
        if mark in DASHES or self._is(other - 1, self._words.size["to"]):
            within = any(here in sizes and there in sizes for sizes in (_ADULTS, _CHILDREN))
            return abs(here - there) <= _FAR or (here < there and within)
        return abs(here - there) <= _FAR or self._is_grown(first, other)

    def _is_grown(self, first: int, other: int) -> bool:
        """Tell whether both are children's sizes: «98, 122»."""
        here, there = self._number(first), self._number(other)
        return (
            here in _CHILDREN
            and there in _CHILDREN
            and all(
                one is not None and one % _GROWTH == _CHILDREN[0] % _GROWTH for one in (here, there)
            )
        )

    def _are_letters(self, at: int, *, listed: bool = False) -> bool:
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
        return listed or token.text.isupper() or letters != bare or self._is_behind_size_word(at)

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
        return (
            token.kind is Kind.WORD
            and token.lower not in known
            and not self._are_letters(at)
            and self._price(at) is None
        )
