"""The captions that were written, and those that could not be had."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.rows import value
from storage.tables import captions, photos

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class CaptionRecord:
    """What stands under a photo's result.

    ``text`` is the caption; where it is empty ``text_key`` names the sentence that tells why.
    ``market`` is the one whose rules it keeps, ``key`` a digest of all that was asked. ``beside``
    tells that it is for another market than the photo's: it is never shown under the result.
    """

    photo_id: int
    text: str
    text_key: str | None
    listing: Mapping[str, Any]
    tone: str
    language: str
    market: str | None = None
    key: str | None = None
    beside: bool = False
    id: int = 0


async def add(connection: AsyncConnection, caption: CaptionRecord) -> int:
    """Keep a caption and return its id."""
    result = await connection.execute(
        sa.insert(captions)
        .values(
            photo_id=caption.photo_id,
            text=caption.text,
            text_key=caption.text_key,
            listing=dict(caption.listing),
            tone=caption.tone,
            language=caption.language,
            market=caption.market,
            key=caption.key,
            beside=caption.beside,
            created_at=time.time(),
        )
        .returning(captions.c.id)
    )
    return int(result.scalar_one())


async def get(connection: AsyncConnection, caption_id: int) -> CaptionRecord | None:
    """Return a caption by its id."""
    rows = await connection.execute(sa.select(captions).where(captions.c.id == caption_id))
    row = rows.mappings().one_or_none()
    return None if row is None else value(row, CaptionRecord)


async def of_photo(
    connection: AsyncConnection, photo_id: int, *, since: float = 0.0
) -> list[CaptionRecord]:
    """Return a photo's own captions written at ``since``, Unix time, or later, oldest first."""
    rows = await connection.execute(
        sa.select(captions)
        .where(
            captions.c.photo_id == photo_id,
            captions.c.created_at >= since,
            captions.c.beside.is_(False),
        )
        .order_by(captions.c.id)
    )
    return [value(row, CaptionRecord) for row in rows.mappings()]


async def for_market(
    connection: AsyncConnection, photo_id: int, market: str, *, since: float = 0.0
) -> CaptionRecord | None:
    """Return a photo's newest caption for a market, one that stands beside included."""
    rows = await connection.execute(
        sa.select(captions)
        .where(
            captions.c.photo_id == photo_id,
            captions.c.market == market,
            captions.c.created_at >= since,
        )
        .order_by(captions.c.id.desc())
        .limit(1)
    )
    row = rows.mappings().one_or_none()
    return None if row is None else value(row, CaptionRecord)


async def any_since(connection: AsyncConnection, photo_id: int, since: float) -> bool:
    """Tell whether a text was written for a photo at ``since``, Unix time, or later."""
    found = sa.exists().where(
        captions.c.photo_id == photo_id, captions.c.created_at >= since, captions.c.text != ""
    )
    return bool(await connection.scalar(sa.select(found)))


async def of_seller(connection: AsyncConnection, seller_id: int, key: str) -> CaptionRecord | None:
    """Return the seller's newest caption of that key, of whichever photo."""
    rows = await connection.execute(
        sa.select(captions)
        .join(photos, photos.c.id == captions.c.photo_id)
        .where(photos.c.seller_id == seller_id, captions.c.key == key, captions.c.text != "")
        .order_by(captions.c.id.desc())
        .limit(1)
    )
    row = rows.mappings().one_or_none()
    return None if row is None else value(row, CaptionRecord)


async def failed_since(
    connection: AsyncConnection, seller_id: int, text_key: str, since: float
) -> bool:
    """Tell whether a caption of the seller's failed for that reason since then, Unix time."""
    query = (
        sa.select(captions.c.id)
        .join(photos, photos.c.id == captions.c.photo_id)
        .where(
            photos.c.seller_id == seller_id,
            captions.c.text_key == text_key,
            captions.c.created_at >= since,
        )
        .limit(1)
    )
    return await connection.scalar(query) is not None


async def standing(
    connection: AsyncConnection, photo_id: int, caption_id: int | None
) -> CaptionRecord | None:
    """Return the caption that goes with a photo: the one named, else the newest."""
    written = await of_photo(connection, photo_id)
    named = [caption for caption in written if caption.id == caption_id]
    return next(iter([*named, *reversed(written)]), None)
