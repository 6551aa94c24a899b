"""The words of `vocabulary.toml`, and which of them stand where in a message."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.intents.forms import forms_of
from bot.intents.words import plain_words
from storage.backdrops import colour_ref, own_ref, preset_ref

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from pipeline.backdrops import Preset
    from storage.backdrops import OwnBackdrop

FILE: Final = Path(__file__).with_name("vocabulary.toml")
_BEFORE: Final = frozenset({"на", "on", "onto"})
_ADJECTIVE: Final = 4
"""Letters that make another word of a name."""
_TYPO_FROM: Final = 5
"""Letters from which a word with one wrong letter is still known."""
_DIMINUTIVES: Final = ("еньк", "оньк")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a phrase stands for: a concept, and the value that it names.

    ``bare`` may stand alone for what it names.
    """

    concept: str
    value: str = ""
    bare: bool = False


@dataclass(frozen=True, slots=True)
class _Phrase:
    words: tuple[str, ...]
    meaning: Meaning

    def fits(self, words: Sequence[str]) -> bool:
        return len(words) >= len(self.words) and all(
            word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted
            for wanted, word in zip(self.words, words, strict=False)
        )


class Vocabulary:
    """Phrases by their first words; the longest that fits is meant."""

    def __init__(self, presets: Sequence[Preset] = ()) -> None:
        """Read the file; ``presets`` are called by their own names as well."""
        self._by_word: dict[str, list[_Phrase]] = defaultdict(list)
        self._by_stem: dict[str, list[_Phrase]] = defaultdict(list)
        told = tomllib.loads(FILE.read_text(encoding="utf-8"))
        for concept, phrases in told["concepts"].items():
            self._add(phrases, Meaning(concept))
        for concept, values in told["values"].items():
            for value, phrases in values.items():
                self._add(phrases, Meaning(concept, value, bare=concept == "backdrop"))
        self._add_colours(told["colour"], {preset.name for preset in presets})
        for preset in presets:
            for phrase in preset.spoken:  # with a star, it is not enough by itself
                named = Meaning("backdrop", preset_ref(preset.name), bare="*" not in phrase)
                self._add([phrase], named, first=True)
                if len(turned := phrase.split()[::-1]) == 2:  # noqa: PLR2004 - «подиум розовый»
                    self._add([" ".join(turned)], named)
        self._verbs = {
            form.base: _Phrase((head,), phrase.meaning)
            for words in (self._by_word, self._by_stem)
            for head, phrases in words.items()
            for phrase in phrases
            if len(phrase.words) == 1 and phrase.meaning.concept in _VERBS
            for form in forms_of(head)
            if form.commands or form.is_infinitive
        }
        self._longest = max(len(word) for word in self._by_stem)
        self._exact = _long(self._by_word)
        self._known_stems = _long(self._by_stem)

    def _add(self, phrases: Collection[str], meaning: Meaning, *, first: bool = False) -> None:
        spelled = (*phrases, *(one.replace("'", "") for one in phrases if "'" in one))
        turned = [one for one in spelled if meaning.concept in _TURNED and one.count(" ") == 1]
        for phrase in (*spelled, *(" ".join(reversed(one.split())) for one in turned)):
            words = tuple(plain_words(phrase))
            if not words:
                continue
            head = words[0]
            where = self._by_stem[head[:-1]] if head.endswith("*") else self._by_word[head]
            where.insert(0 if first else len(where), _Phrase(words, meaning))

    def _add_colours(self, colours: list[dict[str, Any]], presets: set[str]) -> None:
        for colour in colours:
            is_preset = colour.get("preset") in presets
            ref = preset_ref(colour["preset"]) if is_preset else colour_ref(colour["hex"])
            self._add(colour["bare"], Meaning("backdrop", ref, bare=True))
            self._add(colour["forms"], Meaning("backdrop", ref))

    def meaning(
        self, words: Sequence[str], owns: Sequence[OwnBackdrop] = ()
    ) -> tuple[Meaning | None, int]:
        """Give what the first words stand for, and how many they are; None, 1 where nothing."""
        led = words[0] in _BEFORE  # «на мраморе» is the seller's own marble before it is a preset
        for own in owns:
            title = plain_words(own.title or "")
            for named in (words, words[1:]) if led else (words,):
                if title and len(title) <= len(named) and all(map(_is_form, title, named)):
                    length = len(title) + len(words) - len(named)
                    return Meaning("backdrop", own_ref(own.id), bare=True), length
        found = max(self._fitting(words), key=_length, default=None)
        if found is None and "-" in words[0]:
            # «нежно-розовый»: the shade is lost, the colour is not.
            last = words[0].rpartition("-")[2]
            coloured = (one for one in self._fitting([last]) if one.meaning.concept == "backdrop")
            found = next(coloured, None)
        if found is None:
            found = self._ordered(words[0])
        for respelled in (_base, _once, self._mistyped):
            if found is None and (meant := respelled(words[0])) is not None:
                found = max(self._fitting([meant, *words[1:]]), key=_length, default=None)
        return (None, 1) if found is None else (found.meaning, len(found.words))

    def _fitting(self, words: Sequence[str]) -> Iterator[_Phrase]:
        head = words[0]
        for phrase in self._by_word.get(head, ()):
            if phrase.fits(words):
                yield phrase
        for length in range(min(len(head), self._longest), 1, -1):
            for phrase in self._by_stem.get(head[:length], ()):
                if phrase.fits(words):
                    yield phrase

    def _ordered(self, word: str) -> _Phrase | None:
        """Find another form of a verb that is known: «переставить» of «переставь»."""
        for form in forms_of(word):
            if (form.commands or form.is_infinitive) and form.base in self._verbs:
                return self._verbs[form.base]
        return None

    def _mistyped(self, word: str) -> str | None:
        """Find the known word that one slip of the finger makes this one of."""
        if len(word) < _TYPO_FROM - 1 or len(word) > _LONGEST_WORD or not word.isalpha():
            return None
        for known in self._exact:
            if abs(len(known) - len(word)) <= 1 and known[0] == word[0] and _slipped(known, word):
                return known
        for stem in self._known_stems:
            if word.startswith(stem):
                continue  # another word: «текстовыделитель»
            for length in (len(stem), len(stem) + 1):
                start = word[:length]
                if len(start) == length and stem[0] == word[0] and _slipped(stem, start):
                    return stem
            if (
                len(word) == len(stem) - 1 >= _TYPO_FROM
                and stem[0] == word[0]
                and _slipped(stem, word)
            ):
                return stem
        return None


