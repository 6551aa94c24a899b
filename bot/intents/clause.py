"""One clause: its words as concepts, and what they ask for together.

A clause asks for something only where all of its words are known: "white linen" names no
background, since linen is none of ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from bot.intents.colours import GRADIENT, digits_of
from bot.intents.readers import OBJECTS, ON, READERS, is_polite
from bot.intents.values import (
    Change,
    ForAll,
    Intent,
    RemoveFact,
    UnknownBackdrop,
    WrongCutOut,
)
from bot.keyboards.callbacks import Preference
from pipeline.captions.grammar import What
from storage.backdrops import colour_ref, gradient_ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.intents.vocabulary import Vocabulary
    from bot.intents.words import Word
    from storage.backdrops import OwnBackdrop

_FACTS: Final = {
    "price": What.PRICE,
    "size": What.SIZE,
    "height": What.HEIGHT,
    "measure": What.MEASURE,
}
_PREFERENCES: Final = {
    "backdrop": Preference.BACKDROP,
    "hex": Preference.BACKDROP,
    "format": Preference.FORMAT,
    "market": Preference.MARKET,
    "framing": Preference.MARGIN,
    "tone": Preference.TONE,
    "language": Preference.CAPTION_LANGUAGE,
}
_CAPTION: Final = {"caption", "rewrite", "shorter", "longer", "tone", "language", "emoji"}
_NAMED: Final = {"backdrop", "format", "market", "send", "language", "tone", "framing"}
_TARGETS: Final = {*_FACTS, *_NAMED, "background", "shadow", "emoji", "margin", "floating", "lying"}
_PLACING: Final = ("полож", "постав", "помест", "перенес", "put", "place", "stick")
_FOREIGN_AT_MOST: Final = 4
"""Words behind «обрезал»: what was cut off; and those of a background that there is not."""
_OF_PRODUCTS: Final = {"оригинал", "original", "файл", "file", "русский", "english", "russian"}
_OF_PRODUCTS_TOO: Final = ("прозрачн", "transparent")
_BACKGROUND: Final = {"фон", "фоне", "background", "bg"}
_TO: Final = {"к", "до", "to", "into"}
_HERE: Final = 2
_NOT: Final = {"не", "not", "don't", "dont"}
_LOUD: Final = {"playful", "premium", "selling"}


@dataclass(frozen=True, slots=True)
class Item:
    """A phrase and its meaning: ``concept`` is empty where it is unknown, "fact" within a fact."""

    concept: str
    value: str
    bare: bool
    words: tuple[Word, ...]

    @property
    def said(self) -> str:
        """The phrase in plain letters."""
        return " ".join(word.plain for word in self.words)


@dataclass(slots=True)
class Clause:
    """Items of a clause. ``intents`` is None where it asks for nothing that is understood."""

    items: list[Item]
    intents: list[Intent] | None = None
    weak: bool = False
    """Whether it only names something: that counts before other words, not behind them."""
    negated: set[int] = field(default_factory=set)

    def has(self, *concepts: str) -> bool:
        """Tell whether a word of the concepts is there."""
        return any(item.concept in concepts for item in self.items)

    @property
    def is_order(self) -> bool:
        """Whether it asks for something, understood or not."""
        said = [item for item in self.items if item.concept not in {"filler", "talk"}]
        if not said:
            return False
        if said[0].concept in {"do", "rewrite", "keep", "add"}:
            return True
        about = self.has("background", "price", *_CAPTION, *OBJECTS)
        return said[0].concept == "not" and about


def items_of(
    words: Sequence[Word],
    vocabulary: Vocabulary,
    owns: Sequence[OwnBackdrop],
    facts: Sequence[tuple[int, int]],
) -> list[Item]:
    """Read words as phrases, the longest that are known; those within facts are left alone."""
    found: list[Item] = []
    at = 0
    plain = [word.plain for word in words]
    while at < len(words):
        word = words[at]
        meaning, length = vocabulary.meaning(plain[at : at + 6], owns)
        spans = [one for one in facts if one[0] <= word.start < one[1]]
        taken = tuple(words[at : at + length])
        is_ratio = meaning is not None and meaning.concept == "format"
        if spans and not (is_ratio and spans[0] == (word.start, taken[-1].end)):
            found.append(Item("fact", "", bare=False, words=(word,)))
            at += 1
            continue
        if word.hex and (meaning is None or word.marked):
            found.append(Item("hex", colour_ref(word.hex), bare=word.marked, words=(word,)))
        elif meaning is None:
            found.append(Item("", "", bare=False, words=taken))
        else:
            found.append(Item(meaning.concept, meaning.value, meaning.bare, taken))
        at += length
    return found


def read(items: list[Item], *, follows: bool = False) -> Clause:
    """Read what a clause asks for; ``follows``: nothing but wishes stand before it."""
    clause = Clause(items)
    if clause.has("fact"):
        return clause
    said = [item for item in items if item.concept != "filler"]
    if said and said[0].concept == "wrong":
        foreign = [item for item in said[1:] if item.concept != "wrong"]
        clause.intents = [WrongCutOut()] if len(foreign) <= _FOREIGN_AT_MOST - 1 else None
        return clause
    if any(one.said in _NOT and two.concept == "do" for one, two in pairwise(items)):
        return clause  # «фон не поменял», "don't change it"
    clause.negated = _negated(items)
    intents = (
        _gradient(items, said)
        or _unknown_backdrop(clause, said)
        or _placed(items)
        or _all(clause, said, follows=follows)
    )
    clause.intents = intents
    return clause


def _leads_on(items: list[Item]) -> bool:
    """Tell whether nothing but a word that leads from one to the other is between two colours."""
    at = [n for n, item in enumerate(items) if item.concept in {"backdrop", "hex"}]
    between = items[at[0] + 1 : at[1]] if len(at) == 2 else []  # noqa: PLR2004 - two ends
    return len(between) == 1 and between[0].said in _TO


def _gradient(items: list[Item], said: list[Item]) -> list[Intent] | None:
    """Read a gradient between two colours: «градиент от мятного к белому», "#fff to #eee"."""
    if any(item.concept not in {"backdrop", "hex", "background", "do", "add"} for item in said):
        return None
    refs = [item.value for item in said if item.concept in {"backdrop", "hex"}]
    ends = [digits_of(ref) for ref in refs if ref != GRADIENT]
    if len(ends) != 2 or ends[0] is None or ends[1] is None:  # noqa: PLR2004 - two ends
        return None
    if len(refs) == len(ends) and not _leads_on(items):
        return None
    return [Change(Preference.BACKDROP, gradient_ref(ends[0], ends[1]))]


def _all(clause: Clause, said: list[Item], *, follows: bool) -> list[Intent] | None:
    """Read a clause all of whose words are known."""
    if any(item.concept in {"", "talk", "question", "keep", "wrong", "drawn"} for item in said):
        return None
    if not said or not (clause.has("all") or _asks(clause, follows=follows)):
        return None
    intents: list[Intent] = []
    for number, item in enumerate(clause.items):
        intents += _of(clause, number, item)
    if clause.has("all"):
        intents.append(ForAll())
    clause.weak = all(
        item.concept in {"filler", *_NAMED, "hex"}
        and not _led(clause.items, number)
        and not any(word.plain in _BACKGROUND for word in item.words)
        for number, item in enumerate(clause.items)
    )
    named = [item for item in said if item.concept != "filler"]
    if clause.weak and not follows and all(map(_says_little, named)) and not is_polite(clause):
        return None
    backdrops = [
        one for one in intents if isinstance(one, Change) and one.what is Preference.BACKDROP
    ]
    if len(set(backdrops)) > 1:
        return None
    if not intents and not (clause.negated and clause.has("backdrop")):
        return None
    return intents


def _says_little(item: Item) -> bool:
    """Tell whether a name is too little by itself: «оригинал» may be said of the product."""
    if item.concept == "backdrop":
        return not item.bare
    return item.said in _OF_PRODUCTS or item.said.startswith(_OF_PRODUCTS_TOO)


def _asks(clause: Clause, *, follows: bool) -> bool:
    if clause.has("wide", "narrow") and (follows or clause.has("do") or is_polite(clause)):
        return True
    if any(item.said.startswith(("увелич", "уменьш")) for item in clause.items):
        return True
    return clause.has(
        *_NAMED,
        *_FACTS,
        *OBJECTS,
        "floating",
        "lying",
        "standing",
        "hex",
        "caption",
        "rewrite",
        "shorter",
        "longer",
        "undo",
    )


def _led(items: list[Item], number: int) -> bool:
    """Tell whether "on", "for" and the like stand before an item."""
    return number > 0 and items[number - 1].said in ON


def _of(clause: Clause, number: int, item: Item) -> list[Intent]:
    """Read what one word of a clause asks for, given the others."""
    is_not = number in clause.negated
    if item.concept in _FACTS:
        return [RemoveFact(_FACTS[item.concept])] if is_not else []
    if item.concept == "tone" and (is_not or clause.has("narrow")):
        return [Change(Preference.TONE, "plain")] if item.value in _LOUD else []
    if item.concept in _PREFERENCES:
        return [] if is_not else [Change(_PREFERENCES[item.concept], item.value)]
    reader = READERS.get(item.concept)
    return [] if reader is None else reader(clause, item, is_not)


def _negated(items: list[Item]) -> set[int]:
    """Find what "no", "remove" and the like are about: what follows, or stands before."""
    found: set[int] = set()
    for number, item in enumerate(items):
        if item.concept != "not":
            continue
        behind = [
            at for at in range(number + 1, len(items)) if items[at].concept in _TARGETS | {"hex"}
        ]
        before = [at for at in range(number) if items[at].concept in _TARGETS]
        if behind:
            found.add(behind[0])
            # «убери цену и размер»
            kinds = {*_FACTS, "emoji", "shadow"}
            for at in behind[1:]:
                if items[at].concept not in kinds or items[behind[0]].concept not in kinds:
                    break
                found.add(at)
        elif before:
            found.update([before[-1]])
    return found


def _unknown_backdrop(clause: Clause, said: list[Item]) -> list[Intent] | None:
    """Read a wish for a background that there is not: «фон как в лесу», "beach background"."""
    at = next((n for n, item in enumerate(said) if item.concept == "background"), None)
    foreign = [item for item in said if item.concept in {"", "talk", "question"}]
    if at is None or not foreign or len(foreign) > _FOREIGN_AT_MOST:
        return None
    before = [item for item in said[:at] if item.concept not in {"do", "add", "another"}]
    leads = not before
    ends = at == len(said) - 1 and len(before) <= _HERE + 1 and not clause.has("backdrop", "not")
    orders = said[0].concept in {"do", "add"}
    if clause.has("not", "keep", "hex") or (clause.has("backdrop") and not orders):
        return None
    if not (leads or (ends and (orders or at <= _HERE))):
        return None
    return [_unknown(foreign)]


def _placed(items: list[Item]) -> list[Intent] | None:
    """Read where the product is to be put: «положи на траву», "put it on a shelf"."""
    if not items[0].said.startswith(_PLACING):
        return None
    at = next((n for n, item in enumerate(items) if n and item.said in ON), len(items))
    said = [item for item in items[at:] if item.concept != "filler"]
    foreign = [item for item in said if not item.concept]
    if said != foreign or not 0 < len(foreign) < _FOREIGN_AT_MOST:
        return None
    if any(item.concept not in {"do", "filler"} for item in items[:at]):
        return None
    return [_unknown(foreign)]


def _unknown(foreign: list[Item]) -> UnknownBackdrop:
    said = " ".join(item.said for item in foreign)
    return UnknownBackdrop(said, foreign[0].words[0].start, foreign[-1].words[-1].end)
