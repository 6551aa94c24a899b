"""The tokens of a text under the rules: words looked up, amounts of any spelling."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from pipeline.captions.tokens import Kind, tokens_of
from pipeline.captions.vocabulary import vocabulary

if TYPE_CHECKING:
    from pipeline.captions.tokens import Token

DASHES: Final = frozenset("-–—")
LOOKS_AHEAD: Final = 64
"""No rule looks further ahead, in tokens."""
_CHANGES: Final = frozenset({"→", ">", "вместо", "instead"})
"""What stands between an old price and a new one."""
_DIGITS_AT_MOST: Final = 12
_GROUPS_AT_MOST: Final = 3


@dataclass(frozen=True, slots=True)
class Amount:
    """A number above 0, and the token behind it."""

    value: Decimal
    end: int


class Cursor:
    """The words and amounts at a place. Places are numbers of tokens."""

    def __init__(self, text: str) -> None:
        """Split the text."""
        tokens = tokens_of(text)
        self._tokens = [*tokens, *tokens[-1:] * LOOKS_AHEAD]
        self._words = vocabulary()
        # A rule whose words a text lacks need not look at its numbers.
        said = {token.lower for token in tokens}
        self._has_money = not said.isdisjoint(self._words.sums | self._words.codes)
        self._has_asides = any(word.startswith(self._words.aside) for word in said)
        self._has_changes = not said.isdisjoint(_CHANGES)
        self._has_sizes = not said.isdisjoint(self._words.size["words"])
        # The tokens before this one belong to facts already read, or to none.
        self._read = 0

    def _at(self, at: int) -> Token:
        return self._tokens[at]

    def _is(self, at: int, words: frozenset[str]) -> bool:
        return self._at(at).lower in words

    def _after_word(self, at: int, words: frozenset[str]) -> int | None:
        """Step over a word of the set, and over its point where it is an abbreviation."""
        token = self._at(at)
        if token.lower not in words:
            return None
        point = self._at(at + 1)
        pointed = token.lower in self._words.pointed and point.text == "." and not point.gap
        return at + 2 if pointed else at + 1

    def _amount(self, at: int, *, space: bool = True, comma: bool = True) -> Amount | None:
        """Read a number: thousands apart by a space, a point or a comma, then a fraction."""
        first = self._at(at)
        if first.kind is not Kind.NUMBER or len(first.text) > _DIGITS_AT_MOST:
            return None
        if at and not first.gap and self._glued(at - 1):
            return None
        digits, end, mark = first.text, at + 1, ""
        if len(first.text) <= 3 and first.text[0] != "0":  # noqa: PLR2004 - thousands
            digits, end, mark = self._groups(at, space=space, comma=comma)
        point, fraction = self._at(end), self._at(end + 1)
        if (
            point.text in {".", ","}
            and point.text != mark
            and not point.gap
            and fraction.kind is Kind.NUMBER
            and not fraction.gap
            and len(fraction.text) <= 2  # noqa: PLR2004 - kopecks
        ):
            digits, end = f"{digits}.{fraction.text}", end + 2
        value = Decimal(digits)
        return Amount(value, end) if value else None

    def _groups(self, at: int, *, space: bool, comma: bool) -> tuple[str, int, str]:
        digits, end, mark = self._at(at).text, at + 1, ""
        for _ in range(_GROUPS_AT_MOST):
            token = self._at(end)
            if token.kind is Kind.NUMBER:
                here, group = " ", end
                good = space and token.gap
            else:
                here, group = token.text, end + 1
                good = (
                    comma
                    and here in {".", ",", "'", "’"}
                    and not token.gap
                    and not self._at(group).gap
                )
            following = self._at(group)
            if (
                not good
                or (mark and here != mark)
                or following.kind is not Kind.NUMBER
                or len(following.text) != 3  # noqa: PLR2004 - thousands
            ):
                break
            digits, end, mark = digits + following.text, group + 1, here
        return digits, end, mark

    def _glued(self, at: int) -> bool:
        """Tell whether the token before a number makes it part of something else."""
        token = self._at(at)
        if token.kind is Kind.WORD:
            return token.lower not in self._words.joined
        if token.text in {".", ","} and not token.gap:
            return self._at(at - 1).kind is Kind.NUMBER and at > self._read
        return token.text in {"№", "#", "_"}

    def _times(self, at: int) -> tuple[int, int]:
        """Read "thousand" and the like: the factor, and where what follows begins."""
        if (end := self._after_word(at, self._words.factors)) is not None:
            return self._words.times[self._at(at).lower], end
        return 1, at

    def _money(self, at: int) -> tuple[int, str] | None:
        """Read the name of money behind an amount."""
        if (end := self._after_word(at, self._words.adjectives)) is not None:
            at = end
        token = self._at(at)
        if token.lower == "р" and self._at(at + 1).text == "-" and not self._at(at + 1).gap:
            return None
        if (end := self._after_word(at, self._words.sums)) is None:
            return None
        return end, self._words.money.get(token.lower, "")

    def _money_before(self, at: int) -> tuple[int, str] | None:
        if self._at(at).text == "US" and self._at(at + 1).text == "$":
            at += 1
        token = self._at(at)
        code = self._words.money.get(token.lower, "")
        is_code = token.lower in self._words.codes or token.text in self._words.capital_codes
        if code and (is_code or token.kind is Kind.SIGN):
            return at + 1, code
        return None
