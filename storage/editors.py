"""What is done to photos in their editors and not sent yet."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.rows import one
from storage.tables import editors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class EditorRow:
    """The ``state`` as the page sent it last, and the photo's ``mask`` that it goes on from.

    ``painted_file`` is the file of the newest mask that was painted; ``sent`` is what the page
    called the newest thing that it sent.
    """

    photo_id: int
    state: Mapping[str, Any] | None
    mask: str | None
    painted_file: str | None
    sent: str | None


async def get(connection: AsyncConnection, photo_id: int) -> EditorRow:
    """Return what is kept of a photo's editor; nothing is a row of nothing."""
    found = await one(
        connection, sa.select(editors).where(editors.c.photo_id == photo_id), EditorRow
    )
    return found or EditorRow(photo_id, None, None, None, None)


async def put_state(
    connection: AsyncConnection, photo_id: int, state: Mapping[str, Any], mask: str | None
) -> None:
    """Keep a state."""
    await _put(connection, photo_id, state=dict(state), mask=mask)


async def forget_state(connection: AsyncConnection, photo_id: int) -> None:
    """Begin anew: all was done."""
    await _put(connection, photo_id, state=None, mask=None)


async def put_sent(connection: AsyncConnection, photo_id: int, name: str) -> None:
    """Take note of what the page called the thing that is sent."""
    await _put(connection, photo_id, sent=name)


async def put_painted(connection: AsyncConnection, photo_id: int, file: str) -> None:
    """Keep what was painted."""
    await _put(connection, photo_id, painted_file=file)


async def _put(connection: AsyncConnection, photo_id: int, **values: object) -> None:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    values["updated_at"] = time.time()
    query = insert(editors).values(photo_id=photo_id, **values)
    await connection.execute(
        query.on_conflict_do_update(index_elements=[editors.c.photo_id], set_=values)
    )
