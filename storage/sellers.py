"""Sellers and what they prefer."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa

from pipeline.errors import StorageError
from storage.rows import insert_new, one
from storage.tables import sellers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    SellerValue: TypeAlias = str | bool | int | Sequence[str] | Mapping[str, Any] | None
    """What a column of a seller's preferences holds."""


@dataclass(frozen=True, slots=True)
class Seller:
    """One user of the bot.

    ``default_backdrop`` is a reference (``preset:NAME``, ``own:ID``) or None to be asked; with
    ``automatic`` it is used without a tap. ``format``, ``shadow`` and ``margin`` are names of
    the picture's style. ``caption_language`` None is the chat's, ``market`` None no marketplace in
    particular. ``album_captions`` is "one" or "each".
    ``markets`` are all that a pack is made for, ``market`` first, and ``before_market`` the columns
    as they were before ``market`` set them. ``outside`` allows photos and words to go to the
    services of the captions. ``muted`` declines broadcasts.
    """

    id: int
    language: str
    tone: str
    default_backdrop: str | None
    format: str
    shadow: str
    margin: str
    caption_length: str
    caption_language: str | None
    market: str | None
    markets: Sequence[str] | None
    before_market: Mapping[str, Any] | None
    emoji: bool
    album_captions: str
    automatic: bool
    outside: bool
    muted: bool


async def get_or_create(connection: AsyncConnection, seller_id: int, *, language: str) -> Seller:
    """Return the seller; a new one is written down in ``language``."""
    known = await find(connection, seller_id)
    if known is not None:
        return known
    await insert_new(
        connection,
        sellers,
        id=seller_id,
        language=language,
        tone="selling",
        created_at=time.time(),
    )
    return await get(connection, seller_id)


async def get(connection: AsyncConnection, seller_id: int) -> Seller:
    """Return a seller that was met before. Raises StorageError for any other."""
    seller = await find(connection, seller_id)
    if seller is None:
        raise StorageError("this seller was never met, or is forgotten")
    return seller


async def find(connection: AsyncConnection, seller_id: int) -> Seller | None:
    """Return a seller, or None where there was no contact yet."""
    return await one(connection, sa.select(sellers).where(sellers.c.id == seller_id), Seller)


async def count_results(connection: AsyncConnection, seller_id: int, more: int) -> int:
    """Count results that were shown to a seller and return how many there have been."""
    result = await connection.execute(
        sa.update(sellers)
        .where(sellers.c.id == seller_id)
        .values(results=sellers.c.results + more)
        .returning(sellers.c.results)
    )
    return int(result.scalar_one())


async def update(connection: AsyncConnection, seller_id: int, **values: SellerValue) -> None:
    """Set columns of a seller's preferences."""
    await connection.execute(sa.update(sellers).where(sellers.c.id == seller_id).values(**values))
