"""What was erased, for every worker to drop from its memory and its folder of embeddings."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from storage.rows import value
from storage.tables import erasures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

KEPT_SECONDS: Final = 2 * 86_400.0
"""A worker that was away for longer keeps nothing from before: embeddings last a day."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """Ids of photos that are no longer there, and the keys of their embeddings."""

    photos: Sequence[int]
    embeddings: Sequence[str]


async def add(
    connection: AsyncConnection, photos: Sequence[int], embeddings: Sequence[str]
) -> None:
    """Tell all workers what to drop."""
    await connection.execute(
        sa.insert(erasures).values(
            photos=list(photos), embeddings=list(embeddings), created_at=time.time()
        )
    )


async def since(connection: AsyncConnection, moment: float) -> list[Erasure]:
    """Return what was added after ``moment``, Unix time."""
    query = sa.select(erasures).where(erasures.c.created_at > moment)
    return [value(row, Erasure) for row in (await connection.execute(query)).mappings()]


async def delete_expired(connection: AsyncConnection) -> None:
    """Delete what every worker has dropped by now."""
    past = time.time() - KEPT_SECONDS
    await connection.execute(sa.delete(erasures).where(erasures.c.created_at < past))
