"""What is asked of a describer, and what comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias

from pipeline.captions.listing import Listing
from pipeline.captions.render import telegram_html, telegram_text
from pipeline.errors import CaptionKeptInError, CaptionsOffError, MarketError
from pipeline.markets import load_markets
from pipeline.markets.text import Length

if TYPE_CHECKING:
    from pipeline.captions.flaws import Flaw
    from pipeline.captions.spending import Spending
    from pipeline.markets import TextRules
    from pipeline.markets.text import Limits

TELEGRAM = "telegram"
"""The market whose rules hold where the seller has chosen none: a post under a picture."""


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
    ``market`` names one of `pipeline.markets.load_markets` whose rules the text keeps.
    """

    picture: bytes
    language: str = "ru"
    tone: Tone = Tone.SELLING
    facts: str = ""
    earlier: tuple[str, ...] = ()
    emoji: bool = True
    market: str = TELEGRAM
    length: Length = Length.MEDIUM

    @property
    def rules(self) -> TextRules:
        """The market's rules. Raises MarketError where there are none of that name."""
        market = load_markets().get(self.market)
        if market is None or market.text is None:
            raise MarketError(f"there are no rules for texts on {self.market!r}")
        return market.text

    @property
    def is_short(self) -> bool:
        """Whether the text is to be as short as can be."""
        return self.tone is Tone.SHORT or self.length is Length.SHORT

    @property
    def limits(self) -> Limits:
        """The limits of the text: the market's, narrowed by the length."""
        rules = self.rules
        limits = rules.limits(Length.SHORT if self.is_short else self.length)
        absent = {part: 0 for part in ("bullets", "call_to_action") if part not in rules.order}
        return replace(limits, **absent)

    @property
    def may_have_emoji(self) -> bool:
        """Whether the text may hold emoji."""
        return self.emoji and self.rules.emoji and self.tone in {Tone.SELLING, Tone.PLAYFUL}


@dataclass(frozen=True, slots=True)
class Caption:
    """A listing, and what it took to write it.

    ``spent`` has an entry per model that was asked, failed ones included. ``flaws`` is what was
    wrong with the first draft; nothing of it is left in the listing.
    """

    listing: Listing
    model: str
    spent: tuple[Spending, ...] = ()
    flaws: tuple[Flaw, ...] = ()

    @property
    def tokens_in(self) -> int:
        """The tokens of all questions, those from the provider's cache included."""
        return sum(one.tokens_in for one in self.spent)

    @property
    def tokens_cached(self) -> int:
        """The tokens that came from the provider's cache."""
        return sum(one.tokens_cached for one in self.spent)

    @property
    def tokens_out(self) -> int:
        """The tokens of all answers."""
        return sum(one.tokens_out for one in self.spent)

    @property
    def cost(self) -> Decimal | None:
        """US dollars, None where no model's price is known."""
        known = [one.cost for one in self.spent if one.cost is not None]
        return sum(known, Decimal()) if known else None

    @property
    def text(self) -> str:
        """The caption as plain text, at most 1,000 characters as Telegram counts them."""
        return telegram_text(self.listing)

    @property
    def html(self) -> str:
        """The same in Telegram's HTML, the title in bold."""
        return telegram_html(self.listing)


def market_of_text(market: str | None) -> str:
    """Name the market whose rules a text keeps: `TELEGRAM` where the seller's has none."""
    found = load_markets().get(market or TELEGRAM)
    return TELEGRAM if found is None or found.text is None else found.name


Watch: TypeAlias = Callable[[Listing], None]
"""Told of a text while it is written: whole sentences only, reviewed, the last call the longest."""


class Describer(Protocol):
    """Writes captions. `describe` raises nothing but `CaptionError` and its kinds."""

    async def describe(self, request: Request, watch: Watch | None = None) -> Caption:
        """Look at the product and write its caption; ``watch`` sees it grow where it can be."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...


class CaptionsKeptIn:
    """The describer of sellers who let nothing go out, where none is on this machine."""

    async def describe(self, request: Request, watch: Watch | None = None) -> Caption:  # noqa: ARG002 - nothing grows here to be watched
        """Raise `CaptionKeptInError`."""
        raise CaptionKeptInError(f"Nothing may go out; asked for {request.language!r}")

    async def aclose(self) -> None:
        """Nothing is held."""


class CaptionsOff:
    """The describer of an installation without a key."""

    async def describe(self, request: Request, watch: Watch | None = None) -> Caption:  # noqa: ARG002 - nothing grows here to be watched
        """Raise `CaptionsOffError`."""
        raise CaptionsOffError(f"No key for captions is set; asked for {request.language!r}")

    async def aclose(self) -> None:
        """Nothing is held."""
