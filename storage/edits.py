"""What sellers asked for in words: kept so that it can be taken back, or placed by a tap."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.rows import one
from storage.tables import edits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class Edit:
    """Words about photos; ``album`` is set where all of its photos are meant.

    ``before`` is what was before them, by `bot.words.wishes`; None where there is nothing to bring
    back.
    """

    id: int
    seller_id: int
    chat_id: int
    photos: Sequence[int]
    album: int | None
    words: str
    before: Mapping[str, Any] | None


async def add(
    connection: AsyncConnection,
    *,
    seller_id: int,
    chat_id: int,
    photos: Sequence[int],
    album: int | None,
    words: str,
    before: Mapping[str, Any] | None,
) -> int:
    """Keep an edit and return its id."""
    result = await connection.execute(
        sa.insert(edits)
        .values(
            seller_id=seller_id,
            chat_id=chat_id,
            photos=list(photos),
            album=album,
            words=words,
            before=None if before is None else dict(before),
            created_at=time.time(),
        )
        .returning(edits.c.id)
    )
    return int(result.scalar_one())


async def of_seller(connection: AsyncConnection, edit_id: int, seller_id: int) -> Edit | None:
    """Return an edit by its id if it is this seller's own."""
    query = sa.select(edits).where(edits.c.id == edit_id, edits.c.seller_id == seller_id)
    return await one(connection, query, Edit)


async def last(connection: AsyncConnection, seller_id: int, chat_id: int) -> Edit | None:
    """Return the newest edit in a chat that can be taken back."""
    query = (
        sa.select(edits)
        .where(
            edits.c.seller_id == seller_id,
            edits.c.chat_id == chat_id,
            edits.c.before.is_not(None),
        )
        .order_by(edits.c.id.desc())
        .limit(1)
    )
    return await one(connection, query, Edit)


async def close(connection: AsyncConnection, edit_id: int) -> None:
    """Note that all is as it was."""
    await connection.execute(sa.update(edits).where(edits.c.id == edit_id).values(before=None))


async def use_up(connection: AsyncConnection, edit_id: int) -> None:
    """Note that what kept words ask for is done."""
    await connection.execute(sa.update(edits).where(edits.c.id == edit_id).values(words=""))
