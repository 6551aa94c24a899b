"""Taps about a photo's card: written to its row and answered; a job draws and shows it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiogram import Router
from aiogram.enums import ChatAction
from aiogram.exceptions import TelegramBadRequest

from bot import jobs
from bot.cards import edits as card_edits
from bot.cards.choices import card_market, format_name
from bot.cards.claim_words import RemoveClaims
from bot.cards.claims import digest
from bot.handlers.answer import ask_for, buttons, may_touch, toast
from bot.handlers.taps import tapped
from bot.keyboards.callbacks import (
    CardPage,
    ClaimAction,
    EditClaims,
    MakeCard,
    MakeCardSet,
    OpenCard,
    OpenCardPage,
    SetCardFormat,
)
from bot.keyboards.card import ShownCard, offered_formats
from bot.words.wishes import bring_back
from storage import awaited, captions, cards, edits, job_rows
from storage.jobs import JobKind
from storage.photos import PhotoState

if TYPE_CHECKING:
    from aiogram.types import CallbackQuery
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.services import Services
    from storage.cards import CardRecord
    from storage.photos import PhotoRecord
    from storage.sellers import Seller


def router() -> Router:
    """Build the cards' router."""
    built = Router(name="cards")
    built.callback_query.register(open_card, OpenCard.filter())
    built.callback_query.register(make_card, MakeCard.filter())
    built.callback_query.register(open_page, OpenCardPage.filter())
    built.callback_query.register(set_format, SetCardFormat.filter())
    built.callback_query.register(edit_claims, EditClaims.filter())
    built.callback_query.register(make_set, MakeCardSet.filter())
    return built


async def open_card(query: CallbackQuery, callback_data: OpenCard, services: Services) -> None:
    """Offer the cards in a message of their own, below what was written since."""
    before = None
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        key = _refusal(photo) or "toast-card"
        if photo is not None and key == "toast-card":
            card = await cards.get_or_create(connection, photo.id)
            before = card.panel_id
            await cards.update(
                connection,
                photo.id,
                template=None,
                panel_id=None,
                shown=None,
                page=CardPage.MAIN.value,
            )
            await services.jobs.submit(connection, jobs.draw_card(seller.id, photo.id))
    toast(query, services, seller, key)
    if photo is not None and before is not None:
        services.tasks.spawn(_retire(services, photo.chat_id, before), "retire-card")


async def _retire(services: Services, chat_id: int, message_id: int) -> None:
    """Take the buttons from an earlier card: what they changed would show in the new message."""
    try:
        await services.bot.edit_message_reply_markup(chat_id=chat_id, message_id=message_id)
    except TelegramBadRequest:  # the seller has deleted it, or it has none
        return


async def _of(
    connection: AsyncConnection, query: CallbackQuery, photo_id: int
) -> tuple[Seller, PhotoRecord | None, CardRecord | None, str | None]:
    """Return who tapped, their photo and its card, and what to say where there is none."""
    seller, photo = await tapped(connection, query, photo_id)
    card = None if photo is None else await cards.of_photo(connection, photo.id)
    refusal = _refusal(photo)
    if refusal is None and card is None:
        refusal = "toast-unknown"
    return seller, photo, card, refusal


def _refusal(photo: PhotoRecord | None) -> str | None:
    """Say why there can be no card of a photo; None where there can."""
    if photo is None:
        return "photo-forgotten"
    return None if photo.state is PhotoState.READY else "toast-cutting"


async def make_card(query: CallbackQuery, callback_data: MakeCard, services: Services) -> None:
    """Make a card of a template, or offer all of them again."""
    name = callback_data.template
    async with services.database.write() as connection:
        seller, photo, card, key = await _of(connection, query, callback_data.photo)
        if key is None and name and name not in services.panels.card.templates.names:
            key = "toast-unknown"
        if photo is not None and card is not None and key is None:
            await cards.update(
                connection, photo.id, template=name or None, page=CardPage.MAIN.value
            )
            await services.jobs.submit(connection, jobs.draw_card(seller.id, photo.id))
    toast(query, services, seller, key or "toast-card")


