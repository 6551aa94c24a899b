"""How each seller's cards look: their logo, colours and the like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage.rows import one
from storage.tables import brands

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class BrandRecord:
    """A seller's brand kit; what is None is as our own cards have it.

    ``primary_colour`` and ``secondary_colour`` are "#rrggbb", the others names of pipeline/cards.
    ``logo_file`` is a PNG without its background. ``panel_id`` is the message of /brand, ``page``
    that of its buttons.
    """

    seller_id: int
    primary_colour: str | None = None
    secondary_colour: str | None = None
    fonts: str | None = None
    corners: str | None = None
    price_tag: str | None = None
    watermark: bool = False
    logo_file: str | None = None
    panel_id: int | None = None
    page: str = "main"


async def of_seller(connection: AsyncConnection, seller_id: int) -> BrandRecord:
    """Return a seller's brand kit; where none is kept, one in which nothing is set."""
    query = sa.select(brands).where(brands.c.seller_id == seller_id)
    return await one(connection, query, BrandRecord) or BrandRecord(seller_id)


async def update(
    connection: AsyncConnection, seller_id: int, **values: str | bool | int | None
) -> BrandRecord:
    """Set columns of a seller's brand kit and return it.

    Inside a transaction that has locked the seller's row, so that there are never two.
    """
    changed = sa.update(brands).where(brands.c.seller_id == seller_id).values(**values)
    if not (await connection.execute(changed)).rowcount:
        await connection.execute(sa.insert(brands).values(seller_id=seller_id, **values))
    return await of_seller(connection, seller_id)
