"""A group that became a supergroup has another number: its rows follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage import job_rows
from storage.jobs import JobKind
from storage.tables import cards, jobs, metadata, photos

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

NO_MESSAGE = 0
"""In place of a message's id: the supergroup numbers its messages anew."""
FORGOTTEN = {
    "message_id": NO_MESSAGE,
    "panel_id": None,
    "album_message_id": None,
    "thread_id": None,
    "listing_id": None,
    "failure_id": None,
    "failure_key": None,
}
_TELLING = (JobKind.TELL.value, JobKind.ANSWER.value, JobKind.READ_WORDS.value)
CHAT, REPLY = "chat", "reply"
"""What jobs call the chat that they tell something, and the message that they answer."""


async def move(connection: AsyncConnection, old: int, new: int) -> None:
    """Have all rows and open jobs of the chat ``old`` name ``new``.

    Ids of messages are forgotten: in the supergroup they may be those of others.
    """
    for table in metadata.sorted_tables:
        if "chat_id" in table.c:
            gone = {name: value for name, value in FORGOTTEN.items() if name in table.c}
            await connection.execute(
                sa.update(table).where(table.c.chat_id == old).values(chat_id=new, **gone)
            )
    moved = sa.select(photos.c.id).where(photos.c.chat_id == new)
    await connection.execute(
        sa.update(cards).where(cards.c.photo_id.in_(moved)).values(panel_id=None, shown=None)
    )
    telling = sa.select(jobs.c.id, jobs.c.payload).where(
        jobs.c.state.in_(job_rows.OPEN), jobs.c.kind.in_(_TELLING)
    )
    for row in (await connection.execute(telling)).all():
        if row.payload[CHAT] == old:
            payload = {**row.payload, CHAT: new, REPLY: NO_MESSAGE}
            await connection.execute(
                sa.update(jobs).where(jobs.c.id == row.id).values(payload=payload)
            )
