"""Facts of a photo by buttons: taken out at a tap, changed by the words that are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram import F, Router
from aiogram.dispatcher.event.bases import SkipHandler

from bot import jobs
from bot.cards import edits as card_edits
from bot.handlers.answer import ask_for, buttons, may_touch, say, toast
from bot.handlers.sender import seller_of
from bot.handlers.taps import tapped
from bot.handlers.where import Where
from bot.keyboards.callbacks import EditFact, Fact, Page
from bot.render_options import selected_codes
from pipeline.captions.fact_changes import with_fact, without
from pipeline.captions.grammar import What
from storage import awaited, photos, updates
from storage.awaited import AwaitedKind

if TYPE_CHECKING:
    from aiogram.types import CallbackQuery, Message, Update
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.services import Services
    from storage.photos import PhotoRecord

KINDS = {
    Fact.PRICE: AwaitedKind.PRICE,
    Fact.SIZE: AwaitedKind.SIZE,
    Fact.HEIGHT: AwaitedKind.HEIGHT,
    Fact.MEASURE: AwaitedKind.MEASURE,
}


def router() -> Router:
    """Build the router; it goes before that of words, which takes all of them."""
    facts = Router(name="facts")
    facts.callback_query.register(edit_fact, EditFact.filter())
    facts.message.register(
        take_fact, Where(F.text & ~F.text.startswith("/") & ~F.reply_to_message.photo)
    )
    return facts


async def edit_fact(query: CallbackQuery, callback_data: EditFact, services: Services) -> None:
    """Take a fact out, or ask for the words that take its place."""
    what, removed = callback_data.what, callback_data.remove
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        mine = photo is not None and may_touch(query, photo)
        if photo is not None and mine and removed:
            left = without(photo.facts, What(what.value))
            await photos.update(connection, photo.id, facts=left)
            photo = await photos.get(connection, photo.id)
            await services.jobs.submit(connection, jobs.describe(seller.id, callback_data.photo))
            if photo is not None:
                await card_edits.redraw(services, connection, photo)
        elif photo is not None and mine:
            await awaited.expect_fact(connection, seller.id, KINDS[what], photo.id)
    if photo is None or not mine:
        toast(query, services, seller, "photo-forgotten" if photo is None else "toast-unknown")
    elif removed:
        toast(query, services, seller, "toast-caption")
        keyboard = services.panels.photo.page(
            seller.language,
            photo,
            Page.FACTS,
            owns=(),
            written=(),
            now=selected_codes(photo, seller),
        )
        buttons(query, services, keyboard, photo)
    else:
        ask_for(query, services, seller, photo.chat_id, f"fact-ask-{what}")


async def take_fact(message: Message, event_update: Update, services: Services) -> None:
    """Take the words for the fact that was asked for; leave all others alone."""
    if message.from_user is None:
        raise SkipHandler
    async with services.database.write() as connection:
        seller = await seller_of(connection, message.from_user)
        found = [
            (what, one)
            for what, kind in KINDS.items()
            if (one := await awaited.expected(connection, seller.id, kind)) is not None
        ]
        if not found or not await updates.first_time(connection, event_update.update_id):
            raise SkipHandler
        what, asked = found[0]
        photo = await photos.get(connection, asked.target)
        if photo is None or photo.seller_id != seller.id or photo.state.is_over:
            key = "photo-forgotten"
        else:
            key = await _set(services, connection, photo, what, message.text or "")
        if key != "fact-unread":
            await awaited.forget(connection, seller.id)
    say(message, services, services.texts(seller.language, key))


async def _set(
    services: Services, connection: AsyncConnection, photo: PhotoRecord, what: Fact, said: str
) -> str:
    """Set a fact and return the sentence that says so, or that ``said`` is none."""
    try:
        words = with_fact(photo.facts, What(what.value), said)
    except ValueError:
        return "fact-unread"
    await photos.update(connection, photo.id, facts=words)
    await services.jobs.submit(connection, jobs.describe(photo.seller_id, photo.id))
    await card_edits.redraw(services, connection, photo)
    return "facts-kept"
