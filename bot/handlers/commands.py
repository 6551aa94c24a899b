"""Commands that tell: /start with its buttons, /help, /examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import FSInputFile, InputMediaPhoto

from bot import jobs
from bot.handlers.answer import is_private, say, toast
from bot.handlers.sender import seller_of, sender
from bot.keyboards.callbacks import Begin, FirstStep, Preference
from bot.middlewares.limits import admit
from bot.telegram.uploads import BEFORE_AND_AFTER, EXAMPLES

if TYPE_CHECKING:
    from aiogram.types import CallbackQuery, MediaUnion, Message

    from bot.services import Services
    from storage.sellers import Seller


def router() -> Router:
    """Build the commands' router."""
    commands = Router(name="commands")
    commands.message.register(start, Command("start"))
    commands.message.register(tell_all, Command("help"))
    commands.message.register(examples, Command("examples"))
    commands.callback_query.register(begin, Begin.filter())
    return commands


async def start(message: Message, services: Services) -> None:
    """Greet with a picture of what comes of a photo, and leave any unfinished exchange."""
    seller = await sender(message, services, leave=True)
    if message.chat.type == "private":
        services.tasks.spawn(_greet(message, services, seller), "start")
    else:
        say(message, services, services.texts(seller.language, "start"))


async def _greet(message: Message, services: Services, seller: Seller) -> None:
    sent = await message.answer_photo(
        services.uploads.file_of(BEFORE_AND_AFTER),
        caption=services.texts(seller.language, "start"),
        reply_markup=services.keyboards.start(seller.language),
    )
    services.uploads.keep(BEFORE_AND_AFTER, sent)


async def begin(query: CallbackQuery, callback_data: Begin, services: Services) -> None:
    """Take the first step that /start offers: a sample, how it works, or the market."""
    what, refusal = callback_data.what, None
    async with services.database.write() as connection:
        seller = await seller_of(connection, query.from_user)
        if what is FirstStep.SAMPLE and is_private(query):
            refusal = await admit(connection, services.rules, seller.id, None)
            if refusal is None:
                await services.jobs.submit(connection, jobs.sample(seller.id))
    if refusal is not None and refusal.key is not None:
        toast(query, services, seller, refusal.key, count=refusal.count)
        return
    toast(query, services, seller, "toast-moment")
    menu, send = services.settings_menu, services.bot.send_message
    if what is FirstStep.HOW:
        services.tasks.spawn(send(seller.id, services.texts(seller.language, "help")), "help")
    elif what is FirstStep.MARKET:
        text, keyboard = (
            menu.ask(seller, Preference.MARKET),
            menu.choices(seller, Preference.MARKET),
        )
        services.tasks.spawn(send(seller.id, text, reply_markup=keyboard), "market")


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
