"""Whom operators have banned, beside those that the settings block.

By their pseudonym: a wish to be forgotten leaves no number, and does not lift the ban.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from storage import usage
from storage.rows import insert_new
from storage.tables import bans

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.database import Database

KEPT_SECONDS: Final = 2.0
"""How long a ban by another process may go unseen."""


async def ban(connection: AsyncConnection, user_id: int) -> bool:
    """Ban a user, also one who never wrote; tell whether that is new."""
    owner = await usage.pseudonym(connection, user_id)
    return await insert_new(connection, bans, owner=owner, created_at=time.time())


async def unban(connection: AsyncConnection, user_id: int) -> bool:
    """Let a user in again; tell whether they were banned."""
    owner = await usage.pseudonym(connection, user_id)
    result = await connection.execute(sa.delete(bans).where(bans.c.owner == owner))
    return bool(result.rowcount)


class BanList:
    """Who is banned, read at most every two seconds: each update asks, also in a flood of them."""

    def __init__(self, database: Database) -> None:
        """Read nothing yet."""
        self._database = database
        self._key, self._owners = b"", frozenset[str]()
        self._read_at = -KEPT_SECONDS
        self._reading = asyncio.Lock()

    async def has(self, user_id: int) -> bool:
        """Tell whether a user is banned."""
        async with self._reading:
            if time.monotonic() >= self._read_at + KEPT_SECONDS:
                async with self._database.read() as connection:
                    self._key = await usage.secret(connection)
                    found = await connection.scalars(sa.select(bans.c.owner))
                    self._owners = frozenset(found)
                self._read_at = time.monotonic()
        return usage.hashed(user_id, self._key) in self._owners

    def forget(self) -> None:
        """Read anew at the next question: somebody was banned or let in."""
        self._read_at = -KEPT_SECONDS
