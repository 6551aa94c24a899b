"""The operator's broadcasts: a draft, then sent seller by seller."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage.rows import one
from storage.tables import broadcasts, sellers

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class Broadcast:
    """One text for everyone who takes such.

    ``reached`` is the highest number of a seller whom it is on its way to; None while it is a
    draft, or was thrown away. ``count`` says to how many.
    """

    id: int
    operator_id: int
    text: str
    reached: int | None
    count: int


async def draft(connection: AsyncConnection, operator_id: int, text: str) -> int:
    """Keep a text that the operator is to look at first, and return its id."""
    result = await connection.execute(
        sa.insert(broadcasts)
        .values(operator_id=operator_id, text=text, count=0, created_at=time.time())
        .returning(broadcasts.c.id)
    )
    return int(result.scalar_one())


async def get(connection: AsyncConnection, broadcast_id: int) -> Broadcast | None:
    """Return a broadcast."""
    return await one(
        connection, sa.select(broadcasts).where(broadcasts.c.id == broadcast_id), Broadcast
    )


async def start(connection: AsyncConnection, broadcast_id: int, operator_id: int) -> bool:
    """Turn an operator's own draft into a broadcast; False where it is none any more."""
    result = await connection.execute(
        sa.update(broadcasts)
        .where(
            broadcasts.c.id == broadcast_id,
            broadcasts.c.operator_id == operator_id,
            broadcasts.c.reached.is_(None),
        )
        .values(reached=-1)
        .returning(broadcasts.c.id)
    )
    return result.scalar_one_or_none() is not None


async def drop(connection: AsyncConnection, broadcast_id: int, operator_id: int) -> None:
    """Throw an operator's own draft away."""
    await connection.execute(
        sa.delete(broadcasts).where(
            broadcasts.c.id == broadcast_id,
            broadcasts.c.operator_id == operator_id,
            broadcasts.c.reached.is_(None),
        )
    )


async def audience(connection: AsyncConnection) -> int:
    """Count the sellers who take broadcasts."""
    query = sa.select(sa.func.count()).select_from(sellers).where(sellers.c.muted.is_(False))
    return await connection.scalar(query) or 0


async def next_sellers(connection: AsyncConnection, broadcast: Broadcast, limit: int) -> list[int]:
    """Return the next sellers to be sent it, and note that they are."""
    query = (
        sa.select(sellers.c.id)
        .where(sellers.c.id > (broadcast.reached or 0), sellers.c.muted.is_(False))
        .order_by(sellers.c.id)
        .limit(limit)
    )
    found = list(await connection.scalars(query))
    if found:
        await connection.execute(
            sa.update(broadcasts)
            .where(broadcasts.c.id == broadcast.id)
            .values(reached=found[-1], count=broadcast.count + len(found))
        )
    return found
