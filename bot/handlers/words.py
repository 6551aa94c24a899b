"""Words: /caption, a background's title that was asked for, an answer to a photo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram import F, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.enums import ChatAction
from aiogram.filters import Command, CommandObject

from bot import jobs
from bot.handlers.answer import say
from bot.handlers.sender import seller_of
from bot.handlers.taps import write_backdrop
from bot.handlers.where import Where
from pipeline.captions.fact_changes import MAX_FACTS
from pipeline.captions.facts import amended
from storage import awaited, backdrops, photos, updates
from storage.awaited import AwaitedKind

if TYPE_CHECKING:
    from aiogram.types import Message, Update
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.services import Services
    from storage.photos import PhotoRecord
    from storage.sellers import Seller


def router() -> Router:
    """Build the router of words that are no command."""
    words = Router(name="words")
    words.message.register(caption, Command("caption"))
    words.message.register(said, Where(F.text & ~F.text.startswith("/")))
    return words


async def caption(
    message: Message, event_update: Update, command: CommandObject, services: Services
) -> None:
    """Write a new caption for the product replied to, or for the last one, by what is said."""
    async with services.database.write() as connection:
        seller = await seller_of(connection, message.from_user)
        if not await updates.first_time(connection, event_update.update_id):
            return
        photo = await replied_to(message, connection, seller)
        photo = photo or await photos.latest(connection, seller.id, message.chat.id)
        if photo is not None:
            if command.args:
                await add_facts(connection, photo, command.args)
            await services.jobs.submit(
                connection, jobs.describe(seller.id, photo.id, announce=True)
            )
    if photo is None:
        say(message, services, services.texts(seller.language, "caption-nothing"))
    else:
        action = services.bot.send_chat_action(message.chat.id, ChatAction.TYPING)
        services.tasks.spawn(action, "action")


async def said(message: Message, event_update: Update, services: Services) -> None:
    """Take the words for a title or for what they answer; leave all others alone."""
    async with services.database.write() as connection:
        seller = await seller_of(connection, message.from_user)
        key = await _heard(message, services, connection, seller)
        if not await updates.first_time(connection, event_update.update_id):
            raise SkipHandler
    say(message, services, services.texts(seller.language, key))


async def _heard(
    message: Message, services: Services, connection: AsyncConnection, seller: Seller
) -> str:
    """Do what the words ask and return the sentence that says so."""
    text = message.text or ""
    naming = await awaited.expected(connection, seller.id, AwaitedKind.TITLE)
    photo = await replied_to(message, connection, seller)
    if photo is None and naming is not None:
        await awaited.forget(connection, seller.id)
        own = await backdrops.get(connection, naming.target)
        if own is None or own.seller_id != seller.id:
            return "error-backdrop"
        await backdrops.rename(connection, own.id, text)
        return "own-renamed"
    if photo is None:
        raise SkipHandler
    if photo.state.is_over:
        return "photo-forgotten"
    owns = await backdrops.of_seller(connection, seller.id)
    meant, facts = services.names.meant(text, owns)
    key = "toast-placing"
    if meant is not None:
        key = await write_backdrop(services, connection, photo, meant)
    if facts:
        await add_facts(connection, photo, facts)
        await services.jobs.submit(connection, jobs.describe(seller.id, photo.id))
        key = "facts-kept"
    return key


async def replied_to(
    message: Message, connection: AsyncConnection, seller: Seller
) -> PhotoRecord | None:
    """Return the photo that a message answers."""
    replied = message.reply_to_message
    if replied is None:
        return None
    return await photos.by_message(connection, seller.id, message.chat.id, replied.message_id)


async def add_facts(connection: AsyncConnection, photo: PhotoRecord, facts: str) -> None:
    """Keep more of the seller's words about a product; a new price takes the old one's place."""
    together = amended(photo.facts, facts[-MAX_FACTS:])[-MAX_FACTS:]
    await photos.update(connection, photo.id, facts=together)
