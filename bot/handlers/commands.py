"""Commands: /start, /help, /caption, /background, /settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram import Router
from aiogram.filters import Command

from bot.handlers.sender import meet
from storage import backdrops, photos, sellers, updates
from storage.jobs import Job, JobKind

if TYPE_CHECKING:
    from aiogram.types import Message, Update

    from bot.services import Services
    from storage.sellers import Seller


def router() -> Router:
    """Build the commands' router."""
    commands = Router(name="commands")
    commands.message.register(start, Command("start", "help"))
    commands.message.register(caption, Command("caption"))
    commands.message.register(background, Command("background"))
    commands.message.register(settings, Command("settings"))
    return commands


async def start(message: Message, services: Services) -> None:
    """Greet, and leave any unfinished exchange."""
    seller = await _sender(message, services, leave=True)
    services.tasks.spawn(message.answer(services.texts(seller.language, "start")), "start")


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
        text = services.texts(seller.language, "caption-nothing")
        services.tasks.spawn(message.answer(text), "caption")


async def background(message: Message, services: Services) -> None:
    """Ask for the default backdrop."""
    seller = await _sender(message, services, leave=True)
    async with services.database.read() as connection:
        own = await backdrops.latest(connection, seller.id)
    label = services.keyboards.backdrop_label(seller.language, seller.default_backdrop)
    services.tasks.spawn(
        message.answer(
            services.texts(seller.language, "background-ask", backdrop=label),
            reply_markup=services.keyboards.default_backdrop(seller, own),
        ),
        "background",
    )


async def settings(message: Message, services: Services) -> None:
    """Show what is set, with buttons that change it."""
    seller = await _sender(message, services)
    services.tasks.spawn(
        message.answer(
            settings_text(services, seller), reply_markup=services.keyboards.settings(seller)
        ),
        "settings",
    )


async def unsupported(message: Message, services: Services) -> None:
    """Say what the bot takes."""
    seller = await _sender(message, services)
    services.tasks.spawn(
        message.answer(services.texts(seller.language, "unsupported")), "unsupported"
    )


def settings_text(services: Services, seller: Seller) -> str:
    """Say what a seller has set."""
    language = seller.language
    return services.texts(
        language,
        "settings",
        language=services.texts(language, f"language-{language}"),
        tone=services.texts(language, f"tone-{seller.tone}"),
        backdrop=services.keyboards.backdrop_label(language, seller.default_backdrop),
    )


async def _sender(message: Message, services: Services, *, leave: bool = False) -> Seller:
    async with services.database.write() as connection:
        seller = await meet(connection, message.from_user)
        if leave:
            await sellers.await_backdrop(connection, seller.id, None)
    return seller
