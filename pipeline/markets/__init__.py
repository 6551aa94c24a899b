"""Marketplaces and what they ask of a listing: one dated TOML file per market in this folder."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import MarketError
from pipeline.markets.picture import PictureRules, picture_rules
from pipeline.markets.text import TextRules, text_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Market", "PictureRules", "TextRules", "load_markets", "market_names"]

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Market:
    """One marketplace. ``titles`` maps a language code to what the seller reads.

    ``as_of`` is the day on which the rules were last gone through, ``source`` the market's own
    page to compare them with; what of ``text`` was not is named in its ``unverified``.
    ``picture`` and ``text`` are None where the market asks nothing that we know of.
    """

    name: str
    titles: dict[str, str]
    as_of: date
    source: str
    picture: PictureRules | None = None
    text: TextRules | None = None

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
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        return market(path.stem, told)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MarketError(f"{path} is unusable: {error!r}") from error


def market(name: str, told: dict[str, Any]) -> Market:
    """Check what a file tells. Raises KeyError, TypeError or ValueError where it is wrong."""
    as_of = told["as_of"]
    if not isinstance(as_of, date):
        raise TypeError(f"as_of is {as_of!r}, expected a date")
    rules, words = told.get("picture"), told.get("text")
    return Market(
        name=name,
        titles=dict(told["title"]),
        as_of=as_of,
        source=str(told["source"]),
        picture=None if rules is None else picture_rules(rules),
        text=None if words is None else text_rules(words),
    )
