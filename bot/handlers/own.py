"""Own backgrounds: sent, named, renamed, deleted, set as default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram import Router
from aiogram.filters import Command

from bot.handlers.answer import ask_for, edit, say, toast
from bot.handlers.pictures import accept_product
from bot.handlers.sender import seller_of
from bot.handlers.taps import tapped
from bot.keyboards.callbacks import AwaitBackground, BackgroundAction, Cancel, ManageBackground
from storage import awaited, backdrops, sellers
from storage.awaited import AwaitedKind
from storage.backdrops import MAX_OWN_BACKDROPS, Purpose, own_ref
from storage.photos import Arrival

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
    own.callback_query.register(await_background, AwaitBackground.filter())
    own.callback_query.register(cancel, Cancel.filter())
    own.callback_query.register(manage_background, ManageBackground.filter())
    return own


async def mine(message: Message, services: Services) -> None:
    """List the own backgrounds."""
    async with services.database.write() as connection:
        seller = await seller_of(connection, message.from_user)
        owns = await backdrops.of_seller(connection, seller.id)
    panel = services.panels.own
    say(message, services, panel.text(seller, owns), panel.all(seller, owns))


async def cancel_command(message: Message, services: Services) -> None:
    """Await nothing more."""
    async with services.database.write() as connection:
        seller = await seller_of(connection, message.from_user)
        key = await _cancelled(connection, seller)
    say(message, services, services.texts(seller.language, key))


async def await_background(
    query: CallbackQuery, callback_data: AwaitBackground, services: Services
) -> None:
    """Take the next picture as a background."""
    purpose = Purpose.of(callback_data.photo)
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        full = await backdrops.count(connection, seller.id) >= MAX_OWN_BACKDROPS
        known = photo is not None or purpose.photo_id is None
        if known and not full:
            await awaited.expect_backdrop(connection, seller.id, purpose)
    if not known:
        toast(query, services, seller, "photo-forgotten")
    elif full:
        toast(query, services, seller, "owns-full", most=MAX_OWN_BACKDROPS)
    else:
        chat_id = seller.id if query.message is None else query.message.chat.id
        ask_for(query, services, seller, chat_id, "send-own")


async def _cancelled(connection: AsyncConnection, seller: Seller) -> str:
    """Await nothing more and return the sentence that says so."""
    backdrop = await awaited.expected(connection, seller.id, AwaitedKind.BACKDROP)
    if not await awaited.forget(connection, seller.id):
        return "cancel-nothing"
    return "cancel-kept" if backdrop is None else "own-cancelled"


async def cancel(query: CallbackQuery, services: Services) -> None:
    """Take the next picture as a product after all."""
    async with services.database.write() as connection:
        seller = await seller_of(connection, query.from_user)
        key = await _cancelled(connection, seller)
    toast(query, services, seller, key)
    edit(query, services, services.texts(seller.language, key))


async def manage_background(
    query: CallbackQuery, callback_data: ManageBackground, services: Services
) -> None:
    """Manage one background, in the message that lists them."""
    what = callback_data.what
    async with services.database.write() as connection:
        seller = await seller_of(connection, query.from_user)
        own = await backdrops.get(connection, callback_data.backdrop)
        foreign = own is None or own.seller_id != seller.id
        if own is not None and own.painted is not None:  # a drawn scene is no product
            foreign = foreign or what is BackgroundAction.PRODUCT
        if what is not BackgroundAction.LIST and foreign:
            toast(query, services, seller, "error-backdrop")
            return
        if own is not None:
            await _do(services, connection, seller, own, what)
        seller = await sellers.get(connection, seller.id)
        owns = await backdrops.of_seller(connection, seller.id)
    services.tasks.spawn(query.answer(), "tap")
    panel, language = services.panels.own, seller.language
    match what:
        case BackgroundAction.OPEN | BackgroundAction.DEFAULT if own is not None:
            key = "own-is-default" if seller.default_backdrop == own_ref(own.id) else "own-one"
            text = services.texts(language, key, title=services.names.own(language, own))
            edit(query, services, text, panel.one(seller, own))
        case BackgroundAction.DELETE if own is not None:
            is_default = seller.default_backdrop == own_ref(own.id)
            key = "own-delete-default" if is_default else "own-delete"
            text = services.texts(language, key, title=services.names.own(language, own))
            edit(query, services, text, panel.sure(seller, own))
        case BackgroundAction.RENAME if own is not None:
            title = services.names.own(language, own)
            text = services.texts(language, "own-rename", title=title)
            edit(query, services, text, services.keyboards.cancel(language))
        case BackgroundAction.PRODUCT:
            edit(query, services, services.texts(language, "own-product"))
        case _:
            edit(query, services, panel.text(seller, owns), panel.all(seller, owns))


async def _do(
    services: Services,
    connection: AsyncConnection,
    seller: Seller,
    own: OwnBackdrop,
    what: BackgroundAction,
) -> None:
    match what:
        case BackgroundAction.RENAME:
            await awaited.expect_title(connection, seller.id, own.id)
        case BackgroundAction.DEFAULT:
            await sellers.update(connection, seller.id, default_backdrop=own_ref(own.id))
        case BackgroundAction.DELETE_SURE | BackgroundAction.PRODUCT:
            await backdrops.delete(connection, own.id)
            if seller.default_backdrop == own_ref(own.id):
                await sellers.update(connection, seller.id, default_backdrop=None)
        case BackgroundAction.LIST | BackgroundAction.OPEN | BackgroundAction.DELETE:
            pass
    if what is BackgroundAction.PRODUCT:  # the picture was meant to be sold, not to be stood on
        arrival = Arrival(
            seller_id=seller.id,
            chat_id=own.chat_id,
            message_id=own.message_id,
            file_id=own.file_id,
            thread_id=own.thread_id,
        )
        fresh = await sellers.get(connection, seller.id)
        await accept_product(services, connection, fresh, arrival)
