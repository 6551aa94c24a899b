"""Marketplaces and what they ask of a listing: one dated TOML file per market in this folder."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from pydantic import ValidationError

from pipeline.errors import MarketError
from pipeline.markets.picture import PictureRules, picture_rules
from pipeline.markets.text import TextRules, text_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Market", "PictureRules", "TextRules", "load_markets", "market_names"]

Generated: TypeAlias = Literal["", "disclose", "mark", "forbid"]

FOLDER = Path(__file__).parent
NAME = re.compile(r"[a-z][a-z0-9_]{0,19}")
"""A market's name: buttons carry it, of whose data Telegram takes 64 bytes."""
FILE_AT_MOST = 100_000
"""Bytes of a file; the longest of ours has 3,000."""


@dataclass(frozen=True, slots=True)
class Market:
    """One marketplace. ``titles`` maps a language code to what the seller reads.

    ``as_of`` is the day on which the rules were last gone through, ``source`` the market's own
    page to compare them with; what of ``text`` was not is named in its ``unverified``.
    ``picture`` and ``text`` are None where the market asks nothing that we know of; ``generated``
    is what it asks where a model has drawn a part of a picture: that it is said in the
    description, that the file is marked, that there be none.
    """

    name: str
    titles: dict[str, str]
    as_of: date
    source: str
    picture: PictureRules | None = None
    text: TextRules | None = None
    generated: Generated = ""

    @property
    def wants_white(self) -> bool:
        """Whether the main picture's background must be white, or at least have no colour."""
        return self.picture is not None and (self.picture.white or not self.picture.coloured)

    @property
    def is_verified(self) -> bool:
        """Whether all its rules were read on the market's own page."""
        picture, text = self.picture, self.text
        return not (picture is not None and picture.unverified) and not (
            text is not None and text.unverified
        )

    def title(self, language: str) -> str:
        """Name the market to a seller who reads ``language``."""
        return self.titles.get(language, self.name)


def market_names() -> list[str]:
    """List the markets there are, without reading their files."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


@cache
def load_markets(folder: Path = FOLDER) -> Mapping[str, Market]:
    """Read every market of ``folder``, by name. Raises MarketError where a file is wrong."""
    return {path.stem: load_market(path) for path in sorted(folder.glob("*.toml"))}


def load_market(path: Path) -> Market:
    """Read one market's file. Raises MarketError where it is wrong."""
    try:
        return market(path.stem, tomllib.loads(_text_of(path)))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise MarketError(f"{path} is unusable: {place}: {first['msg']}") from error
    except RecursionError as error:
        raise MarketError(f"{path} is unusable: it is nested too deep") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MarketError(f"{path} is unusable: {error!r}") from error


def _text_of(path: Path) -> str:
    with path.open("rb") as file:
        read = file.read(FILE_AT_MOST + 1)
    if len(read) > FILE_AT_MOST:
        raise ValueError(f"more than {FILE_AT_MOST} bytes")
    return read.decode()


def market(name: str, told: dict[str, Any]) -> Market:
    """Check what a file tells. Raises KeyError, TypeError or ValueError where it is wrong."""
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name: small Latin letters, digits and _, 20 at most")
    if not isinstance(told["title"], dict):
        raise TypeError(f"title is {told['title']!r}, expected a table of languages")
    as_of = told["as_of"]
    if not isinstance(as_of, date):
        raise TypeError(f"as_of is {as_of!r}, expected a date")
    generated = told.get("generated", "")
    if generated not in get_args(Generated):
        raise ValueError(f"generated is {generated!r}")
    rules, words = told.get("picture"), told.get("text")
    return Market(
        name=name,
        titles={str(code): str(title) for code, title in dict(told["title"]).items()},
        as_of=as_of,
        source=str(told["source"]),
        picture=None if rules is None else picture_rules(rules),
        text=None if words is None else text_rules(words),
        generated=generated,
    )
