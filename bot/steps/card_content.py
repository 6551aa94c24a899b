"""What a card is drawn from: the checked listing, the seller's words and edits, the brand kit."""

from __future__ import annotations

import asyncio
import hashlib
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.cards.choices import card_market, format_name
from bot.keyboards.brand import LISTED, brand_values
from bot.keyboards.callbacks import Page
from bot.render_options import selected_codes
from pipeline.captions import TELEGRAM, Listing
from pipeline.cards.content import content_of
from pipeline.cards.values import Brand, Claim, format_for
from pipeline.errors import StorageError, StorageUnavailableError
from storage import brands, captions, cards, job_rows
from storage.jobs import JobKind, RetryLaterError

if TYPE_CHECKING:
    from bot.services import WorkerContext
    from pipeline.cards.templates import Templates
    from pipeline.cards.values import CardContent, CardFormat
    from pipeline.markets import Market
    from storage.brands import BrandRecord
    from storage.cards import CardRecord
    from storage.photos import PhotoRecord
    from storage.sellers import Seller

LISTING_SECONDS, WAIT_SECONDS = 30.0, 1.0
"""How long a card waits for a listing that is being written, and how often it looks."""
_DIGEST: Final = 32

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class CardSource:
    """All that the cards of a photo are drawn from, and the row as it was read."""

    photo: PhotoRecord
    card: CardRecord | None
    market: Market | None
    content: CardContent
    record: BrandRecord
    brand: Brand
    templates: Templates

    @property
    def fitting(self) -> tuple[str, ...]:
        """The templates that there is enough to say for, in the order of their buttons."""
        return self.templates.fitting(self.content)

    def format(self, template: str | None) -> CardFormat:
        """Return the format of a card of a template."""
        return format_for(format_name(self.card, template, self.market))

    def key(self, *shown: str) -> str:
        """Digest all that a picture of these templates depends on."""
        photo, record = self.photo, replace(self.record, panel_id=None, page="")
        said = shown, photo.mask_file, photo.enlarged_to, self.content, record
        name = None if self.card is None else self.card.format
        market = None if self.market is None else self.market.name
        return hashlib.sha256(repr((*said, name, market)).encode()).hexdigest()[:_DIGEST]


async def source_of(context: WorkerContext, photo: PhotoRecord, seller: Seller) -> CardSource:
    """Read what the cards of a photo are drawn from. Raises StorageError."""
    async with context.database.read() as connection:
        card = await cards.of_photo(connection, photo.id)
        record = await brands.of_seller(connection, seller.id)
        caption = await captions.standing(connection, photo.id, photo.shown_caption_id)
    language = selected_codes(photo, seller)[Page.CAPTION_LANGUAGE] or seller.language
    listing = None
    if caption is not None and caption.text_key is None:
        language = caption.language
        listing = Listing.model_validate(caption.listing)
    market = card_market(photo, seller)
    name = TELEGRAM if market is None else market.name
    content = await asyncio.to_thread(content_of, listing, photo.facts, language, market=name)
    if card is not None and card.is_edited:
        claims = tuple(Claim(one["text"], one["source"]) for one in card.claims or ())
        content = replace(content, claims=claims)
    if card is not None and card.title:
        content = replace(content, title=card.title)
    brand = await brand_of(context, record)
    templates = context.studio.templates
    return CardSource(photo, card, market, content, record, brand, templates)


async def brand_of(context: WorkerContext, record: BrandRecord) -> Brand:
    """Build a seller's brand; a logo that is gone and names no longer on offer are left out."""
    logo = None
    if record.logo_file is not None:
        try:
            data = await context.files.get(record.logo_file)
            logo = await asyncio.to_thread(context.studio.logo, data)
        except StorageUnavailableError:
            raise
        except StorageError:
            log.warning("a logo is gone", seller=record.seller_id)
    named: dict[str, Any] = {
        what.value: value
        for what in LISTED
        if (value := getattr(record, what.value)) in brand_values(what)
    }
    return Brand(
        primary=record.primary_colour,
        secondary=record.secondary_colour,
        logo=logo,
        watermark=record.watermark,
        **named,
    )


async def wait_for_listing(context: WorkerContext, photo: PhotoRecord, began: float) -> None:
    """Raise RetryLaterError while the first listing of a photo is being written, a while long."""
    if time.time() > began + LISTING_SECONDS:
        return
    async with context.database.read() as connection:
        written = await captions.standing(connection, photo.id, photo.shown_caption_id)
        if written is not None:
            return
        if await job_rows.is_open(connection, JobKind.DESCRIBE, photo.seller_id):
            raise RetryLaterError(WAIT_SECONDS, "the listing is being written", counts=False)
