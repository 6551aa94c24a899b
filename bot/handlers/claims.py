"""Words about a card: its claims and its title, changed as they say."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from aiogram import F, Router
from aiogram.dispatcher.event.bases import SkipHandler

from bot.cards import claim_words
from bot.cards import edits as card_edits
from bot.cards.choices import card_market
from bot.cards.claim_words import AddClaims
from bot.handlers.answer import say
from bot.handlers.sender import seller_of
from bot.handlers.where import Where
from bot.handlers.words import BOUND_SECONDS
from bot.intents import AddFacts
from storage import awaited, cards, photos, updates
from storage.awaited import AwaitedKind
from storage.photos import PhotoState

if TYPE_CHECKING:
    from aiogram.types import Message, Update
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.cards.claim_words import ClaimEdit
    from bot.services import Services
    from storage.cards import CardRecord
    from storage.photos import PhotoRecord
    from storage.sellers import Seller

About = tuple["PhotoRecord", "CardRecord", bool]
"""A photo, its card, and whether the words are certainly about that."""


def router() -> Router:
    """Build the router; it goes before those of facts and words, and leaves them what is theirs."""
    claims = Router(name="claims")
    claims.message.register(change_claims, Where(F.text & ~F.text.startswith("/")))
    return claims


async def change_claims(message: Message, event_update: Update, services: Services) -> None:
    """Change the card's words as they say; leave all others alone."""
    if message.from_user is None:
        raise SkipHandler
    async with services.database.write() as connection:
        seller = await seller_of(connection, message.from_user)
        wanted = await awaited.anything(connection, seller.id)
        about = await _about(connection, message, seller, wanted)
        if about is None:
            raise SkipHandler
        photo, card, sure = about
        asked = _read(services, message.text or "", card, sure=sure, asked_for=wanted is not None)
        if asked is None or not await updates.first_time(connection, event_update.update_id):
            raise SkipHandler
        market = card_market(photo, seller)
        number, objections = await card_edits.edit(services, connection, photo, card, asked, market)
        if number is not None or not objections:
            await awaited.forget(connection, seller.id)
    language = seller.language
    said = [services.texts(language, one.key, **one.details) for one in objections]
    if number is not None or not said:
        said.insert(0, services.texts(language, "card-done" if number else "toast-as-is"))
    keyboard = None if number is None else services.keyboards.undo(language, number)
    say(message, services, "\n".join(said), keyboard, reply=True)


async def _about(
    connection: AsyncConnection,
    message: Message,
    seller: Seller,
    wanted: awaited.Awaited | None,
) -> About | None:
    """Find the card that words are about: asked for, answered, or the newest photo's."""
    if wanted is not None and wanted.what != AwaitedKind.CLAIM:
        return None
    replied = message.reply_to_message
    if replied is not None:
        at = await cards.by_message(connection, seller.id, message.chat.id, replied.message_id)
        photo = None if at is None else await photos.get(connection, at.photo_id)
        sure = True
    elif wanted is not None:
        photo = await photos.get(connection, wanted.target)
        sure = True
    else:
        since = time.time() - BOUND_SECONDS
        photo = await photos.latest(connection, seller.id, message.chat.id, since=since)
        sure = False
    if photo is None or photo.seller_id != seller.id or photo.state is not PhotoState.READY:
        return None
    card = await cards.of_photo(connection, photo.id)
    return None if card is None else (photo, card, sure)


def _read(
    services: Services, text: str, card: CardRecord, *, sure: bool, asked_for: bool
) -> ClaimEdit | None:
    """Read what is asked; not ``sure`` to be of the card, it must not be of anything else."""
    asked = claim_words.read(text, card.claims or ())
    if asked is None and asked_for:
        texts = claim_words.split(text)
        asked = AddClaims(texts) if texts and not claim_words.is_price(text) else None
    if isinstance(asked, AddClaims) and not (sure or asked.sure):
        read = services.grammar.read(text)
        others = [one for one in read.intents if not isinstance(one, AddFacts)]
        return None if others or read.unclear else asked
    return asked
