"""Own backgrounds: sent, named, renamed, deleted, set as default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram import Router
from aiogram.filters import Command

from bot.handlers.answer import edit, is_private, say, toast
from bot.handlers.pictures import accept_product
from bot.handlers.sender import meet
from bot.handlers.taps import tapped
from bot.keyboards.callbacks import Cancel, ForOwn, OwnWish, SendOwn
from bot.telegram.delivery import reply_to
from storage import awaited, backdrops, sellers
from storage.awaited import What
from storage.backdrops import FOR_LATER, MOST, own_ref
from storage.photos import Arrival
from storage.sellers import AS_DEFAULT

if TYPE_CHECKING:
    from aiogram.types import CallbackQuery, Message
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.services import Services
    from storage.backdrops import OwnBackdrop
    from storage.sellers import Seller


def router() -> Router:
    """Build the own backgrounds' router."""
    own = Router(name="own")
    own.message.register(mine, Command("mine"))
    own.message.register(cancel_command, Command("cancel"))
    own.callback_query.register(send_own, SendOwn.filter())
    own.callback_query.register(cancel, Cancel.filter())
    own.callback_query.register(for_own, ForOwn.filter())
    return own


async def mine(message: Message, services: Services) -> None:
    """List the own backgrounds."""
    async with services.database.write() as connection:
        seller = await meet(connection, message.from_user)
        owns = await backdrops.of_seller(connection, seller.id)
    panel = services.panels.own
    say(message, services, panel.text(seller, owns), panel.all(seller, owns))


async def cancel_command(message: Message, services: Services) -> None:
    """Await nothing more."""
    async with services.database.write() as connection:
        seller = await meet(connection, message.from_user)
        awaiting = await awaited.forget(connection, seller.id)
    key = "own-cancelled" if awaiting else "cancel-nothing"
    say(message, services, services.texts(seller.language, key))


async def send_own(query: CallbackQuery, callback_data: SendOwn, services: Services) -> None:
    """Take the next picture as a background."""
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        full = await backdrops.count(connection, seller.id) >= MOST
        known = photo is not None or callback_data.photo in {AS_DEFAULT, FOR_LATER}
        if known and not full:
            await awaited.expect(connection, seller.id, What.BACKDROP, callback_data.photo)
    if not known:
        toast(query, services, seller, "photo-forgotten")
    elif full:
        toast(query, services, seller, "owns-full", most=MOST)
    else:
        services.tasks.spawn(query.answer(), "tap")
        at = query.message
        ask = services.bot.send_message(
            seller.id if at is None else at.chat.id,
            services.texts(seller.language, "send-own"),
            reply_markup=services.keyboards.cancel(seller.language),
            # In a forum the answer to a message goes to its topic.
            reply_parameters=None if at is None or is_private(query) else reply_to(at.message_id),
        )
        services.tasks.spawn(ask, "send-own")


async def cancel(query: CallbackQuery, services: Services) -> None:
    """Take the next picture as a product after all."""
    async with services.database.write() as connection:
        seller = await meet(connection, query.from_user)
        await awaited.forget(connection, seller.id)
    toast(query, services, seller, "own-cancelled")
    edit(query, services, services.texts(seller.language, "own-cancelled"))


async def for_own(query: CallbackQuery, callback_data: ForOwn, services: Services) -> None:
    """Manage one background, in the message that lists them."""
    what = callback_data.what
    async with services.database.write() as connection:
        seller = await meet(connection, query.from_user)
        own = await backdrops.get(connection, callback_data.backdrop)
        if what is not OwnWish.LIST and (own is None or own.seller_id != seller.id):
            toast(query, services, seller, "error-backdrop")
            return
        if own is not None:
            await _do(services, connection, seller, own, what)
        seller = await sellers.get(connection, seller.id)
        owns = await backdrops.of_seller(connection, seller.id)
    services.tasks.spawn(query.answer(), "tap")
    panel, language = services.panels.own, seller.language
    match what:
        case OwnWish.OPEN | OwnWish.DEFAULT if own is not None:
            key = "own-is-default" if seller.default_backdrop == own_ref(own.id) else "own-one"
            text = services.texts(language, key, title=services.names.own(language, own))
            edit(query, services, text, panel.one(seller, own))
        case OwnWish.RENAME if own is not None:
            title = services.names.own(language, own)
            text = services.texts(language, "own-rename", title=title)
            edit(query, services, text, services.keyboards.cancel(language))
        case OwnWish.PRODUCT:
            edit(query, services, services.texts(language, "own-product"))
        case _:
            edit(query, services, panel.text(seller, owns), panel.all(seller, owns))


async def _do(
    services: Services,
    connection: AsyncConnection,
    seller: Seller,
    own: OwnBackdrop,
    what: OwnWish,
) -> None:
    match what:
        case OwnWish.RENAME:
            await awaited.expect(connection, seller.id, What.TITLE, own.id)
        case OwnWish.DEFAULT:
            await sellers.prefer(connection, seller.id, default_backdrop=own_ref(own.id))
        case OwnWish.DELETE | OwnWish.PRODUCT:
            await backdrops.delete(connection, own.id)
            if seller.default_backdrop == own_ref(own.id):
                await sellers.prefer(connection, seller.id, default_backdrop=None)
        case OwnWish.LIST | OwnWish.OPEN:
            pass
    if what is OwnWish.PRODUCT:  # the picture was meant to be sold, not to be stood on
        arrival = Arrival(seller.id, own.chat_id, own.message_id, own.file_id)
        fresh = await sellers.get(connection, seller.id)
        await accept_product(services, connection, fresh, arrival)
