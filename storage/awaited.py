"""What a seller's next message is taken for: a background, or a background's title."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage.rows import one
from storage.tables import awaited

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

SECONDS = 15 * 60.0
"""After this long a seller has forgotten what was asked, and a photo is a product again."""


class AwaitedKind(StrEnum):
    """What is awaited."""

    BACKDROP = "backdrop"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class Awaited:
    """``target`` is the photo that waits for the background (or AS_DEFAULT), or the background."""

    what: AwaitedKind
    target: int
    until: float


async def expect(
    connection: AsyncConnection,
    seller_id: int,
    what: AwaitedKind,
    target: int,
) -> None:
    """Take the seller's next message for ``what``; an earlier expectation is dropped."""
    await forget(connection, seller_id)
    await connection.execute(
        sa.insert(awaited).values(
            seller_id=seller_id, what=what.value, target=target, until=time.time() + SECONDS
        )
    )


async def expected(
    connection: AsyncConnection, seller_id: int, what: AwaitedKind
) -> Awaited | None:
    """Return what is awaited of the seller if it is of this kind and not too old."""
    query = sa.select(awaited).where(
        awaited.c.seller_id == seller_id,
        awaited.c.what == what.value,
        awaited.c.until > time.time(),
    )
    return await one(connection, query, Awaited)


async def forget(connection: AsyncConnection, seller_id: int) -> bool:
    """Await nothing more; tell whether something was awaited."""
    result = await connection.execute(
        sa.delete(awaited).where(awaited.c.seller_id == seller_id).returning(awaited.c.until)
    )
    until = result.scalar_one_or_none()
    return until is not None and until > time.time()
