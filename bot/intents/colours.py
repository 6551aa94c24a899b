"""The plain colours that a background can have, by name."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from storage.backdrops import colour_of, preset_ref

if TYPE_CHECKING:
    from collections.abc import Mapping

GRADIENT: Final = preset_ref("grad")
"""The preset that the word "gradient" names."""
FILE: Final = Path(__file__).with_name("vocabulary.toml")


@cache
def colour_titles() -> Mapping[str, Mapping[str, str]]:
    """Name each colour, six hexadecimal digits, in each language: its first word of the list."""
    titles = {}
    for colour in tomllib.loads(FILE.read_text(encoding="utf-8"))["colour"]:
        english = [word for word in colour["bare"] if word.isascii()]
        russian = [word for word in colour["bare"] if not word.isascii()]
        names = {"ru": russian[0].capitalize(), "en": english[0].capitalize()}
        titles[str(colour["hex"])] = names
    return titles


@cache
def _digits() -> Mapping[str, str]:
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))["colour"]
    presets = {preset_ref(one["preset"]): str(one["hex"]) for one in told if "preset" in one}
    return {ref: digits for ref, digits in presets.items() if ref != GRADIENT}


def digits_of(ref: str) -> str | None:
    """Return the six digits of a background of one colour, a preset's too; None of another."""
    return colour_of(ref) or _digits().get(ref)
