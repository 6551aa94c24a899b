"""A photo's main picture for a market, as a file of a pack."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot import payloads
from bot.markets.rules import to_row
from bot.markets.sell_on import WHITE
from bot.render_options import pack_style, style_of
from bot.steps.render import backdrop_of

if TYPE_CHECKING:
    from bot.payloads import PackItem
    from bot.services import WorkerContext
    from pipeline.markets import Market
    from storage.photos import PhotoRecord
    from storage.sellers import Seller

PICTURE_AT_MOST = 4_500_000
"""Bytes of one picture: ten of them are a ZIP that Telegram takes, 50 MB."""


async def market_picture(
    context: WorkerContext, photo: PhotoRecord, seller: Seller, market: Market | None
) -> PackItem:
    """Make it by the market's rules; for none in particular as the photo's own result is."""
    cut = await context.cut_outs.get(photo)
    ref = photo.wanted_backdrop or WHITE
    style, name = style_of(photo, seller), ""
    if market is not None:
        ref = WHITE if market.wants_white else ref
        style, name = pack_style(photo, seller, market), market.name
    backdrop = await backdrop_of(context, photo, ref)
    made = await asyncio.to_thread(
        context.studio.render_for_market, cut, backdrop, style, PICTURE_AT_MOST
    )
    return payloads.PackItem(
        market=name,
        file=await context.files.put(made.data),
        name=f"{name or 'vitrina'}-{photo.id}.{made.suffix}",
        size=made.size,
        broken=() if market is None else tuple(to_row(market, made.broken)),
    )
