"""What a card says, whose it is, and how large it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from pipeline.errors import CardError
from pipeline.markets import load_markets

if TYPE_CHECKING:
    from pipeline.values import CutOut

CLAIM_AT_MOST: Final = 24
"""Characters of a claim."""
TEXT_AT_MOST, TEXTS_AT_MOST = 200, 60
"""Characters of any text, and how many texts: more fits on no card."""
LONGEST_SIDE: Final = 1920
"""Pixels of a card's longer side at most, whatever its market would take."""
STORY_FROM, PORTRAIT_FROM = 1.6, 1.12
"""Height over width from which a frame is laid out as a story, and as a portrait."""

Corners: TypeAlias = Literal["round", "square"]
PriceTag: TypeAlias = Literal["pill", "circle", "flag"]
Shape: TypeAlias = Literal["story", "portrait", "square"]

_COLOUR: Final = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Claim:
    """One advantage, and the words of the seller or of the listing that it was taken from.

    Raises ValueError where it is empty, too long or has no source.
    """

    text: str
    source: str

    def __post_init__(self) -> None:
        if not 0 < len(self.text) <= CLAIM_AT_MOST or not self.source:
            raise ValueError(f"no claim: {self.text!r} from {self.source!r}")


@dataclass(frozen=True, slots=True)
class CardContent:
    """All that may be set on a product's cards. ``sizes`` are rows of a label and a value.

    ``care`` is how to treat it, ``contents`` what is in the box; ``language`` is a code.
    """

    title: str
    claims: tuple[Claim, ...] = ()
    sizes: tuple[tuple[str, str], ...] = ()
    price: str | None = None
    old_price: str | None = None
    care: tuple[str, ...] = ()
    contents: tuple[str, ...] = ()
    language: str = "ru"
    material: str | None = None

    @property
    def is_settable(self) -> bool:
        """Whether it is short enough to be laid out at all: that takes no longer than it should."""
        lone = self.title, self.material or "", self.price or "", self.old_price or ""
        texts = (*lone, *self.care, *self.contents, *(text for row in self.sizes for text in row))
        fits = all(len(text) <= TEXT_AT_MOST for text in texts)
        return fits and len(texts) + len(self.claims) <= TEXTS_AT_MOST


@dataclass(frozen=True, slots=True, eq=False)
class Brand:
    """How a seller's cards look.

    ``primary`` and ``secondary`` are ``#rrggbb``; None takes the colours of the product. ``fonts``
    names a pair of `pipeline.cards.fonts`. The ``logo`` stands in a corner; with ``watermark`` also
    large and faint on the background, behind the product. Raises ValueError where a colour is none.
    """

    primary: str | None = None
    secondary: str | None = None
    fonts: str = "onest"
    corners: Corners = "round"
    logo: CutOut | None = None
    watermark: bool = False
    price_tag: PriceTag = "pill"

    def __post_init__(self) -> None:
        for colour in (self.primary, self.secondary):
            if colour is not None and _COLOUR.fullmatch(colour) is None:
                raise ValueError(f"{colour!r} is no colour, expected #rrggbb")


@dataclass(frozen=True, slots=True)
class CardPicture:
    """A card as a JPEG, and how many of its content's claims are on it, the first ones."""

    jpeg: bytes
    claims: int


DEFAULT_BRAND: Final = Brand()
"""The look of a seller without a brand: the colours come from the product."""


@dataclass(frozen=True, slots=True)
class CardFormat:
    """A card's ``name``, ``width`` and ``height`` in pixels."""

    name: str
    width: int
    height: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.width, self.height

    @property
    def shape(self) -> Shape:
        """Which of the templates' arrangements suit it."""
        ratio = self.height / self.width
        if ratio > STORY_FROM:
            return "story"
        return "portrait" if ratio > PORTRAIT_FROM else "square"


PORTRAIT: Final = CardFormat("portrait", 1200, 1600)
FORMATS: Final = {
    one.name: one
    for one in (
        PORTRAIT,
        CardFormat("square", 1200, 1200),
        CardFormat("story", 1080, 1920),
    )
}
"""The formats that belong to no market, the default first."""


def format_for(name: str) -> CardFormat:
    """Give the format of that name, or that of a market's pictures. Raises CardError for another.

    A market without a size of its own has the default.
    """
    if name in FORMATS:
        return FORMATS[name]
    market = load_markets().get(name)
    if market is None:
        raise CardError(f"no card format {name!r}; there are {', '.join(FORMATS)} and the markets")
    if market.picture is None or market.picture.size is None:
        return PORTRAIT
    width, height = market.picture.size
    scale = min(1.0, LONGEST_SIDE / max(width, height))
    return CardFormat(name, round(width * scale), round(height * scale))
