"""The captions that were written, or the lines shown where none could be had."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.rows import value
from storage.tables import captions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class CaptionRecord:
    """What stands under a photo's result.

    ``text`` is the caption; where it is empty ``text_key`` names the line of the catalogue that
    is shown in its place.
    """

    photo_id: int
    text: str
    text_key: str | None
    listing: Mapping[str, Any]
    tone: str
    language: str
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
            created_at=time.time(),
        )
        .returning(captions.c.id)
    )
    return int(result.scalar_one())


async def of_photo(connection: AsyncConnection, photo_id: int) -> list[CaptionRecord]:
    """Return all captions of a photo, oldest first."""
    rows = await connection.execute(
        sa.select(captions).where(captions.c.photo_id == photo_id).order_by(captions.c.id)
    )
    return [value(row, CaptionRecord) for row in rows.mappings()]
