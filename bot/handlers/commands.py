"""Commands that tell: /start, /help, /examples."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import FSInputFile, InputMediaPhoto

from bot.handlers.answer import say
from bot.handlers.sender import sender

if TYPE_CHECKING:
    from aiogram.types import MediaUnion, Message

    from bot.services import Services


EXAMPLES = Path(__file__).parents[1] / "examples"
"""Drawn by `make bot/examples` from the sample photos, each beside its result."""


def router() -> Router:
    """Build the commands' router."""
    commands = Router(name="commands")
    commands.message.register(start, Command("start"))
    commands.message.register(tell_all, Command("help"))
    commands.message.register(examples, Command("examples"))
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
