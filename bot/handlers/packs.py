"""Taps about several markets: which they are, the pack for all, the listing that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram import F, Router
from aiogram.enums import ChatAction

from bot import jobs
from bot.handlers.answer import buttons, may_touch, toast
from bot.handlers.taps import tapped
from bot.keyboards.callbacks import MakePack, Page, ShowListing, TickMarket
from bot.markets.sell_on import MARKETS_AT_MOST, markets_of, tick
from bot.render_options import selected_codes
from pipeline.markets import load_markets
from storage import captions, job_rows, photos
from storage.jobs import JobKind
from storage.photos import PhotoState

if TYPE_CHECKING:
    from aiogram.types import CallbackQuery

    from bot.services import Services
    from storage.photos import PhotoRecord
    from storage.sellers import Seller


def router() -> Router:
    """Build the packs' router."""
    packs = Router(name="packs")
    packs.callback_query.register(tick_market, TickMarket.filter(F.photo != 0))
    packs.callback_query.register(make_pack, MakePack.filter())
    packs.callback_query.register(show_listing, ShowListing.filter())
    return packs


async def tick_market(query: CallbackQuery, callback_data: TickMarket, services: Services) -> None:
    """Tick a market under a photo, or no more."""
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        sold = [market.name for market in markets_of(seller)]
        key = "toast-saved"
        if photo is None:
            key = "photo-forgotten"
        elif callback_data.market not in load_markets():
            key = "toast-unknown"
        elif callback_data.market not in sold and len(sold) >= MARKETS_AT_MOST:
            key = "toast-markets-full"
        else:
            seller = await tick(services, connection, seller, callback_data.market)
    toast(query, services, seller, key)
    if photo is not None:
        _page(query, services, photo, seller)


async def make_pack(query: CallbackQuery, callback_data: MakePack, services: Services) -> None:
    """Have a picture made for each market that is ticked, and a listing written."""
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        sold = markets_of(seller)[:MARKETS_AT_MOST]
        key = "toast-pack"
        if photo is None:
            key = "photo-forgotten"
        elif photo.state is not PhotoState.READY:
            key = "toast-cutting"
        elif not sold:
            key = "toast-markets-first"
            await photos.update(connection, photo.id, page=Page.PACK)
        elif await job_rows.is_open(
            connection, JobKind.MAKE_PACK, seller.id
        ) or await job_rows.is_open(connection, JobKind.SEND_PACK, seller.id):
            key = "toast-pack-wait"
        else:
            names = [market.name for market in sold]
            pack = jobs.make_pack(seller.id, photo.id, names, callback_data.form)
            listed = [market for market in sold if market.text is not None]
            for job in (pack, *(jobs.describe_for(seller.id, photo.id, m.name) for m in listed)):
                await services.jobs.submit(connection, job)
    toast(query, services, seller, key)
    if photo is not None and key == "toast-markets-first":
        _page(query, services, photo, seller)
    elif photo is not None and key == "toast-pack":
        action = services.bot.send_chat_action(photo.chat_id, ChatAction.UPLOAD_DOCUMENT)
        services.tasks.spawn(action, "action")


async def show_listing(
    query: CallbackQuery, callback_data: ShowListing, services: Services
) -> None:
    """Show the listing for another market, and have it written where it is not there."""
    name = callback_data.market
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        key = "toast-moment"
        market = load_markets().get(name)
        if photo is None:
            key = "photo-forgotten"
        elif market is None or market.text is None:
            key = "toast-unknown"
        else:
            await photos.update(connection, photo.id, listing_market=name)
            written = await captions.for_market(connection, photo.id, name)
            if written is None or not written.text:
                await services.jobs.submit(connection, jobs.describe_for(seller.id, photo.id, name))
            await services.jobs.submit(connection, jobs.show_listing(seller.id, photo.id))
    toast(query, services, seller, key)


def _page(query: CallbackQuery, services: Services, photo: PhotoRecord, seller: Seller) -> None:
    if not may_touch(query, photo):
        return
    keyboard = services.panels.photo.page(
        seller.language,
        photo,
        Page.PACK,
        owns=(),
        written=(),
        now=selected_codes(photo, seller),
    )
    buttons(query, services, keyboard, photo)
