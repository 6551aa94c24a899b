"""The lexer of a seller's words: numbers, words and signs, each knowing what stands before it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_TOKEN = re.compile(
    r"(?P<number>[0-9]++)"
    r"|(?P<word>р-р(?:а|ы|у)?(?![^\W\d_])|у\.[ ]?е(?![^\W\d_])|[^\W\d_]++(?:['’ʻ‘][^\W\d_]++)*+)"
    r"|(?P<space>[ \t\u00a0\u202f\u2009]++)"
    r"|(?P<sign>.)",
    re.DOTALL | re.IGNORECASE,
)


class Kind(StrEnum):
    """What a token is; `END` stands behind the last one."""

    NUMBER = "number"
    WORD = "word"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text.

    ``text`` is as written, ``lower`` in lower case; ``gap`` tells whether a space is before it.
    """

    kind: Kind
    text: str
    lower: str
    start: int
    end: int
    gap: bool


def tokens_of(text: str) -> list[Token]:
    """Split a text; spaces are only noted, line ends are signs. The last token is an `END`."""
    tokens: list[Token] = []
    gap = False
    for match in _TOKEN.finditer(text):
        if match["space"] is not None:
            gap = True
            continue
        kind = Kind(match.lastgroup or Kind.SIGN)
        tokens.append(Token(kind, match[0], match[0].lower(), match.start(), match.end(), gap))
        gap = False
    tokens.append(Token(Kind.END, "", "", len(text), len(text), gap=True))
    return tokens
