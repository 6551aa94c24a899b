"""Commands that tell: /start, /help, /examples; and /caption."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import FSInputFile, InputMediaPhoto

from bot.handlers.answer import say
from bot.handlers.sender import meet, sender
from storage import photos, updates
from storage.jobs import Job, JobKind

if TYPE_CHECKING:
    from aiogram.types import MediaUnion, Message, Update

    from bot.services import Services


EXAMPLES = Path(__file__).parents[1] / "examples"
"""Drawn by `make bot/examples` from the sample photos, each beside its result."""


def router() -> Router:
    """Build the commands' router."""
    commands = Router(name="commands")
    commands.message.register(start, Command("start"))
    commands.message.register(tell_all, Command("help"))
    commands.message.register(examples, Command("examples"))
    commands.message.register(caption, Command("caption"))
    return commands


async def start(message: Message, services: Services) -> None:
    """Greet, and leave any unfinished exchange."""
    seller = await sender(message, services, leave=True)
    say(message, services, services.texts(seller.language, "start"))


async def tell_all(message: Message, services: Services) -> None:
    """Say all that the bot can do."""
    seller = await sender(message, services)
    say(message, services, services.texts(seller.language, "help"))


async def examples(message: Message, services: Services) -> None:
    """Show real photos beside what became of them."""
    seller = await sender(message, services)
    words = services.texts(seller.language, "examples")
    services.tasks.spawn(message.answer_media_group(_album(words)), "examples")


def _album(words: str) -> list[MediaUnion]:
    return [
        InputMediaPhoto(media=FSInputFile(path), caption=None if number else words)
        for number, path in enumerate(sorted(EXAMPLES.glob("*.jpg")))
    ]


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
