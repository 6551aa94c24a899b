"""The colours of a brand in a seller's words: «синий и жёлтый», "#112233 #ffcc00"."""

from __future__ import annotations

from functools import cache
from typing import Final

from bot.intents.vocabulary import Vocabulary
from bot.intents.words import READ_AT_MOST, segments_of
from storage.backdrops import colour_of

_PHRASE_AT_MOST: Final = 4
_COLOURS: Final = 2


def colours_in(text: str) -> tuple[str, ...]:
    """Find up to two colours, as "#rrggbb", in the order in which they are said."""
    found: list[str] = []
    for segment in segments_of(text[:READ_AT_MOST]):
        at, words = 0, segment.words
        while at < len(words):
            plain = [word.plain for word in words[at : at + _PHRASE_AT_MOST]]
            meaning, length = _vocabulary().meaning(plain)
            digits = words[at].hex or None
            if digits is None and meaning is not None and meaning.concept == "backdrop":
                digits = colour_of(meaning.value)
            found += [] if digits is None else [f"#{digits}"]
            at += 1 if words[at].hex else length
    return tuple(dict.fromkeys(found))[:_COLOURS]


@cache
def _vocabulary() -> Vocabulary:
    """Know the colours by name; without presets all of them are plain ones."""
    return Vocabulary()
