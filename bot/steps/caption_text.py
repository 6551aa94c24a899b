"""The words under a result."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from pipeline.captions import TELEGRAM, Listing, card_parts, telegram_html, telegram_text
from pipeline.markets import load_markets
from storage import albums, captions, photos
from storage.albums import ONE
from storage.photos import PhotoState

if TYPE_CHECKING:
    from bot.services import Services
    from bot.texts import Texts
    from pipeline.markets import TextRules
    from storage.captions import CaptionRecord
    from storage.photos import PhotoRecord
    from storage.sellers import Seller


def caption_html(texts: Texts, language: str, caption: CaptionRecord | None) -> str:
    """Return the caption as Telegram HTML; nothing where none could be had.

    What stands there is forwarded with the picture: why there is none is told beside it.
    """
    if caption is None:
        return texts(language, "caption-writing")
    if caption.text_key is not None:
        return ""
    return telegram_html(Listing.model_validate(caption.listing))


async def album_caption_html(services: Services, photo: PhotoRecord, seller: Seller) -> str:
    """Return what stands under one photo of an album: one caption for the set is the first's."""
    if photo.album_id is None:
        return ""
    async with services.database.read() as connection:
        album = await albums.get(connection, photo.album_id)
        members = await photos.of_album(connection, photo.album_id)
        caption = await captions.standing(connection, photo.id, photo.shown_caption_id)
    first = next((member for member in members if member.state is PhotoState.READY), photo)
    if album is None or (album.captions == ONE and first.id != photo.id):
        return ""
    return caption_html(services.texts, seller.language, caption)


def copyable_html(texts: Texts, language: str, caption: CaptionRecord) -> str:
    """Return a market's listing part by part, each copied by a tap; a post as it stands."""
    rules = _rules(caption.market)
    if caption.text_key is not None or rules is None:
        return caption_html(texts, language, caption)
    parts = card_parts(Listing.model_validate(caption.listing), rules)
    return "\n".join(f"<pre>{html.escape(text, quote=False)}</pre>" for _, text in parts)


def copy_text(listing: Listing, market: str) -> str:
    """Return a caption as plain text, with everything its market asks for."""
    rules = _rules(market)
    if rules is None:
        return telegram_text(listing)
    return "\n\n".join(text for _, text in card_parts(listing, rules))


def _rules(market: str | None) -> TextRules | None:
    """Return the rules of a market whose listings are more than a post."""
    found = load_markets().get(market or TELEGRAM)
    return None if found is None or found.name == TELEGRAM else found.text
