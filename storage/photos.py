"""The photos that were accepted, and how far each has come."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, cast

import sqlalchemy as sa

from storage.render_key import RenderKey, View, Waiting, parse
from storage.rows import locked, one, value
from storage.sellers import Seller
from storage.tables import photos, sellers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection


class PhotoState(StrEnum):
    """How far a photo has come."""

    ACCEPTED = "accepted"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"

    @property
    def is_over(self) -> bool:
        """Whether nothing can be made of the photo any more."""
        return self in {PhotoState.FAILED, PhotoState.EXPIRED}


@dataclass(frozen=True, slots=True)
class Arrival:
    """A picture as an update brought it, a product or a background."""

    seller_id: int
    chat_id: int
    message_id: int
    file_id: str
    facts: str = ""
    thread_id: int | None = None
    """The topic of a forum."""


@dataclass(frozen=True, slots=True)
class PhotoRecord:
    """One accepted photo. The ``*_file`` fields are keys of the file store.

    ``panel_id`` is the message that shows it; ``drawn`` is what ``result_file`` shows, ``shown``
    what stands in the chat. ``broken`` are the rules of its market that the former breaks.
    ``listing_id`` is the message with the parts of a listing, ``listing_market`` whose they are.
    ``failure_id`` is the message that tells what went wrong, by the sentence ``failure_key``.
    """

    id: int
    seller_id: int
    chat_id: int
    thread_id: int | None
    message_id: int
    file_id: str
    facts: str
    state: PhotoState
    source_file: str | None
    mask_file: str | None
    candidates_file: str | None
    parts_file: str | None
    parts: Sequence[int] | None
    thumbnail_file: str | None
    confidence: float | None
    is_doubtful: bool | None
    small: str | None
    enlarged_to: int | None
    wanted_backdrop: str | None
    format: str | None
    shadow: str | None
    margin: str | None
    placement: Mapping[str, Any] | None
    caption_wish: Mapping[str, Any] | None
    view: View
    page: str
    result_file: str | None
    drawn: RenderKey | None
    numbers: Sequence[bool] | None
    broken: Sequence[Mapping[str, Any]] | None
    panel_id: int | None
    shown: RenderKey | Waiting | None
    shown_caption_id: int | None
    listing_id: int | None
    listing_market: str | None
    album_id: int | None
    album_message_id: int | None
    failure_id: int | None
    failure_key: str | None
    created_at: float
    palette: Sequence[str] | None = None
    """Backgrounds that its product's colours suggest."""

    @property
    def is_transparent(self) -> bool:
        """Whether it came cut out: nothing was looked for in it."""
        return self.mask_file is not None and self.candidates_file is None

    @property
    def shows_result(self) -> bool:
        """Whether a result stands in the chat, be it the newest or not."""
        return isinstance(self.shown, RenderKey) and self.shown.view is View.RESULT


class Changes(TypedDict, total=False):
    """Fields of a photo that change after it was accepted."""

    facts: str
    state: PhotoState
    source_file: str | None
    mask_file: str | None
    candidates_file: str | None
    parts_file: str | None
    parts: Sequence[int]
    thumbnail_file: str | None
    confidence: float
    is_doubtful: bool
    small: str | None
    enlarged_to: int
    wanted_backdrop: str | None
    format: str | None
    shadow: str | None
    margin: str | None
    placement: Mapping[str, Any] | None
    caption_wish: Mapping[str, Any] | None
    view: View
    page: str
    result_file: str | None
    drawn: RenderKey | None
    palette: Sequence[str]
    numbers: Sequence[bool] | None
    broken: Sequence[Mapping[str, Any]] | None
    panel_id: int | None
    shown: RenderKey | Waiting | None
    shown_caption_id: int | None
    listing_id: int | None
    listing_market: str | None
    album_id: int | None
    album_message_id: int | None
    failure_id: int | None
    failure_key: str | None


async def accept(
    connection: AsyncConnection,
    arrival: Arrival,
    *,
    wanted_backdrop: str | None,
    album_id: int | None = None,
) -> int:
    """Write an arrived product photo down and return its id."""
    result = await connection.execute(
        sa.insert(photos)
        .values(
            seller_id=arrival.seller_id,
            chat_id=arrival.chat_id,
            thread_id=arrival.thread_id,
            message_id=arrival.message_id,
            file_id=arrival.file_id,
            facts=arrival.facts,
            state=PhotoState.ACCEPTED.value,
            wanted_backdrop=wanted_backdrop,
            view=(View.OFFER if wanted_backdrop is None else View.RESULT).value,
            album_id=album_id,
            created_at=time.time(),
        )
        .returning(photos.c.id)
    )
    return int(result.scalar_one())


async def get(connection: AsyncConnection, photo_id: int) -> PhotoRecord | None:
    """Return a photo by its id."""
    return await _one(connection, sa.select(photos).where(photos.c.id == photo_id))


async def with_seller(
    connection: AsyncConnection, photo_id: int
) -> tuple[PhotoRecord, Seller] | None:
    """Return a photo by its id, and whose it is."""
    query = sa.select(sellers, photos).join_from(sellers, photos).where(photos.c.id == photo_id)
    row = (await connection.execute(locked(connection, query))).mappings().one_or_none()
    if row is None:
        return None
    return _typed(value(row, PhotoRecord, photos)), value(row, Seller, sellers)


