"""The words under a result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.markets.rules import picture_notes
from pipeline.captions import TELEGRAM, Listing, card_parts, telegram_html, telegram_text
from pipeline.captions.render import POST_AT_MOST
from pipeline.captions.text import length
from pipeline.markets import load_markets
from storage import albums, captions, photos
from storage.albums import ONE
from storage.photos import PhotoState
from storage.render_key import View

if TYPE_CHECKING:
    from bot.services import Services
    from bot.texts import Texts
    from pipeline.markets import TextRules
    from storage.captions import CaptionRecord
    from storage.photos import PhotoRecord
    from storage.sellers import Seller


CAPTION_AT_MOST = 1024
"""UTF-16 code units that may stand under a picture."""


def result_html(
    texts: Texts, language: str, photo: PhotoRecord, caption: CaptionRecord | None
) -> str:
    """Return what stands under a result: the caption, and which rules the picture breaks."""
    said = picture_notes(texts, language, photo.broken) if photo.view is View.RESULT else ""
    most = CAPTION_AT_MOST - length(said) - 2
    words = caption_html(texts, language, caption, most)
    return "\n\n".join(filter(None, (words, said)))


def caption_html(
    texts: Texts, language: str, caption: CaptionRecord | None, most: int = POST_AT_MOST
) -> str:
    """Return the caption as Telegram HTML; nothing where none could be had.

    What stands there is forwarded with the picture: why there is none is told beside it. ``most``
    is that of `telegram_html`.
    """
    if caption is None:
        return texts(language, "caption-writing")
    if caption.text_key is not None:
        return ""
    return telegram_html(Listing.model_validate(caption.listing), min(most, POST_AT_MOST))


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
        return picture_notes(services.texts, seller.language, photo.broken)
    return result_html(services.texts, seller.language, photo, caption)


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
