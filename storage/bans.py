"""Whom operators have banned, beside those that the settings block."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage.rows import insert_new
from storage.tables import bans

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


async def ban(connection: AsyncConnection, user_id: int) -> bool:
    """Ban a user, also one who never wrote; tell whether that is new."""
    return await insert_new(connection, bans, user_id=user_id, created_at=time.time())


async def unban(connection: AsyncConnection, user_id: int) -> bool:
    """Let a user in again; tell whether they were banned."""
    result = await connection.execute(sa.delete(bans).where(bans.c.user_id == user_id))
    return bool(result.rowcount)


async def is_banned(connection: AsyncConnection, user_id: int) -> bool:
    """Tell whether a user is banned."""
    found = await connection.scalar(sa.select(bans.c.user_id).where(bans.c.user_id == user_id))
    return found is not None


async def banned(connection: AsyncConnection, limit: int) -> list[int]:
    """Return the newest bans' users, ``limit`` at most."""
    newest = sa.select(bans.c.user_id).order_by(bans.c.created_at.desc()).limit(limit)
    return list(await connection.scalars(newest))
