"""Clauses that set a fact: «поменяй цену на 1800», "add that it's handmade"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.intents.values import AddFacts, Intent
from pipeline.captions.fact_changes import listed

if TYPE_CHECKING:
    from bot.intents.clause import Item

_NOUNS: Final = {"price": "цена", "size": "размер", "height": "рост"}
_THAT: Final = frozenset(
    {"что", "that", "про", "about", "то", "в", "подпись", "описание", "текст", ":"}
)
_SENTENCE: Final = frozenset({"что", "that"})
_LEADS: Final = frozenset({"на", "to", "=", "теперь", "now", "is", "будет", "вместо"})
_NOT: Final = frozenset({"не", "not"})
_BUT: Final = frozenset({"а", "but", "it's"})
_SIGNS: Final = frozenset("$€£₽~")
_EDGES: Final = " \t,;.:!-–—\u00a0\n"


def told_facts(items: list[Item], text: str, end: int) -> list[Intent] | None:
    """Read a segment that sets a fact or adds words; ``end`` is where it ends in the text."""
    said = [item for item in items if item.concept != "filler"]
    if not said:
        return None
    if said[0].concept == "add":
        return _added(items, said, text, end)
    at = next((n for n, item in enumerate(items) if item.concept in _NOUNS), None)
    if at is None:
        return None
    return _corrected(items, at, text, end) or _set(items, said, at, text, end)


def _added(items: list[Item], said: list[Item], text: str, end: int) -> list[Intent] | None:
    known = {"shadow", "emoji", "background", "margin", "backdrop", "tone", "soft"}
    if len(said) < 2:  # noqa: PLR2004 - a verb and what
        return None
    if any(item.concept in known for item in said[1:]) and not _stated(items, said):
        return None
    told = _SENTENCE.intersection(word.plain for item in items for word in item.words)
    if all(item.concept in {"add", "another", "caption", *_NOUNS} for item in said) and not told:
        return None
    if said[1].concept == "drawn":
        return None
    at = items.index(said[0]) + 1
    while at < len(items) - 1 and (items[at].said in _THAT or items[at].concept == "caption"):
        at += 1
    words = text[items[at].words[0].start : end].strip(_EDGES)
    return [AddFacts(words)] if words else None


def _stated(items: list[Item], said: list[Item]) -> bool:
    """Tell whether a sentence follows: «добавь, что дерево натуральное» is of no background."""
    at = items.index(said[0]) + 1
    leads = items[at].said if at < len(items) else ""
    follows = said[0].said.split()[-1] in _SENTENCE or leads in _SENTENCE
    return follows and any(item.concept == "" for item in said[1:])


def _corrected(items: list[Item], at: int, text: str, end: int) -> list[Intent] | None:
    """Read "the size is not 44 but 46", as Russian says it."""
    if at + 3 >= len(items) or not _NOT.intersection(items[at + 1].said.split()):
        return None
    but = next((n for n in range(at + 2, len(items)) if items[n].said in _BUT), None)
    if but is None or but + 1 >= len(items):
        return None
    value = text[items[but + 1].words[0].start : end].strip(_EDGES)
    noun = items[at].concept if items[at].said.isascii() else _NOUNS[items[at].concept]
    return [AddFacts(f"{noun} {value}")]


def _set(items: list[Item], said: list[Item], at: int, text: str, end: int) -> list[Intent] | None:
    """Read «поменяй цену на 1800», "change the price to $20"."""
    if said[0].concept not in {"do", "add"} or at + 2 >= len(items):
        return None
    if items[at + 1].said not in _LEADS:
        return None
    behind = items[at + 2 :]
    if not any(map(str.isdigit, behind[0].said)) and behind[0].concept not in {"fact", ""}:
        return None
    start = behind[0].words[0].start
    while text[start - 1] in _SIGNS:
        start -= 1
    value = text[start:end].strip(_EDGES)
    noun = _NOUNS[items[at].concept]
    if items[at].said.isascii():
        noun = items[at].concept
    return [AddFacts(value if listed(value) else f"{noun} {value}")]
