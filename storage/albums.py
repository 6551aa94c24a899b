"""Albums: photos that were sent together and are answered together."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.rows import one
from storage.tables import albums, photos

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


ONE, EACH = "one", "each"
"""One caption for the set, or one for each photo."""
MAX_PHOTOS = 10
"""Messages in a media group, https://core.telegram.org/bots/api#sendmediagroup."""


class AlbumState(StrEnum):
    """How far an album has come: ``open`` still takes photos."""

    OPEN = "open"
    DOUBTFUL = "doubtful"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Album:
    """Photos under one ``media_group_id``; ``panel_id`` is the message with their buttons.

    ``failure_id`` is the message that tells what went wrong, by the sentence ``failure_key``.
    """

    id: int
    seller_id: int
    chat_id: int
    group_id: str
    state: AlbumState
    captions: str
    wanted_backdrop: str | None
    panel_id: int | None
    shown: str | None
    failure_id: int | None
    failure_key: str | None
    touched_at: float


async def join(
    connection: AsyncConnection,
    *,
    seller_id: int,
    chat_id: int,
    group_id: str,
    captions: str,
    wanted_backdrop: str | None,
) -> tuple[Album, bool]:
    """Return the album of a photo that just came, and whether it is the album's first."""
    query = sa.select(albums).where(albums.c.seller_id == seller_id, albums.c.group_id == group_id)
    album = await _one(connection, query)
    if album is not None:
        await update(connection, album.id, touched_at=time.time())
        return album, False
    await connection.execute(
        sa.insert(albums).values(
            seller_id=seller_id,
            chat_id=chat_id,
            group_id=group_id,
            state=AlbumState.OPEN.value,
            captions=captions,
            wanted_backdrop=wanted_backdrop,
            touched_at=time.time(),
        )
    )
    album = await _one(connection, query)
    if album is None:
        raise AssertionError("an album that was just written is there")
    return album, True


async def has_room(connection: AsyncConnection, seller_id: int, group_id: str) -> bool:
    """Tell whether an album is there, still open, and not larger than Telegram makes them."""
    members = sa.select(sa.func.count()).where(photos.c.album_id == albums.c.id).scalar_subquery()
    query = sa.select(albums.c.id).where(
        albums.c.seller_id == seller_id,
        albums.c.group_id == group_id,
        albums.c.state == AlbumState.OPEN.value,
        members < MAX_PHOTOS,
    )
    return await connection.scalar(query) is not None


async def get(connection: AsyncConnection, album_id: int) -> Album | None:
    """Return an album by its id."""
    return await _one(connection, sa.select(albums).where(albums.c.id == album_id))


async def of_seller(connection: AsyncConnection, album_id: int, seller_id: int) -> Album | None:
    """Return an album by its id if it is this seller's own."""
    album = await get(connection, album_id)
    return album if album is not None and album.seller_id == seller_id else None


async def by_panel(
    connection: AsyncConnection, seller_id: int, chat_id: int, message_id: int
) -> Album | None:
    """Return the seller's album whose buttons stand under a message."""
    return await _one(
        connection,
        sa.select(albums).where(
            albums.c.seller_id == seller_id,
            albums.c.chat_id == chat_id,
            albums.c.panel_id == message_id,
        ),
    )


async def update(connection: AsyncConnection, album_id: int, **values: object) -> None:
    """Set columns of one album."""
    await connection.execute(sa.update(albums).where(albums.c.id == album_id).values(**values))


async def _one(connection: AsyncConnection, query: sa.Select[Any]) -> Album | None:
    album = await one(connection, query, Album)
    return album and replace(album, state=AlbumState(album.state))
