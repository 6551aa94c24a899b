"""A message as words, in segments: what stands between commas, line ends and full stops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pipeline.captions.tokens import Kind, tokens_of

if TYPE_CHECKING:
    from pipeline.captions.tokens import Token

READ_AT_MOST: Final = 600
"""Characters of a message that are read; what is behind them are facts."""
_JOINS: Final = frozenset("-:/#'’")
_ENDS: Final = frozenset(",;.!?…\n")
_HEX: Final = frozenset("0123456789abcdef")
_SHORT, _LONG = 3, 6


@dataclass(frozen=True, slots=True)
class Word:
    """A word in lower case and where it stands; signs between words are left out.

    Of the two Russian letters for "ye" it has the common one.

    ``hex`` is a colour of six digits where it is one; ``marked`` by a #.
    """

    plain: str
    start: int
    end: int
    hex: str = ""
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    """Words that belong together, ``start`` to ``end`` in the text with the sign behind them.

    ``first`` is one that begins a line, ``asks`` one that ends in a question mark.
    """

    words: tuple[Word, ...]
    start: int
    end: int
    first: bool
    asks: bool

    def holds(self, at: int) -> bool:
        """Tell whether a place of the text is within it."""
        return self.start <= at < self.end


def plain_words(text: str) -> list[str]:
    """Split a phrase as a message is split; a star at a word's end stays."""
    found: list[str] = []
    for part in text.split():
        bare = part.removesuffix("*")
        words = [word.plain for segment in segments_of(bare) for word in segment.words]
        if words and part.endswith("*"):
            words[-1] += "*"
        found += words
    return found


def segments_of(text: str, facts: tuple[tuple[int, int], ...] = ()) -> list[Segment]:
    """Split a text; signs within the spans of ``facts`` part nothing."""
    segments: list[Segment] = []
    words: list[Word] = []
    tokens = tokens_of(text)
    start, at, first = 0, 0, True
    while tokens[at].kind is not Kind.END:
        token = tokens[at]
        inside = any(begin < token.start < end for begin, end in facts)
        inside = inside or (token.text == "," and _corrects(words, tokens, at))
        if token.text in _ENDS and not inside and not _within_number(tokens, at):
            segments.append(Segment(tuple(words), start, token.end, first, token.text == "?"))
            first = token.text == "\n" or (first and not words)
            words, start, at = [], token.end, at + 1
            continue
        end = _run(tokens, at)
        plain = text[token.start : tokens[end - 1].end].lower().replace("ё", "е").replace("’", "'")
        if any(map(str.isalnum, plain)):
            colour = _colour(plain)
            words.append(
                Word(plain, token.start, tokens[end - 1].end, colour, plain.startswith("#"))
            )
        at = end
    segments.append(Segment(tuple(words), start, len(text), first, asks=False))
    return [one for one in segments if one.words]


def _run(tokens: list[Token], at: int) -> int:
    """Step over tokens that are one word: "#ff8800", "1:1", «по-русски», "w/o"."""
    end = at + 1
    while True:
        token, following = tokens[end], tokens[min(end + 1, len(tokens) - 1)]
        if token.gap or token.kind is Kind.END:
            return end
        if (
            token.kind is not Kind.SIGN
            and (tokens[end - 1].kind is not Kind.SIGN or tokens[end - 1].text in _JOINS)
        ) or (
            token.text in _JOINS
            and following.kind in {Kind.WORD, Kind.NUMBER}
            and not following.gap
            and tokens[end - 1].kind is not Kind.SIGN
        ):
            end += 1
        else:
            return end


def _corrects(words: list[Word], tokens: list[Token], at: int) -> bool:
    """Tell whether what follows a comma corrects what stands before: "not 44, but 46"."""
    return tokens[at + 1].lower == "а" and any(word.plain == "не" for word in words[1:])


def _within_number(tokens: list[Token], at: int) -> bool:
    before, after = tokens[max(at - 1, 0)], tokens[at + 1]
    return (
        tokens[at].text in ".,"
        and at > 0
        and before.kind is Kind.NUMBER
        and after.kind is Kind.NUMBER
        and not after.gap
        and not tokens[at].gap
    )


def _colour(plain: str) -> str:
    digits = plain.removeprefix("#")
    if not _HEX.issuperset(digits):
        return ""
    if len(digits) == _LONG:
        return digits
    return "".join(one * 2 for one in digits) if len(digits) == _SHORT and plain[0] == "#" else ""
