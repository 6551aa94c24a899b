"""What a seller's words ask of a card's claims: «убери второй», "add: fleece lining"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from pipeline.captions.grammar import What, readings_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

READ_AT_MOST: Final = 400
"""Characters of a message that are read."""
_REMOVE: Final = frozenset({
    "убери", "уберите", "убрать", "удали", "удалите", "удалить", "сотри", "без", "вычеркни",
    "remove", "delete", "drop", "take", "without",
})  # fmt: skip
_ADD: Final = frozenset({"добавь", "добавьте", "добавить", "допиши", "впиши", "add"})
_REPLACE: Final = frozenset({
    "замени", "замените", "заменить", "поменяй", "исправь", "replace", "change",
})  # fmt: skip
_TITLE: Final = frozenset({"название", "заголовок", "title"})
_LAST: Final = frozenset({
    "последний", "последнюю", "последнее", "последняя", "last", "bottom",
})  # fmt: skip
_ALL: Final = frozenset({"все", "всё", "all", "everything"})
_FILLER: Final = frozenset({
    "и", "а", "пункт", "пункты", "преимущество", "преимущества", "строку", "строчку", "строка",
    "номер", "пожалуйста", "плиз", "ещё", "еще", "карточки", "карточке", "с", "из", "на",
    "and", "the", "a", "claim", "claims", "line", "point", "number", "please", "one", "out", "off",
    "from", "card",
})  # fmt: skip
_STEMS: Final = (
    ("перв", "first", "1st"), ("втор", "second", "2nd"), ("трет", "third", "3rd"),
    ("четв", "fourth", "4th"), ("пят", "fifth", "5th"), ("шест", "sixth", "6th"),
    ("седьм", "seventh", "7th"), ("восьм", "eighth", "8th"),
)  # fmt: skip
"""How the ordinals begin: «второй», «вторую», «второе»."""
_WORD: Final = re.compile(r"[^\s,;:.!?«»\"()]+")
_NUMBER: Final = re.compile(r"[#№]?(\d{1,2})(?:[.)]|-?(?:й|ый|ой|ю|ую|е|ое|я|ая))?")
_TO: Final = re.compile(r"\s(?:на|to|with|by|by:|на:)\s|:\s?|\s?[—–]\s", re.IGNORECASE)
_PARTS: Final = re.compile(r"[;\n]|,(?!\d)")
_EDGES: Final = ' \t,;.:!-–—«»"\u00a0'


@dataclass(frozen=True, slots=True)
class AddClaims:
    """More claims, as the seller wrote them; ``sure`` where a colon stands before them."""

    texts: tuple[str, ...]
    sure: bool = False


@dataclass(frozen=True, slots=True)
class RemoveClaims:
    """The claims of these numbers, counted from 1, go."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ReplaceClaim:
    """Another text for the claim of a number, counted from 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class SetTitle:
    """Another title of the card."""

    text: str


ClaimEdit: TypeAlias = AddClaims | RemoveClaims | ReplaceClaim | SetTitle


def read(text: str, claims: Sequence[Mapping[str, str]]) -> ClaimEdit | None:
    """Read what a message asks of ``claims``; None where it is about something else.

    A price is none of them: it is a fact of the product, whatever is added or removed.
    """
    text = text[:READ_AT_MOST].strip()
    first = _WORD.match(text)
    verb = "" if first is None else first[0].lower()
    behind = text[len(verb) :]
    rest, marked = behind.strip(_EDGES), behind.lstrip().startswith(":")
    if not rest:
        return None
    if verb in _TITLE:
        return SetTitle(rest) if marked else None
    if verb in _REMOVE:
        numbers = _numbers(rest, len(claims)) or _named(rest, claims)
        return RemoveClaims(numbers) if numbers else None
    if verb in _ADD:
        texts = () if is_price(rest) else split(rest)
        return AddClaims(texts, marked) if texts else None
    return _replaced(rest, len(claims)) if verb in _REPLACE else None


def split(text: str) -> tuple[str, ...]:
    """Return the claims that a text lists: a line each, or between commas."""
    parts = (part.strip(_EDGES) for part in _PARTS.split(text[:READ_AT_MOST]))
    return tuple(part for part in parts if part)


def _replaced(rest: str, count: int) -> ReplaceClaim | None:
    parts = _TO.split(rest, maxsplit=1)
    if len(parts) != 2 or not parts[1].strip(_EDGES):  # noqa: PLR2004 - which, and what instead
        return None
    numbers = _numbers(parts[0], count)
    return ReplaceClaim(numbers[0], parts[1].strip(_EDGES)) if len(numbers) == 1 else None


def _numbers(text: str, count: int) -> tuple[int, ...]:
    """Read ordinals and numbers up to ``count``; none where any other word stands among them."""
    found: list[int] = []
    for match in _WORD.finditer(text):
        word = match[0].lower()
        if word in _ALL:
            found += range(1, count + 1)
        elif word in _LAST:
            found.append(count)
        elif (number := _number(word)) is not None:
            found.append(number)
        elif word not in _FILLER:
            return ()
    unique = tuple(dict.fromkeys(found))
    return unique if all(0 < number <= count for number in unique) else ()


def _number(word: str) -> int | None:
    if (match := _NUMBER.fullmatch(word)) is not None:
        return int(match[1])
    for number, stems in enumerate(_STEMS, 1):
        if word.startswith(stems[0]) or word in stems[1:]:
            return number
    return None


def _named(text: str, claims: Sequence[Mapping[str, str]]) -> tuple[int, ...]:
    """Find the one claim that is named by its words, or by the beginning of them."""
    said = text.casefold().replace("ё", "е").strip(_EDGES)
    found = [
        number
        for number, claim in enumerate(claims, 1)
        if claim["text"].casefold().replace("ё", "е").startswith(said)
    ]
    return tuple(found) if len(found) == 1 else ()


def is_price(text: str) -> bool:
    """Tell whether there is a price in a text: that is a fact, not a claim."""
    return any(one.what is What.PRICE for one in readings_of(text))
