"""What a photo's card is made for: its market, its format, and the cards of a whole set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.render_options import market_of
from pipeline.cards.values import FORMATS

if TYPE_CHECKING:
    from pipeline.markets import Market
    from storage.cards import CardRecord
    from storage.photos import PhotoRecord
    from storage.sellers import Seller

SET: Final = ("hero", "advantages", "sizes", "care")
"""The cards of a set, behind the main picture, as far as there is something to say on each."""
STORY: Final = "story"
"""The template, and the format that it has unless another is chosen."""


def card_market(photo: PhotoRecord, seller: Seller) -> Market | None:
    """Return the market that a photo's cards are for: one that has pictures."""
    market = market_of(photo, seller)
    return None if market is None or market.picture is None else market


def format_name(card: CardRecord | None, template: str | None, market: Market | None) -> str:
    """Name a card's format: the one that is chosen, the story's, the market's, or the usual."""
    if card is not None and card.format is not None:
        return card.format
    if template == STORY:
        return STORY
    return next(iter(FORMATS)) if market is None else market.name
