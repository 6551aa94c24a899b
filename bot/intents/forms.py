"""What form of which Russian word a word is, by the dictionary of OpenCorpora."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from pymorphy3 import MorphAnalyzer

_LIKELY: Final = 0.3
"""The least probability of a reading that counts: «стали» is hardly ever of steel."""
_KEPT: Final = 4096
_LETTERS: Final = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюя-")
_LONGEST: Final = 24


@dataclass(frozen=True, slots=True)
class Form:
    """A likely reading of a word: its dictionary form, and what it may do in a wish.

    ``commands`` tells it to somebody: «убери», «можешь». Verbs only are ``is_past``.
    """

    base: str
    commands: bool = False
    is_infinitive: bool = False
    is_past: bool = False
    is_comparative: bool = False
    is_adjective: bool = False


@lru_cache(maxsize=_KEPT)
def forms_of(word: str) -> tuple[Form, ...]:
    """Read a word in lower case; nothing where it is not Russian."""
    if len(word) > _LONGEST or not _LETTERS.issuperset(word):
        return ()
    return tuple(
        Form(
            base=str(read.normal_form).replace("ё", "е"),
            commands="impr" in read.tag or {"VERB", "2per"} in read.tag,
            is_infinitive="INFN" in read.tag,
            is_past={"VERB", "past"} in read.tag,
            is_comparative="COMP" in read.tag,
            is_adjective="ADJF" in read.tag or "PRTF" in read.tag,
        )
        for read in dictionary().parse(word)
        if read.score >= _LIKELY
    )


def is_infinitive(word: str) -> bool:
    """Tell whether a word may be an infinitive."""
    return any(form.is_infinitive for form in forms_of(word))


def is_comparative(word: str) -> bool:
    """Tell whether a word may say "more so"."""
    return any(form.is_comparative for form in forms_of(word))


def is_adjective(word: str) -> bool:
    """Tell whether a word may be a full adjective or participle."""
    return any(form.is_adjective for form in forms_of(word))


@cache
def dictionary() -> MorphAnalyzer:
    """Open the dictionary, which takes some tenths of a second and 30 MB: once, at the start."""
    return MorphAnalyzer(lang="ru")
