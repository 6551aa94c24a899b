"""Everything the seller chooses about a picture, and the named choices there are."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pipeline.compose.framing import Frame
from pipeline.errors import StyleError
from pipeline.markets import load_markets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.backdrops import ShadowKind
    from pipeline.compose.arrange import Arrangement
    from pipeline.markets import PictureRules

T = TypeVar("T")

CHOICES_FILE = Path(__file__).with_name("choices.toml")
MARKET_ENLARGE = 8.0
"""A market's frame is filled even by a small photo's product."""


@dataclass(frozen=True, slots=True)
class Style:
    """What the seller may choose about a picture. None leaves it to the background.

    ``tone`` is 0..1: how far the product's light is brought near the background's. ``rules`` are
    those of the market that the picture is for.
    """

    frame: Frame = field(default_factory=Frame)
    shadow: ShadowKind | None = None
    tone: float | None = None
    rules: PictureRules | None = None
    arrangement: Arrangement | None = None
    """Where the seller put the product; None leaves it where the frame has it."""


@dataclass(frozen=True, slots=True)
class Option(Generic[T]):
    """One named choice. ``titles`` maps a language code to what the seller reads."""

    name: str
    titles: dict[str, str]
    value: T


@dataclass(frozen=True, slots=True)
class Choices:
    """All named choices; each in the order of its buttons, the first is the default."""

    formats: Mapping[str, Option[Style]]
    margins: Mapping[str, Option[float | None]]
    shadows: Mapping[str, Option[ShadowKind | None]]
    tones: Mapping[str, Option[float | None]]

    def style(
        self,
        format: str = "centred",  # noqa: A002 - the name of the choice, everywhere else too
        *,
        margin: str = "usual",
        shadow: str = "usual",
        tone: str = "usual",
    ) -> Style:
        """Build the style of these names. Raises StyleError where one is unknown.

        A market that wants nothing but white around the product gets no shadow whatever is chosen,
        and no margin that leaves the product too small.
        """
        style = named(self.formats, format)
        free = named(self.margins, margin)
        rules = style.rules
        if free is not None:
            if rules is not None and rules.fill is not None:
                free = min(free, (1 - rules.fill) / 2)
            style = replace(style, frame=replace(style.frame, margin=free))
        kind = "none" if rules is not None and rules.white else named(self.shadows, shadow)
        return replace(style, shadow=kind, tone=named(self.tones, tone))


def named(options: Mapping[str, Option[T]], name: str) -> T:
    """Return the value of an option. Raises StyleError where there is none of that name."""
    try:
        return options[name].value
    except KeyError:
        raise StyleError(f"no choice {name!r}; there are {', '.join(options)}") from None


@cache
def load_choices() -> Choices:
    """Read the list, and the markets. Raises StyleError or MarketError where one is wrong."""
    try:
        listed = tomllib.loads(CHOICES_FILE.read_text(encoding="utf-8"))
        general = [option(entry, Style(frame_of(entry))) for entry in listed["format"]]
        margins, shadows, tones = (
            {entry["name"]: option(entry, entry.get("value")) for entry in listed[kind]}
            for kind in ("margin", "shadow", "tone")
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StyleError(f"{CHOICES_FILE} is unusable: {error!r}") from error
    markets = [
        Option(market.name, market.titles, market_style(market.picture))
        for market in load_markets().values()
        if market.picture is not None
    ]
    formats = {option.name: option for option in (*general, *markets)}
    return Choices(formats, margins, shadows, tones)


def option(entry: dict[str, Any], value: T) -> Option[T]:
    """Read the name and the titles of one table of the list."""
    return Option(str(entry["name"]), dict(entry["title"]), value)


def frame_of(entry: dict[str, Any]) -> Frame:
    """Read one format's frame. Raises KeyError or ValueError where it is wrong."""
    frame = Frame(entry["frame"])
    if "ratio" in entry:
        width, height = entry["ratio"]
        frame = replace(frame, ratio=(int(width), int(height)))
    return frame


def market_style(rules: PictureRules) -> Style:
    """Frame a picture as a market asks."""
    frame = Frame(size=rules.size)
    if rules.size is not None:
        frame = replace(frame, enlarge=MARKET_ENLARGE)
    if rules.margin is not None:
        frame = replace(frame, margin=rules.margin)
    return Style(frame, rules=rules)
