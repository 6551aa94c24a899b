"""The updates that were handled: Telegram may deliver one twice."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from storage.rows import insert_new
from storage.tables import updates

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


async def first_time(connection: AsyncConnection, update_id: int) -> bool:
    """Note an update inside the transaction that handles it; False where it was handled before."""
    return await insert_new(connection, updates, id=update_id, seen_at=time.time())
