"""What a seller's words ask for, read offline in Russian and English.

A message is split into segments, these into clauses; a clause whose words are all known asks for
something (`clause`), what is left are facts about the product, talk, or words that ask for
something unknown. No rule looks back: the time is linear in the text.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeGuard

from bot.intents.asking import sounds_asked, sounds_of_the_picture
from bot.intents.clause import Clause, Item, items_of, read
from bot.intents.facts import told_facts
from bot.intents.forms import dictionary
from bot.intents.places import drawn_of, place_of
from bot.intents.values import (
    AddFacts,
    Change,
    ForAll,
    Intent,
    RemoveFact,
    Rewrite,
    Send,
    Understood,
    Undo,
    UnknownBackdrop,
    WrongCutOut,
)
from bot.intents.vocabulary import Vocabulary
from bot.intents.words import READ_AT_MOST, segments_of
from bot.keyboards.callbacks import Preference
from pipeline.captions.grammar import What, readings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.intents.words import Segment
    from pipeline.backdrops import Preset
    from storage.backdrops import OwnBackdrop

__all__ = [
    "AddFacts",
    "Change",
    "ForAll",
    "Grammar",
    "Intent",
    "RemoveFact",
    "Rewrite",
    "Send",
    "Understood",
    "Undo",
    "UnknownBackdrop",
    "WrongCutOut",
]

_WORDS_AT_MOST: Final = 30
"""Words of a segment that may ask for something; a longer one describes."""
_JOINTS: Final = frozenset({"и", "а", "но", "and", "but", "then", "потом", "плюс", "also", "еще"})
_CERTAIN: Final = frozenset({What.PRICE, What.SIZE, What.HEIGHT})
"""What is a fact however it is told: «поставь цену 1500»."""
_SPECIAL: Final = {
    Change(Preference.FORMAT, "portrait"): Change(Preference.FORMAT, "story"),
    Change(Preference.SHADOW, "soft"): Change(Preference.SHADOW, "lying"),
}
_NO: Final = frozenset({"не", "нет", "no", "not"})
_EDGES: Final = " \t,;.:!-–—\u00a0"


class Grammar:
    """Reads messages; it keeps nothing of them."""

    def __init__(self, presets: Sequence[Preset] = ()) -> None:
        """Read the vocabulary; ``presets`` are the backgrounds on offer."""
        self._vocabulary = Vocabulary(presets)
        dictionary()

    def read(self, text: str, owns: Sequence[OwnBackdrop] = ()) -> Understood:
        """Read a message; ``owns`` are the seller's own backgrounds, known by their titles."""
        drawn = drawn_of(text[:READ_AT_MOST])
        if drawn is not None:
            named = Understood() if drawn_of(drawn) else self.read(drawn, owns)
            return named if named.backdrop else Understood((UnknownBackdrop(drawn),))
        rest = text[READ_AT_MOST:]
        text = text[:READ_AT_MOST]
        readings = readings_of(text)
        spans = tuple((one.start, one.end) for one in readings)
        told = [one.start for one in readings if one.what in _CERTAIN]
        intents: list[Intent] = []
        facts: list[str] = []
        unclear: list[str] = []
        talks = asks = False
        leading = True
        for segment in self._completed(segments_of(text, spans), owns, spans):
            leading = segment.first or leading
            follows = bool(intents) and leading and not unclear
            found = self._segment(segment, text, owns, spans, leading=leading, follows=follows)
            if found is not None:
                intents += found
                continue
            items = items_of(segment.words, self._vocabulary, owns, spans)
            said = text[segment.start : segment.end]
            if all(item.concept in {"talk", "filler", "not"} for item in items):
                talks = True
            elif _is_question(items) or (segment.asks and not sounds_of_the_picture(items)):
                asks = True
            elif _is_order(items) or (sounds_asked(items) and not any(map(segment.holds, told))):
                unclear.append(said.strip(_EDGES + "\n"))
            else:
                facts.append(said)
                leading = False
        words = _joined([*facts, rest])
        if words:
            intents.append(AddFacts(words))
        intents = [
            UnknownBackdrop(text[one.start : one.end]) if _has_place(one) else one
            for one in intents
        ]
        if all(isinstance(one, AddFacts) for one in intents) and (seen := place_of(text)):
            return Understood((UnknownBackdrop(seen),))
        return Understood(
            intents=_settled(intents),
            unclear=" ".join(unclear),
            is_talk=talks and not asks,
            is_question=asks,
        )

    def _completed(
        self,
        segments: list[Segment],
        owns: Sequence[OwnBackdrop],
        spans: tuple[tuple[int, int], ...],
    ) -> list[Segment]:
        """Put a command to what it is about, which stands before it: «зачем смайлики? убери»."""
        found: list[Segment] = []
        for segment in segments:
            items = items_of(segment.words, self._vocabulary, owns, spans)
            if not (found and _only_commands(items)):
                found.append(segment)
                continue
            last = found.pop()
            about = items_of(last.words, self._vocabulary, owns, spans)
            about = [item for item in about if item.concept not in {"question", "filler"}]
            words = tuple(word for item in about for word in item.words)
            found.append(replace(last, words=(*words, *segment.words), end=segment.end, asks=False))
        return found

    def _segment(
        self,
        segment: Segment,
        text: str,
        owns: Sequence[OwnBackdrop],
        spans: tuple[tuple[int, int], ...],
        *,
        leading: bool,
        follows: bool,
    ) -> list[Intent] | None:
        """Read a segment: by its clauses, or as one; None where it asks for nothing."""
        if len(segment.words) > _WORDS_AT_MOST:
            return None
        items = items_of(segment.words, self._vocabulary, owns, spans)
        if (told := told_facts(items, text, segment.end)) is not None:
            return told
        parts = [
            read(part, follows=follows or number > 0) for number, part in enumerate(_clauses(items))
        ]
        whole = read(items, follows=follows)
        if not all(part.intents is not None for part in parts):
            parts = [whole]
            if whole.intents is None and (told := self._mixed(items, text, segment.end)):
                return told
        if any(part.intents is None for part in parts):
            return None
        if not leading and all(part.weak for part in parts):
            return None
        return [intent for part in parts for intent in part.intents or ()]

    def _mixed(self, items: list[Item], text: str, end: int) -> list[Intent] | None:
        """Read clauses some of which tell facts: «белый фон и цена 1500»."""
        found: list[Intent] = []
        parts = _clauses(items)
        if len(parts) == 1:
            return None
        for number, part in enumerate(parts):
            last = end if number == len(parts) - 1 else part[-1].words[-1].end
            clause = read(part)
            if clause.intents is not None and not clause.weak:
                found += clause.intents
            elif (told := told_facts(part, text, last)) is not None:
                found += told
            elif any(item.concept == "fact" for item in part) and found:
                found.append(AddFacts(text[part[0].words[0].start : last].strip(_EDGES)))
            else:
                return None
        return found


