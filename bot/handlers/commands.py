"""Commands: /start, /help, /caption."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram import Router
from aiogram.filters import Command

from bot.handlers.answer import say
from bot.handlers.sender import meet, sender
from storage import photos, updates
from storage.jobs import Job, JobKind

if TYPE_CHECKING:
    from aiogram.types import Message, Update

    from bot.services import Services


def router() -> Router:
    """Build the commands' router."""
    commands = Router(name="commands")
    commands.message.register(start, Command("start", "help"))
    commands.message.register(caption, Command("caption"))
    return commands


async def start(message: Message, services: Services) -> None:
    """Greet, and leave any unfinished exchange."""
    seller = await sender(message, services, leave=True)
    say(message, services, services.texts(seller.language, "start"))


async def caption(message: Message, event_update: Update, services: Services) -> None:
    """Write a new caption for the product replied to, or for the last one."""
    async with services.database.write() as connection:
        seller = await meet(connection, message.from_user)
        if not await updates.first_time(connection, event_update.update_id):
            return
        replied = message.reply_to_message
        photo = replied and await photos.by_message(
            connection, seller.id, message.chat.id, replied.message_id
        )
        photo = photo or await photos.latest(connection, seller.id, message.chat.id)
        if photo is not None:
            await services.jobs.submit(
                connection,
                Job(JobKind.DESCRIBE, seller.id, {"photo": photo.id, "announce": True}),
            )
    if photo is None:
        say(message, services, services.texts(seller.language, "caption-nothing"))
