"""The plain colours that a background can have, by name."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

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
