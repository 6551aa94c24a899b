"""What the bot keeps about a seller: told, handed out, deleted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from babel.lists import format_list
from babel.units import format_unit

from bot import jobs
from bot.handlers.answer import edit, say
from bot.handlers.sender import seller_of, sender
from bot.keyboards.callbacks import Forget
from storage import account, job_rows, photos, updates, usage
from storage.jobs import JobKind
from storage.usage import DAY, Used

if TYPE_CHECKING:
    from aiogram.types import CallbackQuery, Message, Update

    from bot.services import Services
    from storage.account import Holdings


def router() -> Router:
    """Build the account's router."""
    own = Router(name="account")
    own.message.register(privacy, Command("privacy"))
    own.message.register(export, Command("export"))
    own.message.register(forget, Command("forget"))
    own.callback_query.register(forgotten, Forget.filter())
    return own


async def privacy(message: Message, services: Services) -> None:
    """Say what is kept, where it goes, and how to delete it."""
    seller = await sender(message, services)
    days = format_unit(services.rules.retention_days, "duration-day", locale=seller.language)
    say(message, services, services.texts(seller.language, "privacy", days=days))


async def export(message: Message, event_update: Update, services: Services) -> None:
    """Promise the seller's data as a file."""
    async with services.database.write() as connection:
        seller = await seller_of(connection, message.from_user)
        if not await updates.first_time(connection, event_update.update_id):
            return
        most = services.rules.exports_a_day
        owner = await usage.pseudonym(connection, seller.id)
        (begun,) = await usage.counts(connection, owner, Used.EXPORT, time.time() - DAY)
        if await job_rows.is_open(connection, JobKind.EXPORT, seller.id):
            key = "export-running"
        elif most and begun >= most and seller.id not in services.rules.operators:
            key = "limit-exports"
        else:
            key = "export-begun"
            await usage.note(connection, owner, Used.EXPORT)
            await services.jobs.submit(connection, jobs.export(seller.id))
    say(message, services, services.texts(seller.language, key, count=most))


async def forget(message: Message, services: Services) -> None:
    """Say what would be deleted, and ask."""
    seller = await sender(message, services, leave=True)
    async with services.database.read() as connection:
        held = await account.holdings(connection, seller.id)
    language = seller.language
    buttons = [
        InlineKeyboardButton(
            text=services.texts(language, key), callback_data=Forget(sure=sure).pack()
        )
        for key, sure in (("button-forget", True), ("button-keep", False))
    ]
    say(
        message,
        services,
        services.texts(language, "forget-ask", held=_listed(services, language, held)),
        InlineKeyboardMarkup(inline_keyboard=[buttons]),
    )


async def forgotten(query: CallbackQuery, callback_data: Forget, services: Services) -> None:
    """Delete everything, or nothing, and say so in place of the question."""
    async with services.database.write() as connection:
        seller = await seller_of(connection, query.from_user)
        language = seller.language
        if callback_data.sure:
            held = await account.holdings(connection, seller.id)
            ids = await photos.ids_of(connection, seller.id)
            files = await account.forget(connection, seller.id)
            await services.jobs.submit(connection, jobs.erase(ids, files, time.time()))
            listed = _listed(services, language, held)
            text = services.texts(language, "forget-done", held=listed)
        else:
            text = services.texts(language, "forget-kept")
    services.tasks.spawn(query.answer(), "tap")
    edit(query, services, text)


def _listed(services: Services, language: str, held: Holdings) -> str:
    """Name what is kept, each with its number in words: "3 photos, 1 caption and your settings"."""
    counts = {
        "count-photos": held.photos,
        "count-captions": held.captions,
        "count-backdrops": held.backdrops,
    }
    named = [services.texts(language, key, count=count) for key, count in counts.items() if count]
    return format_list([*named, services.texts(language, "held-settings")], locale=language)
