"""The cards of photos: what each message shows, and the claims that its seller has edited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.rows import one
from storage.tables import cards, photos

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class CardRecord:
    """A photo's card. ``panel_id`` is its message, ``shown`` what stands there.

    ``template`` is None where the message offers all of them. ``claims`` are
    ``{"text", "source"}`` each; None until a card was drawn. With ``is_edited`` they are the
    seller's, otherwise the newest listing's.
    """

    id: int
    photo_id: int
    template: str | None
    format: str | None
    claims: Sequence[Mapping[str, str]] | None
    is_edited: bool
    title: str | None
    panel_id: int | None
    shown: str | None
    page: str


async def of_photo(connection: AsyncConnection, photo_id: int) -> CardRecord | None:
    """Return a photo's card, None where none was asked for."""
    return await one(connection, sa.select(cards).where(cards.c.photo_id == photo_id), CardRecord)


async def get_or_create(connection: AsyncConnection, photo_id: int) -> CardRecord:
    """Return a photo's card; a new one has no template yet.

    Inside a transaction that has locked the photo's row, so that there are never two.
    """
    known = await of_photo(connection, photo_id)
    if known is None:
        await connection.execute(sa.insert(cards).values(photo_id=photo_id))
        known = await of_photo(connection, photo_id)
    assert known is not None  # noqa: S101 - it was inserted in this very transaction
    return known


async def by_message(
    connection: AsyncConnection, seller_id: int, chat_id: int, message_id: int
) -> CardRecord | None:
    """Return the seller's card that a chat message shows."""
    query = (
        sa.select(cards)
        .join(photos, photos.c.id == cards.c.photo_id)
        .where(
            photos.c.seller_id == seller_id,
            photos.c.chat_id == chat_id,
            cards.c.panel_id == message_id,
        )
        .limit(1)
    )
    return await one(connection, query, CardRecord)


async def latest(connection: AsyncConnection, seller_id: int) -> CardRecord | None:
    """Return the seller's newest card that has a template, of a photo that can still be used."""
    query = (
        sa.select(cards)
        .join(photos, photos.c.id == cards.c.photo_id)
        .where(
            photos.c.seller_id == seller_id,
            photos.c.state == "ready",
            cards.c.template.is_not(None),
        )
        .order_by(cards.c.photo_id.desc())
        .limit(1)
    )
    return await one(connection, query, CardRecord)


async def update(connection: AsyncConnection, photo_id: int, **values: Any) -> None:
    """Set columns of a photo's card."""
    await connection.execute(sa.update(cards).where(cards.c.photo_id == photo_id).values(**values))


async def keep_claims(
    connection: AsyncConnection, photo_id: int, claims: Sequence[Mapping[str, str]]
) -> None:
    """Keep the claims that a card was drawn with, unless its seller has edited them."""
    drawn = sa.update(cards).where(cards.c.photo_id == photo_id, cards.c.is_edited.is_(False))
    await connection.execute(drawn.values(claims=[dict(one) for one in claims]))
