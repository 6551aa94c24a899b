"""Whom operators have banned, beside those that the settings block.

By their pseudonym: a wish to be forgotten leaves no number, and does not lift the ban.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage import usage
from storage.rows import insert_new
from storage.tables import bans

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


async def ban(connection: AsyncConnection, user_id: int) -> bool:
    """Ban a user, also one who never wrote; tell whether that is new."""
    owner = await usage.pseudonym(connection, user_id)
    return await insert_new(connection, bans, owner=owner, created_at=time.time())


async def unban(connection: AsyncConnection, user_id: int) -> bool:
    """Let a user in again; tell whether they were banned."""
    owner = await usage.pseudonym(connection, user_id)
    result = await connection.execute(sa.delete(bans).where(bans.c.owner == owner))
    return bool(result.rowcount)


async def is_banned(connection: AsyncConnection, user_id: int) -> bool:
    """Tell whether a user is banned."""
    owner = await usage.pseudonym(connection, user_id)
    found = await connection.scalar(sa.select(bans.c.owner).where(bans.c.owner == owner))
    return found is not None