async def ids_of(connection: AsyncConnection, seller_id: int) -> list[int]:
    """Return the ids of all photos of a seller."""
    query = sa.select(photos.c.id).where(photos.c.seller_id == seller_id).order_by(photos.c.id)
    return list(await connection.scalars(query))


async def unfinished(connection: AsyncConnection, seller_id: int) -> int:
    """Count a seller's photos that are not cut out yet."""
    query = (
        sa.select(sa.func.count())
        .select_from(photos)
        .where(photos.c.seller_id == seller_id, photos.c.state == PhotoState.ACCEPTED.value)
    )
    return await connection.scalar(query) or 0


async def was_declined(connection: AsyncConnection, photo: PhotoRecord) -> bool:
    """Tell whether nothing came of the same file when its seller sent it before."""
    query = sa.select(photos.c.id).where(
        photos.c.source_file == photo.source_file,
        photos.c.seller_id == photo.seller_id,
        photos.c.id < photo.id,
        photos.c.state == PhotoState.FAILED.value,
    )
    return await connection.scalar(query.limit(1)) is not None


async def latest(
    connection: AsyncConnection,
    seller_id: int,
    chat_id: int,
    *,
    since: float = 0.0,
    before_message: int | None = None,
) -> PhotoRecord | None:
    """Return the seller's newest usable photo in a chat.

    One that came at ``since``, Unix time, or later, and in a message before another's id.
    """
    earlier = sa.true() if before_message is None else photos.c.message_id < before_message
    return await _one(
        connection,
        sa.select(photos)
        .where(
            photos.c.seller_id == seller_id,
            photos.c.chat_id == chat_id,
            photos.c.state.not_in([PhotoState.FAILED.value, PhotoState.EXPIRED.value]),
            photos.c.created_at >= since,
            earlier,
        )
        .order_by(photos.c.id.desc())
        .limit(1),
    )


async def by_message(
    connection: AsyncConnection, seller_id: int, chat_id: int, message_id: int
) -> PhotoRecord | None:
    """Return the seller's photo that a chat message shows, asks about, or brought."""
    return await _one(
        connection,
        sa.select(photos)
        .where(
            photos.c.seller_id == seller_id,
            photos.c.chat_id == chat_id,
            photos.c.state != PhotoState.EXPIRED.value,
            sa.or_(
                photos.c.message_id == message_id,
                photos.c.panel_id == message_id,
                photos.c.album_message_id == message_id,
            ),
        )
        .limit(1),
    )


async def update_accepted(
    connection: AsyncConnection, photo_id: int, **changes: Unpack[Changes]
) -> bool:
    """Change a photo that is still only accepted; False where it is ready or over."""
    result = await connection.execute(
        sa.update(photos)
        .where(photos.c.id == photo_id, photos.c.state == PhotoState.ACCEPTED.value)
        .values(_columns(changes))
    )
    return bool(result.rowcount)


async def of_album(connection: AsyncConnection, album_id: int) -> list[PhotoRecord]:
    """Return an album's photos in the seller's order."""
    rows = await connection.execute(
        sa.select(photos)
        .where(photos.c.album_id == album_id)
        .order_by(photos.c.message_id, photos.c.id)
    )
    return [_typed(value(row, PhotoRecord)) for row in rows.mappings()]


RECENT = 12
"""Backdrops of a seller's that count as used lately."""


async def recent_backdrops(connection: AsyncConnection, seller_id: int) -> list[str]:
    """Return references to the backdrops of a seller's photos, the one used last first."""
    last = sa.func.max(photos.c.id)
    rows = await connection.execute(
        sa.select(photos.c.wanted_backdrop)
        .where(photos.c.seller_id == seller_id, photos.c.wanted_backdrop.is_not(None))
        .group_by(photos.c.wanted_backdrop)
        .order_by(last.desc())
        .limit(RECENT)
    )
    return list(rows.scalars())


@dataclass(frozen=True, slots=True)
class Queue:
    """What is not cut out yet: before a photo, of its seller, of all."""

    ahead: int
    own: int
    all: int


async def queue_of(connection: AsyncConnection, photo: PhotoRecord) -> Queue:
    """Count the photos that wait with this one."""
    count = sa.func.count()
    query = sa.select(
        count.filter(photos.c.id < photo.id),
        count.filter(photos.c.seller_id == photo.seller_id),
        count,
    ).where(photos.c.state == PhotoState.ACCEPTED.value)
    return Queue(*(await connection.execute(query)).one())


async def update(connection: AsyncConnection, photo_id: int, **changes: Unpack[Changes]) -> None:
    """Change one photo."""
    query = sa.update(photos).where(photos.c.id == photo_id)
    await connection.execute(query.values(_columns(changes)))


def _columns(changes: Changes) -> dict[str, object]:
    return {
        name: str(value) if isinstance(value, StrEnum | RenderKey | Waiting) else value
        for name, value in changes.items()
    }


async def _one(connection: AsyncConnection, query: sa.Select[Any]) -> PhotoRecord | None:
    photo = await one(connection, query, PhotoRecord)
    return photo and _typed(photo)


def _typed(photo: PhotoRecord) -> PhotoRecord:
    """Make values of the columns that hold them as text."""
    drawn, shown = (parse(cast("str | None", line)) for line in (photo.drawn, photo.shown))
    return replace(
        photo,
        state=PhotoState(photo.state),
        view=View(photo.view),
        drawn=drawn if isinstance(drawn, RenderKey) else None,
        shown=shown,
    )
