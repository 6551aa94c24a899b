"""What a seller's next message is taken for: a background, its title, a fact, a logo and so on."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage.backdrops import Purpose
from storage.rows import one
from storage.tables import awaited

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

SECONDS = 15 * 60.0
"""After this long a seller has forgotten what was asked, and a photo is a product again."""


class AwaitedKind(StrEnum):
    """What is awaited."""

    BACKDROP = "backdrop"
    TITLE = "title"
    PRICE = "price"
    SIZE = "size"
    HEIGHT = "height"
    MEASURE = "measure"
    CLAIM = "claim"
    LOGO = "logo"
    COLOURS = "colours"
    SCENE = "scene"


@dataclass(frozen=True, slots=True)
class Awaited:
    """``target`` is a background's purpose, as its code; the background that gets a title; a photo.

    What is not a background or a title is a fact or a claim of that photo; a logo and the colours
    of a brand have no target.
    """

    what: AwaitedKind
    target: int
    until: float

    @property
    def purpose(self) -> Purpose:
        """What the awaited background is for."""
        return Purpose.of(self.target)


async def expect_backdrop(connection: AsyncConnection, seller_id: int, purpose: Purpose) -> None:
    """Take the seller's next picture for a background; what was awaited before is dropped."""
    await _expect(connection, seller_id, AwaitedKind.BACKDROP, purpose.code)


async def expect_title(connection: AsyncConnection, seller_id: int, backdrop_id: int) -> None:
    """Take the seller's next words for a background's title; what was awaited is dropped."""
    await _expect(connection, seller_id, AwaitedKind.TITLE, backdrop_id)


async def expect_fact(
    connection: AsyncConnection, seller_id: int, what: AwaitedKind, photo_id: int
) -> None:
    """Take the seller's next words for a fact about a photo; what was awaited is dropped."""
    await _expect(connection, seller_id, what, photo_id)


async def expect_claim(connection: AsyncConnection, seller_id: int, photo_id: int) -> None:
    """Take the seller's next words for claims of a card; what was awaited is dropped."""
    await _expect(connection, seller_id, AwaitedKind.CLAIM, photo_id)


async def expect_brand(connection: AsyncConnection, seller_id: int, what: AwaitedKind) -> None:
    """Take the seller's next picture for a logo, or words for colours; the rest is dropped."""
    await _expect(connection, seller_id, what, 0)


async def expect_scene(connection: AsyncConnection, seller_id: int, photo_id: int) -> None:
    """Take the seller's next words for a scene for a photo; what was awaited is dropped."""
    await _expect(connection, seller_id, AwaitedKind.SCENE, photo_id)


async def _expect(
    connection: AsyncConnection, seller_id: int, what: AwaitedKind, target: int
) -> None:
    await forget(connection, seller_id)
    await connection.execute(
        sa.insert(awaited).values(
            seller_id=seller_id, what=what.value, target=target, until=time.time() + SECONDS
        )
    )


async def expected(
    connection: AsyncConnection, seller_id: int, what: AwaitedKind
) -> Awaited | None:
    """Return what is awaited of the seller if it is of this kind and not too old."""
    query = sa.select(awaited).where(
        awaited.c.seller_id == seller_id,
        awaited.c.what == what.value,
        awaited.c.until > time.time(),
    )
    return await one(connection, query, Awaited)


async def anything(connection: AsyncConnection, seller_id: int) -> Awaited | None:
    """Return what is awaited of the seller, whatever it is, if it is not too old."""
    query = sa.select(awaited).where(
        awaited.c.seller_id == seller_id, awaited.c.until > time.time()
    )
    return await one(connection, query, Awaited)


async def forget_fact(connection: AsyncConnection, seller_id: int) -> None:
    """Await no fact and no claim any more: another photo has come since it was asked for."""
    others = [
        AwaitedKind.BACKDROP.value,
        AwaitedKind.TITLE.value,
        AwaitedKind.LOGO.value,
        AwaitedKind.COLOURS.value,
    ]
    await connection.execute(
        sa.delete(awaited).where(awaited.c.seller_id == seller_id, awaited.c.what.not_in(others))
    )


async def forget(connection: AsyncConnection, seller_id: int) -> bool:
    """Await nothing more; tell whether something was awaited."""
    result = await connection.execute(
        sa.delete(awaited).where(awaited.c.seller_id == seller_id).returning(awaited.c.until)
    )
    until = result.scalar_one_or_none()
    return until is not None and until > time.time()
