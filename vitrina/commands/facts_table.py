"""What a seller knows of products: a CSV table with a row for each photo, a text beside each."""

from __future__ import annotations

import csv
import io
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from pipeline.errors import SettingsError
from vitrina.commands.text_files import decoded, read_text, readable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NO_FACTS: Mapping[str, str] = MappingProxyType({})
MOST_BYTES: Final = 10_000_000
DELIMITERS: Final = ";,\t"
BARE: Final = frozenset(
    {"название", "наименование", "товар", "преимущества", "описание", "комментарий",
     "name", "title", "product", "advantages", "claims", "description", "notes"}
)  # fmt: skip
"""Headings of columns whose words stand for themselves; others are named before their value."""


def read_facts(path: Path) -> Mapping[str, str]:
    """Read a table: the words of each row by the photo's name in its first column.

    Its first row are headings: a column "Размер" with "42-48" is told as "Размер: 42-48". The
    delimiter is a semicolon, a comma or a tab; encodings are those of text files. Raises
    SettingsError for what is no such table.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise SettingsError(f"{path} is larger than {MOST_BYTES} bytes")
        text = decoded(data)
        first = text.partition("\n")[0]
        delimiter = max(DELIMITERS, key=first.count)
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        headings, *others = [row for row in rows if any(map(str.strip, row))]
    except (OSError, csv.Error) as error:
        raise SettingsError(f"{path} is unusable: {error}") from error
    except ValueError:
        raise SettingsError(f"{path} is empty; its first row names the columns") from None
    return {_key(name): _words(headings[1:], values) for name, *values in others if name.strip()}


def facts_of(source: Path, facts: Mapping[str, str]) -> str:
    """Return what a table says of a photo, by its whole name or without the ending."""
    name = readable(source.name)
    return facts.get(_key(name)) or facts.get(_key(readable(source.stem)), "")


def words_for(source: Path, facts: Mapping[str, str] = NO_FACTS) -> str:
    """Return the seller's words about a photo: what a table says, and its own text file's.

    The text file lies beside the photo and has its name.
    """
    try:
        own = read_text(source.with_suffix(".txt"))
    except FileNotFoundError:
        own = ""
    return "\n".join(filter(None, (facts_of(source, facts), own)))


def _key(name: str) -> str:
    return name.strip().casefold()


def _words(headings: list[str], values: list[str]) -> str:
    told = []
    for heading, value in zip(map(str.strip, headings), map(str.strip, values), strict=False):
        if value:
            bare = not heading or heading.casefold() in BARE
            told.append(value if bare else f"{heading}: {value}")
    return "\n".join(told)
