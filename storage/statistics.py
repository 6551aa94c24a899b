"""What the operator's `/stats` tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage.tables import captions, jobs, photos, sellers

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class Statistics:
    """How much there is, and how much came since a moment."""

    sellers: int
    new_sellers: int
    active_sellers: int
    photos: int
    failed_photos: int
    captions: int
    waiting_jobs: int
    failed_jobs: int


async def count_all(connection: AsyncConnection, since: float) -> Statistics:
    """Count everything; ``since`` is in Unix time."""

    async def count(table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
        query = sa.select(sa.func.count()).select_from(table).where(*conditions)
        return await connection.scalar(query) or 0

    active = sa.select(sa.func.count(photos.c.seller_id.distinct()))
    recent = photos.c.created_at > since
    return Statistics(
        sellers=await count(sellers),
        new_sellers=await count(sellers, sellers.c.created_at > since),
        active_sellers=await connection.scalar(active.where(recent)) or 0,
        photos=await count(photos, recent),
        failed_photos=await count(photos, recent, photos.c.state == "failed"),
        captions=await count(
            captions, captions.c.created_at > since, captions.c.text_key.is_(None)
        ),
        waiting_jobs=await count(jobs, jobs.c.state.in_(("queued", "running"))),
        failed_jobs=await count(jobs, jobs.c.state == "failed", jobs.c.finished_at > since),
    )
