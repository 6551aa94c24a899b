"""/brand and its buttons: one message that shows how the seller's cards look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram import F, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.enums import ChatAction
from aiogram.filters import Command

from bot import jobs
from bot.cards.brand_words import colours_in
from bot.handlers.answer import is_private, own_buttons, say, toast
from bot.handlers.sender import seller_of
from bot.handlers.where import Where
from bot.keyboards.brand import PAIRS, YES, offers
from bot.keyboards.callbacks import BrandPart, OpenBrand, SetBrand
from storage import awaited, brands, cards, updates
from storage.awaited import AwaitedKind

if TYPE_CHECKING:
    from aiogram.types import CallbackQuery, Message, Update
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.services import Services
    from storage.sellers import Seller

ASKED = {BrandPart.LOGO: AwaitedKind.LOGO, BrandPart.COLOURS: AwaitedKind.COLOURS}
"""Parts that the seller may send as a picture or say in words."""


def router() -> Router:
    """Build the router; it goes before those that take all words."""
    brand = Router(name="brand")
    brand.message.register(show, Command("brand"))
    brand.message.register(take_colours, Where(F.text & ~F.text.startswith("/")))
    brand.callback_query.register(open_brand, OpenBrand.filter())
    brand.callback_query.register(set_brand, SetBrand.filter())
    return brand


async def show(message: Message, event_update: Update, services: Services) -> None:
    """Show the brand kit on the last card, with buttons that change it."""
    async with services.database.write() as connection:
        seller = await seller_of(connection, message.from_user)
        if not await updates.first_time(connection, event_update.update_id):
            return
        await awaited.forget(connection, seller.id)
        await _anew(services, connection, seller)
    _working(services, seller)


async def _anew(services: Services, connection: AsyncConnection, seller: Seller) -> None:
    """Have it shown in a new message, below what was written since."""
    page = BrandPart.MAIN.value
    await brands.update(connection, seller.id, panel_id=None, page=page)
    await services.jobs.submit(connection, jobs.draw_brand(seller.id))


def _working(services: Services, seller: Seller) -> None:
    action = services.bot.send_chat_action(seller.id, ChatAction.UPLOAD_PHOTO)
    services.tasks.spawn(action, "action")


async def open_brand(query: CallbackQuery, callback_data: OpenBrand, services: Services) -> None:
    """Show another page of the brand kit's buttons, or the kit below another message."""
    what, at = callback_data.what, query.message
    async with services.database.write() as connection:
        seller = await seller_of(connection, query.from_user)
        brand = await brands.of_seller(connection, seller.id)
        here = at is not None and at.message_id == brand.panel_id and is_private(query)
        await awaited.forget(connection, seller.id)
        if what in ASKED:
            await awaited.expect_brand(connection, seller.id, ASKED[what])
        if here and what is not BrandPart.LOGO:
            await brands.update(connection, seller.id, page=what.value)
        elif not here:
            await _anew(services, connection, seller)
    if what is BrandPart.LOGO:
        services.tasks.spawn(query.answer(), "tap")
        ask = services.bot.send_message(
            seller.id,
            services.texts(seller.language, "brand-logo-ask"),
            reply_markup=services.keyboards.cancel(seller.language),
        )
        services.tasks.spawn(ask, "brand-logo-ask")
    elif here:
        if what is BrandPart.COLOURS:
            toast(query, services, seller, "brand-colours-ask")
        else:
            services.tasks.spawn(query.answer(), "tap")
        own_buttons(query, services, services.panels.brand.page(seller.language, brand, what))
    else:
        toast(query, services, seller, "toast-moment")


async def set_brand(query: CallbackQuery, callback_data: SetBrand, services: Services) -> None:
    """Set a part of the brand kit, and show it at once."""
    what, value = callback_data.what, callback_data.value
    async with services.database.write() as connection:
        seller = await seller_of(connection, query.from_user)
        offered = offers(what, value)
        if offered:
            await awaited.forget(connection, seller.id)
            await _set(services, connection, seller, what, value)
    toast(query, services, seller, "toast-saved" if offered else "toast-unknown")


async def _set(
    services: Services, connection: AsyncConnection, seller: Seller, what: BrandPart, value: str
) -> None:
    values: dict[str, str | bool | None] = {}
    if what is BrandPart.COLOURS:
        primary, secondary = PAIRS.get(value, (None, None))
        values = {"primary_colour": primary, "secondary_colour": secondary}
    elif what is BrandPart.WATERMARK:
        values = {"watermark": value == YES}
    elif what is BrandPart.LOGO:
        values = {"logo_file": None}
    else:
        values = {what.value: value}
    await _changed(services, connection, seller, values)


async def _changed(
    services: Services,
    connection: AsyncConnection,
    seller: Seller,
    values: dict[str, str | bool | None],
) -> None:
    """Write it down; what shows the kit and the last card are drawn anew."""
    await brands.update(connection, seller.id, page=BrandPart.MAIN.value, **values)
    await services.jobs.submit(connection, jobs.draw_brand(seller.id))
    last = await cards.latest(connection, seller.id)
    if last is not None and last.panel_id is not None:
        await services.jobs.submit(connection, jobs.draw_card(seller.id, last.photo_id))


async def take_colours(message: Message, event_update: Update, services: Services) -> None:
    """Take the words for the colours that were asked for; leave all others alone."""
    if message.from_user is None:
        raise SkipHandler
    colours = colours_in(message.text or "")
    if not colours:
        raise SkipHandler
    async with services.database.write() as connection:
        seller = await seller_of(connection, message.from_user)
        asked = await awaited.expected(connection, seller.id, AwaitedKind.COLOURS)
        if asked is None or not await updates.first_time(connection, event_update.update_id):
            raise SkipHandler
        await awaited.forget(connection, seller.id)
        names = ("primary_colour", "secondary_colour")
        await _changed(services, connection, seller, dict(zip(names, colours, strict=False)))
    say(message, services, services.texts(seller.language, "toast-saved"))
