"""The fonts of cards: pairs for headings and text, each file checked against its manifest.

All are under the SIL Open Font License; the licences lie beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont

from pipeline.errors import CardError
from pipeline.weights import Manifest, Store

FOLDER: Final = Path(__file__).parent
COMPLETE: Final = "onest"
"""The pair that has every letter of the bot's languages; it stands in where another lacks one."""


@dataclass(frozen=True, slots=True)
class Font:
    """One file of the manifest in the words of a typesetter."""

    name: str
    family: str
    weight: int


@dataclass(frozen=True, slots=True)
class FontPair:
    """A font for headings and one for everything else."""

    head: Font
    body: Font


_FONTS: Final = {
    name: Font(name, family, weight)
    for name, family, weight in (
        ("manrope-500", "Manrope", 500),
        ("manrope-800", "Manrope", 800),
        ("golos-text-500", "Golos Text", 500),
        ("golos-text-700", "Golos Text", 700),
        ("onest-500", "Onest", 500),
        ("onest-800", "Onest", 800),
        ("unbounded-700", "Unbounded", 700),
        ("oswald-600", "Oswald", 600),
    )
}
PAIRS: Final = {
    name: FontPair(_FONTS[head], _FONTS[body])
    for name, head, body in (
        ("onest", "onest-800", "onest-500"),
        ("manrope", "manrope-800", "manrope-500"),
        ("golos", "golos-text-700", "golos-text-500"),
        ("unbounded", "unbounded-700", "golos-text-500"),
        ("oswald", "oswald-600", "golos-text-500"),
    )
}
"""The pairs by the names that brands call them by, the default first."""


@cache
def _store() -> Store:
    return Store(FOLDER, Manifest.load(FOLDER / "manifest.toml"))


@cache
def letters_of(name: str) -> frozenset[str]:
    """Give the characters that a font draws. Raises WeightsError where its file is bad."""
    with TTFont(_store().path(name), lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))


def check() -> None:
    """Raise WeightsError where a font's file is missing or is not what the manifest says."""
    for name in _FONTS:
        _store().path(name)


def pair_for(name: str, text: str) -> FontPair:
    """Give the pair called ``name``, or `COMPLETE` where it lacks a letter of ``text``.

    A card is set in one pair: letters of two fonts in one word look like a mistake. Raises
    CardError where there is no such pair.
    """
    if name not in PAIRS:
        raise CardError(f"no fonts {name!r}; there are {', '.join(PAIRS)}")
    pair = PAIRS[name]
    drawn = letters_of(pair.head.name) & letters_of(pair.body.name)
    return pair if drawn.issuperset(text) else PAIRS[COMPLETE]


def drawable(text: str) -> str:
    """Leave out what not even the complete pair can draw, such as emoji."""
    pair = PAIRS[COMPLETE]
    drawn = letters_of(pair.head.name) & letters_of(pair.body.name)
    return " ".join("".join(one for one in text if one in drawn or one.isspace()).split(" "))
