"""The message with a listing's parts for copying: one for a photo, edited in place."""

from __future__ import annotations

import asyncio
import html
from typing import TYPE_CHECKING

from bot import payloads
from bot.markets.rules import notes, text_sentences
from bot.markets.sell_on import markets_of
from bot.steps.load import photo_of
from bot.telegram.delivery import reply_to, reword
from pipeline.captions import Listing, card_parts, lint, telegram_text
from pipeline.captions.text import length
from pipeline.captions.values import TELEGRAM
from pipeline.markets import load_markets
from storage import captions, photos

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiogram.types import InlineKeyboardMarkup

    from bot.services import StepServices
    from bot.texts import Texts
    from pipeline.markets import Market
    from storage.captions import CaptionRecord
    from storage.jobs import Job
    from storage.photos import PhotoRecord
    from storage.sellers import Seller

MESSAGE_AT_MOST = 4096
"""UTF-16 code units of a message's text."""
POST = "post"
"""The one part of a listing that is a post."""
Parts = list[tuple[str, str]]


async def show_listing(services: StepServices, job: Job) -> None:
    """Bring the message to the listing that the photo's row names, if there is anything to show.

    ``below``: it is sent anew, and the old one goes.
    """
    photo, seller, _ = await photo_of(services, job)
    await put_listing(services, photo, seller, below=payloads.ShowListing.of(job).below)


async def put_listing(
    services: StepServices, photo: PhotoRecord, seller: Seller, *, below: bool = False
) -> None:
    """Send the message or edit it. Runs in jobs that change the photo's messages one by one."""
    async with services.database.read() as connection:
        own = await captions.standing(connection, photo.id, photo.shown_caption_id)
        name = photo.listing_market or (own.market if own is not None else None) or TELEGRAM
        caption = own
        if own is None or (photo.listing_market is not None and own.market != name):
            caption = await captions.for_market(connection, photo.id, name)
    words, keyboard = await asyncio.to_thread(_message, services, seller, photo, caption, name)
    standing = None if below else photo.listing_id
    if standing is not None and await reword(
        services.bot, photo.chat_id, standing, words, keyboard, is_text=True
    ):
        return
    message = await services.bot.send_message(
        photo.chat_id,
        words,
        reply_markup=keyboard,
        message_thread_id=photo.thread_id,
        reply_parameters=reply_to(photo.panel_id or photo.album_message_id or photo.message_id),
    )
    if below and photo.listing_id is not None:
        old = services.bot.delete_message(photo.chat_id, photo.listing_id)
        services.tasks.spawn(old, "delete-listing")
    async with services.database.write() as connection:
        await photos.update(connection, photo.id, listing_id=message.message_id)


def _message(
    services: StepServices,
    seller: Seller,
    photo: PhotoRecord,
    caption: CaptionRecord | None,
    name: str,
) -> tuple[str, InlineKeyboardMarkup | None]:
    """Return the words as HTML, and the buttons. Takes milliseconds, and some for long texts."""
    language, market = seller.language, load_markets()[name]
    sold = [one for one in markets_of(seller) if one.text is not None]
    parts: Parts = []
    if caption is None or caption.text_key is not None:
        key = "caption-writing" if caption is None else caption.text_key or "caption-writing"
        words = services.texts(language, key)
        if len(sold) > 1:
            title = services.texts.title(language, market.titles, market.name)
            words = f"<b>{html.escape(title)}</b>\n{words}"
    else:
        listing = Listing.model_validate(caption.listing)
        parts = _parts(listing, market)
        words = listing_html(services.texts, language, market, parts, listing)
    keyboard = services.panels.listing.buttons(language, photo.id, parts, sold, name)
    return words, keyboard


def listing_html(
    texts: Texts,
    language: str,
    market: Market,
    parts: Sequence[tuple[str, str]],
    listing: Listing,
) -> str:
    """Write the parts under their names, each copied by a tap, and then what breaks a rule.

    It is at most 4,096 UTF-16 code units as it is read: where the names do not fit they go, and of
    the notes as many as do not fit.
    """
    title = texts.title(language, market.titles, market.name)
    named = [
        ("" if part == POST else texts(language, f"part-{part}"), text) for part, text in parts
    ]
    blocks = [f"<b>{html.escape(title)}</b>"] if market.name != TELEGRAM else []
    blocks += [f"{name}\n{_copied(text)}" if name else _copied(text) for name, text in named]
    seen = length(title) + sum(length(name) + length(text) + 2 for name, text in named)
    if seen > MESSAGE_AT_MOST:
        blocks = [_copied(text) for _, text in named]
        seen = sum(length(text) + 1 for _, text in named)
    words = "\n".join(blocks)
    flaws = () if market.text is None else lint(listing, market.text)
    left = MESSAGE_AT_MOST - seen - 2
    if flaws and left > 0:
        said = notes(texts, language, market, text_sentences(texts, language, flaws), most=left)
        words = f"{words}\n\n{said}" if said else words
    return words


def _copied(text: str) -> str:
    return f"<pre>{html.escape(text, quote=False)}</pre>"


def _parts(listing: Listing, market: Market) -> Parts:
    """Return a market's parts in its order; a post is one piece."""
    if market.text is None or market.name == TELEGRAM:
        return [(POST, telegram_text(listing))]
    return list(card_parts(listing, market.text))