_LONGEST_WORD: Final = 24
_TURNED: Final = frozenset({"rewrite", "shorter", "longer", "framing"})
"""Concepts whose phrases of two words are said the other way round too: «подпись переделай»."""
_VERBS: Final = frozenset({"do", "add", "not", "undo", "shorter", "longer", "rewrite"})
_NO_TYPOS: Final = frozenset(
    {"do", "add", "not", "keep", "filler", "talk", "question", "wrong", "undo", "send"}
)
"""Concepts whose words are known only as they are: «сделано» is no slip in «сделай»."""


def _long(words: Mapping[str, list[_Phrase]]) -> frozenset[str]:
    """Give the words in which a slip of the finger is looked for."""
    return frozenset(
        word
        for word, phrases in words.items()
        if len(word) >= _TYPO_FROM
        and not _NO_TYPOS.intersection(phrase.meaning.concept for phrase in phrases)
    )


def _length(phrase: _Phrase) -> int:
    return len(phrase.words)


def _is_form(name: str, word: str) -> bool:
    """Tell whether a word is a name in some case, or made of it: «досках», «мраморный»."""
    if name == word:
        return True
    if len(name) >= _TYPO_FROM and word.startswith(name) and len(word) - len(name) <= _ADJECTIVE:
        return True
    stem = name[: max(4, len(name) - 2)]
    return len(name) >= _TYPO_FROM and word.startswith(stem) and abs(len(word) - len(name)) <= 2  # noqa: PLR2004 - an ending


def _base(word: str) -> str | None:
    """Give the adjective that a diminutive is made of: «розовенький»; None of another word."""
    for ending in _DIMINUTIVES:
        stem, found, _ = word.rpartition(ending)
        if found and len(stem) > 2:  # noqa: PLR2004 - letters of a stem
            return f"{stem}ый"
    return None


def _once(word: str) -> str | None:
    """Give a word with each run of a letter written once: «фоон», «белыыый»."""
    once = "".join(letter for letter, _ in groupby(word))
    return None if once == word else once


def _slipped(known: str, word: str) -> bool:
    """Tell whether one letter is wrong, missing, too much, or changed places with the next."""
    if len(known) == len(word):
        differing = [at for at, (a, b) in enumerate(zip(known, word, strict=True)) if a != b]
        if len(differing) == 1:
            return True
        if len(differing) != 2:  # noqa: PLR2004 - two that changed places
            return False
        here, there = differing
        return there == here + 1 and known[here] == word[there] and known[there] == word[here]
    longer, shorter = (known, word) if len(known) > len(word) else (word, known)
    return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))
