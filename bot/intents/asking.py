"""Whether words that were not understood sound as if something were asked of the bot.

What does so is put to the seller; only what does not is taken for facts about the product.
"""

from __future__ import annotations

import tomllib
from functools import cache
from typing import TYPE_CHECKING, Final

from bot.intents.forms import forms_of, is_adjective, is_comparative, is_infinitive
from bot.intents.vocabulary import FILE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.intents.clause import Item

_LED_BY: Final = frozenset({"на", "on", "onto", "to"})
_OF_THE_BOT: Final = frozenset(
    {"background", "caption", "emoji", "rewrite", "framing", "undo", "all", "wrong", "bad"}
    | {"shadow", "floating", "lying", "standing", "margin", "send", "format"}
)
"""Concepts that are the picture's or its text's, not the product's."""
_ADJECTIVES: Final = frozenset({"square", "squared", "transparent", "portrait", "vertical"})
_ORIGINAL: Final = frozenset({"оригинал", "original"})
"""What sellers say of the product more often than of a file."""
_SUBJECTS: Final = frozenset({"товар", "product", "item", "предмет"})
"""How what is in the picture is called in speaking to the bot; a seller's text names it."""
_TOLD: Final = frozenset({"price", "size", "height", "measure"})
_PLACED: Final = 2
"""Words of «на траве»."""
_FOREIGN_AT_MOST: Final = 2
_OPENING: Final = 4
"""Words of a phrase that opens a clause, at most."""


def sounds_asked(items: Sequence[Item]) -> bool:
    """Tell whether a clause that could not be read may ask for something.

    ``items`` are all of it. It is read word by word, in a time that is linear in them.
    """
    words = [word.plain for item in items for word in item.words]
    known = _words()
    if not known["polite"].isdisjoint(words) or any(map(_commands, words)):
        return True
    if words[-1] == "it" or words[0] in _SUBJECTS:
        return True
    ends = {words[0], words[-1]} - known["not_to_do"]
    if any(map(is_infinitive, ends)) or _opens(words):
        return True
    return sounds_of_the_picture(items) or _compares(items, words)


def sounds_of_the_picture(items: Sequence[Item]) -> bool:
    """Tell whether the picture or its text is spoken of, with hardly anything else."""
    said = [item for item in items if item.concept != "filler"]
    foreign = [item for item in said if not item.concept]
    pictured = any(word.plain in _words()["pictured"] for item in items for word in item.words)
    of_the_bot = [item for item in said if _is_of_the_bot(item, describes=bool(foreign))]
    if of_the_bot:
        return len(foreign) <= _FOREIGN_AT_MOST or said[0] is of_the_bot[0]
    if said and said[0].concept == "not" and any(item.concept in _TOLD for item in said):
        return True
    *before, last = items
    led = last.concept == "backdrop" and bool(before) and before[-1].said in _LED_BY
    placed = len(items) == _PLACED and items[0].said in _LED_BY and not last.concept
    return placed or ((led or pictured) and len(foreign) <= 1)


def _is_of_the_bot(item: Item, *, describes: bool) -> bool:
    """Tell whether a phrase is of the picture; an adjective beside a foreign word ``describes``."""
    if item.concept == "backdrop":
        return any(word.plain.startswith(("фон", "backgr", "bg")) for word in item.words)
    if describes and (is_adjective(item.words[-1].plain) or item.said in _ADJECTIVES):
        return False
    return item.concept in _OF_THE_BOT and item.said not in _ORIGINAL


def _opens(words: Sequence[str]) -> bool:
    """Tell whether a clause begins as a wish does."""
    known = _words()
    if words[0] in {"а", "и", "ну", "так", "but", "and", "so", "ok", "it", "мне"}:
        words = words[1:]
    if not words:
        return False
    openings = {" ".join(words[:count]) for count in range(1, _OPENING + 1)}
    if not openings.isdisjoint(known["leads"] | known["orders"]):
        return True
    acted_on = words[1:2] == [] or words[1] in known["acted_on"]
    return words[0] in known["acting"] and acted_on


def _commands(word: str) -> bool:
    """Tell whether a Russian verb tells the bot to do something, or speaks of what it did."""
    known = _words()
    for form in forms_of(word):
        if form.base in known["to_buyers"]:
            continue
        if form.commands or (form.is_past and form.base in known["done"]):
            return True
    return False


def _compares(items: Sequence[Item], words: Sequence[str]) -> bool:
    """Tell whether something is to be more so: «помаду ярче»."""
    known = _words()
    if not known["than"].isdisjoint(words):
        return False
    more = {word for word in words if word in known["compared"] or is_comparative(word)}
    others = [
        item
        for item in items
        if item.concept in {"", "fact"} and more.isdisjoint(word.plain for word in item.words)
    ]
    return bool(more) and len(others) <= 1


@cache
def _words() -> Mapping[str, frozenset[str]]:
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))["asking"]
    return {
        name: frozenset(word.replace("ё", "е") for word in words) for name, words in told.items()
    }
