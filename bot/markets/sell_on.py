"""The one choice "I sell on …": what a market sets for a seller, or for one photo.

All comes from the market's file. With no market a seller has again what they had before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.keyboards.callbacks import Page, Preference
from pipeline.compose import load_choices
from pipeline.markets import load_markets
from pipeline.markets.text import Length
from storage import backdrops, photos, sellers
from storage.backdrops import preset_ref
from storage.render_key import View

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.services import Services
    from pipeline.markets import Market
    from storage.photos import Changes, PhotoRecord
    from storage.sellers import Seller

WHITE = preset_ref("white")
OWN_MARGIN = "usual"
"""The margin that a market's format has of its own."""
MARKETS_AT_MOST = 10
"""Markets of a pack: an album of Telegram's holds as many pictures."""
COLUMNS = ("format", "margin", "caption_length", "default_backdrop")
"""What a market sets of a seller's preferences."""
CHOSEN = (*COLUMNS, Preference.MARKET.value, "markets", "before_market")
"""All columns that choosing where one sells may change."""


def markets_of(seller: Seller) -> tuple[Market, ...]:
    """Return all markets that a seller sells on, the main one first.

    Those whose file is gone, with a newer version of the program, are left out.
    """
    known = load_markets()
    names = seller.markets or ([seller.market] if seller.market else [])
    return tuple(known[name] for name in names if name in known)


def length_for(name: str) -> str:
    """Return how long a text for a market is, where nothing else is wished."""
    market = load_markets().get(name)
    text = None if market is None else market.text
    return (Length.MEDIUM if text is None else text.length).value


async def sell_on(
    services: Services, connection: AsyncConnection, seller: Seller, names: Sequence[str]
) -> Seller:
    """Have a seller sell on these markets, the first the main one; on none where it is empty.

    Returns the seller as they are then. What has been changed by hand since the last market was
    chosen stays where no market is left. Raises KeyError for a name that is not a market's.
    """
    values = _columns(seller, list(dict.fromkeys(names)))
    backdrop = values["default_backdrop"]
    if backdrop is not None:
        owns = await backdrops.of_seller(connection, seller.id)
        if not services.names.offers(backdrop, owns):  # an own background, deleted since
            values["default_backdrop"] = None
    await sellers.update(connection, seller.id, **values)
    return await sellers.get(connection, seller.id)


async def tick(
    services: Services, connection: AsyncConnection, seller: Seller, name: str
) -> Seller:
    """Add a market to those that a seller sells on, or take it from them."""
    names = [market.name for market in markets_of(seller)]
    changed = [*names, name] if name not in names else [one for one in names if one != name]
    return await sell_on(services, connection, seller, changed)


async def sell_photo_on(
    connection: AsyncConnection, photo: PhotoRecord, seller: Seller, name: str
) -> None:
    """Make one photo's picture and caption for a market; for none where ``name`` is empty.

    The jobs that draw and describe are the caller's. Raises KeyError for an unknown market.
    """
    placed = photo.wanted_backdrop is not None
    changes = photo_sold_on(seller, name, photo.caption_wish or {}, placed=placed)
    await photos.update(connection, photo.id, **changes)


def photo_sold_on(seller: Seller, name: str, wish: Mapping[str, Any], *, placed: bool) -> Changes:
    """Return what a market changes of a photo; ``wish`` is its ``caption_wish`` so far.

    A background that is wished already, ``placed``, stays: what speaks against it stands under the
    result. Raises KeyError for an unknown market.
    """
    wishes = {key: value for key, value in wish.items() if key != Page.LENGTH}
    wishes[Page.MARKET.value] = name
    changes: Changes = {"listing_market": None}
    own = _before(seller)
    if not name:
        changes["format"] = own["format"]
    else:
        market = load_markets()[name]
        changes["format"] = name if market.picture is not None else own["format"]
        if market.text is not None:
            wishes[Page.LENGTH.value] = market.text.length.value
        if market.wants_white and not placed:
            changes["wanted_backdrop"], changes["view"] = WHITE, View.RESULT
    changes["caption_wish"] = wishes
    return changes


def _columns(seller: Seller, names: list[str]) -> dict[str, Any]:
    """Return all columns of the choice for a seller."""
    known, main = load_markets(), seller.market
    now, own = _now(seller), _before(seller)
    by_market = now if main is None or main not in known else _set_by(known[main], own)
    by_hand = {name: value for name, value in now.items() if value != by_market.get(name)}
    markets = {Preference.MARKET.value: names[0] if names else None, "markets": names or None}
    if names and names[0] == main:
        return {**markets, "default_backdrop": seller.default_backdrop}
    own |= by_hand
    if not names:
        return {**own, **markets, "before_market": None}
    return {**_set_by(known[names[0]], own), **markets, "before_market": own}


def _now(seller: Seller) -> dict[str, Any]:
    return {name: getattr(seller, name) for name in COLUMNS}


def _before(seller: Seller) -> dict[str, Any]:
    """Return what a seller has set apart from the market's choice.

    Where an older version of the program chose the market, its format is not the seller's.
    """
    own = dict(seller.before_market or _now(seller))
    if seller.before_market is None and own["format"] == seller.market:
        own["format"] = next(iter(load_choices().formats))
    return own


def _set_by(market: Market, own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the preferences as a market sets them; those that it says nothing of are ``own``."""
    values = {name: own[name] for name in COLUMNS}
    if market.picture is not None:
        values |= {"format": market.name, "margin": OWN_MARGIN}
    if market.text is not None:
        values["caption_length"] = market.text.length.value
    if market.wants_white:
        values["default_backdrop"] = WHITE
    return values