def _has_place(intent: Intent) -> TypeGuard[UnknownBackdrop]:
    return isinstance(intent, UnknownBackdrop) and intent.end > 0


def _clauses(items: list[Item]) -> list[list[Item]]:
    """Split at "and" and the like."""
    parts: list[list[Item]] = [[]]
    for item in items:
        if item.said in _JOINTS and item.concept in {"filler", ""}:
            parts.append([])
        else:
            parts[-1].append(item)
    return [part for part in parts if part]


def _only_commands(items: list[Item]) -> bool:
    """Tell whether there is a command, and nothing that it is about."""
    said = [item for item in items if item.concept != "filler"]
    commands = all(item.concept in {"do", "not"} and item.said not in _NO for item in said)
    return bool(said) and commands


def _is_order(items: list[Item]) -> bool:
    return Clause(items).is_order and not any(item.concept == "fact" for item in items)


def _is_question(items: list[Item]) -> bool:
    said = [item for item in items if item.concept != "filler"]
    return bool(said) and said[0].concept == "question"


def _joined(parts: list[str]) -> str:
    """Put what was told together again, without the marks at its edges."""
    lines = "".join(parts).strip().splitlines()
    return "\n".join(line for one in lines if (line := one.strip().strip(",;").strip()))


def _specific(intents: list[Intent]) -> list[Intent]:
    """Of two formats or shadows keep the one that says more: «вертикально для сторис»."""
    for general, special in _SPECIAL.items():
        if general in intents and special in intents:
            intents = [one for one in intents if one != general]
    return intents


def _settled(intents: list[Intent]) -> tuple[Intent, ...]:
    """Drop what is said twice; facts are one text."""
    told = [one.words for one in intents if isinstance(one, AddFacts)]
    if any(isinstance(one, Change) and one.what is Preference.BACKDROP for one in intents):
        intents = [one for one in intents if not isinstance(one, UnknownBackdrop)]
    others: list[Intent] = _specific(
        [one for one in dict.fromkeys(intents) if not isinstance(one, AddFacts)]
    )
    if told:
        others.append(AddFacts("\n".join(told)))
    return tuple(others)
