"""The words that a seller's facts are told by, from ``fact_words.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

WORDS: Final = Path(__file__).with_name("fact_words.toml")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words in lower case, by their part in the grammar.

    ``money`` maps a word to its ISO 4217 code, ``*`` where it tells none; ``times`` a word to what
    it multiplies by (``factors`` are its words). ``pointed`` are abbreviations that may end in a
    point, ``sums`` all words and signs behind an amount of money, ``joined`` those that a number
    may be joined to, ``openers`` all words and signs that a fact may begin with.
    """

    money: Mapping[str, str]
    cents: frozenset[str]
    codes: frozenset[str]
    capital_codes: frozenset[str]
    adjectives: frozenset[str]
    times: Mapping[str, int]
    factors: frozenset[str]
    price: Mapping[str, frozenset[str]]
    aside: tuple[str, ...]
    size: Mapping[str, frozenset[str]]
    measure: Mapping[str, frozenset[str]]
    pointed: frozenset[str]
    sums: frozenset[str]
    joined: frozenset[str]
    openers: frozenset[str]


@cache
def vocabulary() -> Vocabulary:
    """Read the words, once."""
    told = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    return Vocabulary(
        money={_bare(word): code for code, words in told["money"].items() for word in words},
        cents=_set(told["cents"]["words"]),
        codes=_set(told["codes"]["any_case"]),
        capital_codes=frozenset(told["codes"]["capitals"]),
        adjectives=_set(told["adjectives"]["words"]),
        times={
            _bare(word): int(factor) for factor, words in told["times"].items() for word in words
        },
        factors=frozenset(map(_bare, _all({"times": told["times"]}))),
        price={name: _set(words) for name, words in told["price"].items()},
        aside=tuple(told["aside"]["stems"]),
        size={name: _set(words) for name, words in told["size"].items()},
        measure={name: _set(words) for name, words in told["measure"].items()},
        pointed=frozenset(map(_bare, filter(_is_pointed, _all(told)))),
        sums=_set([*_all({"money": told["money"]}), *told["cents"]["words"]]),
        joined=_set([*told["size"]["systems"], *told["codes"]["any_case"]]),
        openers=_openers(told),
    )


def _openers(told: dict[str, Any]) -> frozenset[str]:
    price, size = told["price"], told["size"]
    return _set(
        [
            *(word for words in told["money"].values() for word in words),
            *told["codes"]["any_case"],
            *map(str.lower, told["codes"]["capitals"]),
            *(word for name in ("labels", "sold", "old", "new", "bounds") for word in price[name]),
            *(word for name in ("words", "systems", "height") for word in size[name]),
            *(word.partition(" ")[0] for word in size["whole"]),
            *told["measure"]["labels"],
        ]
    )


def _set(words: list[str]) -> frozenset[str]:
    return frozenset(map(_bare, words))


def _bare(word: str) -> str:
    return word.removesuffix(".")


def _is_pointed(word: str) -> bool:
    return word.endswith(".")


def _all(told: dict[str, Any]) -> list[str]:
    lists = (words for table in told.values() for words in table.values())
    return [word for words in lists for word in words]
