"""What is asked of a describer, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from pipeline.captions.render import telegram_html, telegram_text
from pipeline.errors import CaptionsOffError

if TYPE_CHECKING:
    from decimal import Decimal

    from pipeline.captions.listing import Listing


class Tone(StrEnum):
    """How the text speaks to the buyer."""

    SELLING = "selling"
    PLAIN = "plain"
    PREMIUM = "premium"
    PLAYFUL = "playful"
    SHORT = "short"


@dataclass(frozen=True, slots=True)
class Request:
    """One product to describe.

    ``picture`` is a JPEG of the product, best made by `thumbnail`. ``language`` is a code such as
    ``ru``, or a language's name. ``facts`` are the seller's own words. ``earlier`` are the texts
    of captions already written for this product, newest last: the new one has to differ.
    ``emoji`` may forbid them in the tones that have them, `Tone.SELLING` and `Tone.PLAYFUL`.
    """

    picture: bytes
    language: str = "ru"
    tone: Tone = Tone.SELLING
    facts: str = ""
    earlier: tuple[str, ...] = ()
    emoji: bool = True

    @property
    def may_have_emoji(self) -> bool:
        """Whether the text may hold emoji."""
        return self.emoji and self.tone in {Tone.SELLING, Tone.PLAYFUL}


@dataclass(frozen=True, slots=True)
class Caption:
    """A listing, and what it took to write it.

    ``tokens_in`` includes ``tokens_cached``, the part that the provider bills at its lower rate.
    ``cost`` is in US dollars, None where the model's price is not known.
    """

    listing: Listing
    model: str
    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    cost: Decimal | None = None

    @property
    def text(self) -> str:
        """The caption as plain text, at most 1,000 characters as Telegram counts them."""
        return telegram_text(self.listing)

    @property
    def html(self) -> str:
        """The same in Telegram's HTML, the title in bold."""
        return telegram_html(self.listing)


class Describer(Protocol):
    """Writes captions. `describe` raises nothing but `CaptionError` and its kinds."""

    async def describe(self, request: Request) -> Caption:
        """Look at the product and write its caption."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...


class CaptionsOff:
    """The describer of an installation without a key."""

    async def describe(self, request: Request) -> Caption:
        """Raise `CaptionsOffError`."""
        raise CaptionsOffError(f"No key for captions is set; asked for {request.language!r}")

    async def aclose(self) -> None:
        """Nothing is held."""
