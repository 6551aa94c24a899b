"""The grammar of prices, sizes and measures in a seller's words, Russian and English.

A recursive descent over the tokens of a text that looks a bounded number of tokens ahead, so that
the time is linear. What may be read in two ways is read as `Reading.unsure`; what cannot be read
stays words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.captions.grammar.reading import Found, Reading, What
from pipeline.captions.grammar.sizes import Sizes
from pipeline.captions.tokens import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Reading", "What", "readings_of"]


def readings_of(text: str) -> tuple[Reading, ...]:
    """Read all facts of a text, in their order."""
    return tuple(_Parser(text).readings())


class _Parser(Sizes):
    def readings(self) -> Iterator[Reading]:
        found: list[Reading] = []
        at = 0
        while self._tokens[at].kind is not Kind.END:
            for one in self._facts(at):
                found.append(one.reading)
                self._read = one.next
                at = max(at, one.next - 1)
            at += 1
        paired = any(one.old for one in found) and any(one.new or one.labelled for one in found)
        return (one for one in found if paired or not one.weak)

    def _facts(self, at: int) -> list[Found]:
        """Read what begins at a token, one after another where it is more than one."""
        if not self._may_begin(at):
            return []
        for rule in (
            self._told_old,
            self._told_new,
            self._changed,
            self._size_named,
            self._size_bare,
            self._height,
            self._labelled,
            self._price,
        ):
            if found := rule(at):
                return found if isinstance(found, list) else [found]
        found = self._measure(at)
        return [] if found is None else [found]

    def _may_begin(self, at: int) -> bool:
        """Tell whether any rule begins with such a token: most words begin none."""
        token = self._at(at)
        return (
            token.kind is Kind.NUMBER
            or token.lower in self._words.openers
            or token.text == "~"
            or self._are_letters(at)
        )