async def open_page(query: CallbackQuery, callback_data: OpenCardPage, services: Services) -> None:
    """Show another page of the card's buttons."""
    async with services.database.write() as connection:
        seller, photo, card, key = await _of(connection, query, callback_data.photo)
        if photo is not None and card is not None and key is None:
            shown = replace(photo, panel_id=card.panel_id)
            if may_touch(query, shown):
                await cards.update(connection, photo.id, page=callback_data.page.value)
            else:
                key = "toast-unknown"
    if photo is None or card is None or key is not None:
        toast(query, services, seller, key or "toast-unknown")
        return
    services.tasks.spawn(query.answer(), "tap")
    market = card_market(photo, seller)
    page = ShownCard(
        card,
        market,
        format_name(card, card.template, market),
        is_private=photo.chat_id == seller.id,
    )
    keyboard = services.panels.card.page(seller.language, page, callback_data.page)
    buttons(query, services, keyboard, shown)


async def set_format(
    query: CallbackQuery, callback_data: SetCardFormat, services: Services
) -> None:
    """Have the card in another format."""
    async with services.database.write() as connection:
        seller, photo, card, key = await _of(connection, query, callback_data.photo)
        if photo is not None and card is not None and key is None:
            if callback_data.format not in offered_formats(card_market(photo, seller)):
                key = "toast-unknown"
            else:
                await cards.update(connection, photo.id, format=callback_data.format)
                await services.jobs.submit(connection, jobs.draw_card(seller.id, photo.id))
    toast(query, services, seller, key or "toast-card")


async def edit_claims(query: CallbackQuery, callback_data: EditClaims, services: Services) -> None:
    """Take a claim out, take the last change back, or ask for the words of one more."""
    what = callback_data.what
    async with services.database.write() as connection:
        seller, photo, card, key = await _of(connection, query, callback_data.photo)
        if photo is not None and card is not None and key is None:
            if not may_touch(query, replace(photo, panel_id=card.panel_id)):
                key = "toast-unknown"
            elif what is ClaimAction.REMOVE:
                key = await _remove(services, connection, seller, photo, card, callback_data.claim)
            elif what is ClaimAction.UNDO:
                key = await _undo(services, connection, seller, photo)
            else:
                await awaited.expect_claim(connection, seller.id, photo.id)
    if key is not None or photo is None:
        toast(query, services, seller, key or "photo-forgotten")
        return
    ask_for(query, services, seller, photo.chat_id, "claim-ask")


async def _remove(
    services: Services,
    connection: AsyncConnection,
    seller: Seller,
    photo: PhotoRecord,
    card: CardRecord,
    claim: str,
) -> str:
    found = [n for n, one in enumerate(card.claims or (), 1) if digest(one) == claim]
    if not found:
        return "toast-as-is"
    asked = RemoveClaims((found[0],))
    await card_edits.edit(services, connection, photo, card, asked, card_market(photo, seller))
    return "toast-card"


async def _undo(
    services: Services, connection: AsyncConnection, seller: Seller, photo: PhotoRecord
) -> str:
    """Take the last change of this card's words back; one of something else is left alone."""
    last = await edits.last(connection, seller.id, photo.chat_id)
    of_card = None if last is None or last.before is None else last.before.get(card_edits.CARD)
    if last is None or of_card is None or of_card["photo"] != photo.id:
        return "undo-nothing"
    await bring_back(services, connection, last)
    return "undone"


async def make_set(query: CallbackQuery, callback_data: MakeCardSet, services: Services) -> None:
    """Have the main picture and all cards made for the photo's market, with the listing."""
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        key = _refusal(photo) or "toast-card-set"
        if key == "toast-card-set" and await _is_packing(connection, seller):
            key = "toast-pack-wait"
        if photo is not None and key == "toast-card-set":
            market = card_market(photo, seller)
            name = "" if market is None else market.name
            made = jobs.make_card_set(seller.id, photo.id, name, callback_data.form)
            await services.jobs.submit(connection, made)
            if market is not None and market.text is not None:
                written = await captions.for_market(connection, photo.id, name)
                if written is None or not written.text:
                    describe = jobs.describe_for(seller.id, photo.id, name)
                    await services.jobs.submit(connection, describe)
    toast(query, services, seller, key)
    if photo is not None and key == "toast-card-set":
        action = services.bot.send_chat_action(photo.chat_id, ChatAction.UPLOAD_PHOTO)
        services.tasks.spawn(action, "action")


async def _is_packing(connection: AsyncConnection, seller: Seller) -> bool:
    return await job_rows.is_open(
        connection, JobKind.MAKE_PACK, seller.id
    ) or await job_rows.is_open(connection, JobKind.SEND_PACK, seller.id)
