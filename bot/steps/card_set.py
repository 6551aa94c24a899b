"""A set: all pictures of a product's listing, the main one first, then its cards."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot import payloads
from bot.cards.choices import SET
from bot.markets.rules import to_row
from bot.steps.card_content import source_of, wait_for_listing
from bot.steps.market_picture import market_picture
from bot.telegram.delivery import reply_to
from pipeline.markets import load_markets
from pipeline.markets.picture import check_count
from storage import job_rows

if TYPE_CHECKING:
    from bot.payloads import Pack, PackItem
    from bot.services import StepServices, WorkerContext
    from bot.steps.card_content import CardSource
    from storage.jobs import Job
    from storage.photos import PhotoRecord
    from storage.sellers import Seller

MAIN = ""
"""The main picture among the cards' names."""


async def make_set(
    context: WorkerContext, job: Job, pack: Pack, photo: PhotoRecord, seller: Seller
) -> Pack:
    """Make the pictures one after another; how far it came is written into the job.

    Which cards there are is settled before the first one.
    """
    if not pack.made:
        await wait_for_listing(context, photo, pack.began)
    source = await source_of(context, photo, seller)
    if not pack.made:
        fitting = tuple(name for name in SET if name in source.fitting)
        pack = pack.model_copy(update={"cards": fitting})
    for card in (MAIN, *(pack.cards or ()))[len(pack.made) :]:
        item = await _make(context, source, seller, pack.markets[0], card)
        pack = pack.model_copy(update={"made": (*pack.made, item)})
        async with context.database.write() as connection:
            await job_rows.advance(connection, job, pack.model_dump(mode="json"))
    return _counted(pack)


def _counted(pack: Pack) -> Pack:
    """Say at the main picture where there are more pictures than the market takes."""
    market = load_markets().get(pack.markets[0])
    if market is None or market.picture is None:
        return pack
    main, *cards = pack.made
    broken = tuple(to_row(market, check_count(market.picture, len(pack.made))))
    main = main.model_copy(update={"broken": (*main.broken, *broken)})
    return pack.model_copy(update={"made": (main, *cards)})


async def _make(
    context: WorkerContext, source: CardSource, seller: Seller, market: str, card: str
) -> PackItem:
    photo = source.photo
    if card == MAIN:
        return await market_picture(context, photo, seller, load_markets().get(market))
    cut = await context.cut_outs.get(photo)
    form = source.format(card)
    drawn = await asyncio.to_thread(
        context.studio.card, card, cut, source.content, source.brand, form
    )
    return payloads.PackItem(
        market=market,
        file=await context.files.put(drawn.jpeg),
        name=f"{market or 'vitrina'}-{photo.id}-{card}.jpg",
        size=form.size,
        card=card,
    )


async def offer_files(
    services: StepServices, photo: PhotoRecord, seller: Seller, words: str
) -> None:
    """Say what was sent, and offer the same as files: albums have no buttons."""
    await services.bot.send_message(
        photo.chat_id,
        words,
        reply_markup=services.panels.card.set_sent(seller.language, photo.id),
        message_thread_id=photo.thread_id,
        reply_parameters=reply_to(photo.panel_id or photo.message_id),
    )
