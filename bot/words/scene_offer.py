"""The offer to draw a scene of words: what it costs, what is sent, what a market says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.render_options import picture_market
from pipeline.pictures import COUNT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.services import Services
    from storage.photos import PhotoRecord
    from storage.sellers import Seller


def may_paint(services: Services, seller: Seller) -> bool:
    """Tell whether scenes can be drawn for a seller."""
    return services.painter is not None and seller.outside


def offer_words(
    services: Services, seller: Seller, words: str, photos: Iterable[PhotoRecord]
) -> str:
    """Say what would be drawn, its price and what is sent, as HTML; empty where nothing can be."""
    painter = services.painter
    if painter is None or not seller.outside:
        return ""
    language = seller.language
    said = services.texts(language, "scene-offer", said=words)
    price = services.texts(language, "scene-free")
    if painter.price:
        price = services.texts(language, "scene-price", price=f"{COUNT * painter.price:.2f}")
    return "\n".join([f"{said} {price}", *market_notes(services, seller, photos)])


def market_notes(services: Services, seller: Seller, photos: Iterable[PhotoRecord]) -> list[str]:
    """Say what the photos' markets ask where a part of a picture is generated."""
    markets = {
        market.name: market
        for photo in photos
        if (market := picture_market(photo, seller)) is not None and market.generated
    }
    return [
        services.texts(
            seller.language,
            f"generated-{market.generated}",
            market=services.texts.title(seller.language, market.titles, market.name),
        )
        for market in markets.values()
    ]
