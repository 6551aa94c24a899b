"""What each seller used of the day's limits, kept under a pseudonym that outlives ``/forget``.

Rows name their owner by a keyed hash of the seller's number; the key is drawn when the database is
made and never leaves it. They are deleted once no limit counts them any more.
"""

from __future__ import annotations

import hashlib
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from storage.rows import insert_new
from storage.tables import caption_costs, quotas, secrets, usage

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

DAY: Final = 86_400.0
PSEUDONYMS: Final = "pseudonyms"
"""The name of the secret that keys the hashes."""


class Used(StrEnum):
    """What is counted: accepted pictures, captions and scenes that were asked for, exports.

    ``REFUSED_ALBUM`` marks an album whose first photo was over the limit, by its ``detail``.
    """

    PICTURE = "picture"
    CAPTION = "caption"
    SCENE = "scene"
    EXPORT = "export"
    REFUSED_ALBUM = "refused-album"


async def pseudonym(connection: AsyncConnection, seller_id: int) -> str:
    """Return the 32 hexadecimal digits that stand for a seller in this database."""
    return hashed(seller_id, await secret(connection))


async def secret(connection: AsyncConnection) -> bytes:
    """Return what keys the hashes; a connection asks for it once."""
    kept: bytes | None = connection.info.get(PSEUDONYMS)
    if kept is None:
        query = sa.select(secrets.c.value).where(secrets.c.name == PSEUDONYMS)
        kept = bytes.fromhex((await connection.execute(query)).scalar_one())
        connection.info[PSEUDONYMS] = kept
    return kept


def hashed(seller_id: int, key: bytes) -> str:
    """Return the 32 hexadecimal digits that stand for a seller under a key."""
    return hashlib.blake2b(str(seller_id).encode(), key=key, digest_size=16).hexdigest()


async def note(connection: AsyncConnection, owner: str, what: Used, detail: str = "") -> int:
    """Count one use by a pseudonym and return the entry's id.

    The caller holds the seller's row, so that nobody else counts for them meanwhile.
    """
    result = await connection.execute(
        sa.insert(usage)
        .values(owner=owner, what=what.value, detail=detail, created_at=time.time())
        .returning(usage.c.id)
    )
    return int(result.scalar_one())


async def refund(connection: AsyncConnection, entry: int) -> None:
    """Delete an entry of something that came to nothing and cost nothing."""
    await connection.execute(sa.delete(usage).where(usage.c.id == entry))


async def counts(
    connection: AsyncConnection, owner: str, what: Used, *moments: float, detail: str = ""
) -> tuple[int, ...]:
    """Count an owner's uses after each of ``moments``, Unix time."""
    of: sa.Select[*tuple[Any, ...]] = sa.select(
        *(sa.func.count().filter(usage.c.created_at > moment) for moment in moments)
    ).where(usage.c.owner == owner, usage.c.what == what.value, usage.c.detail == detail)
    return tuple((await connection.execute(of)).one())


async def quota(connection: AsyncConnection, owner: str) -> int | None:
    """Return the pictures a day that the operator allows this owner; None for everyone's limit."""
    query = sa.select(quotas.c.photos_a_day).where(quotas.c.owner == owner)
    return await connection.scalar(query)


async def allow(connection: AsyncConnection, owner: str, photos_a_day: int | None) -> None:
    """Set an owner's own limit; None gives back everyone's. It stays until the operator's next."""
    if photos_a_day is None:
        await connection.execute(sa.delete(quotas).where(quotas.c.owner == owner))
    elif not await insert_new(connection, quotas, owner=owner, photos_a_day=photos_a_day):
        await connection.execute(
            sa.update(quotas).where(quotas.c.owner == owner).values(photos_a_day=photos_a_day)
        )


async def delete_expired(connection: AsyncConnection, most: int) -> None:
    """Delete at most ``most`` entries that are a day old, and the owners of such caption costs."""
    past = time.time() - DAY
    old = sa.select(usage.c.id).where(usage.c.created_at < past).limit(most)
    await connection.execute(sa.delete(usage).where(usage.c.id.in_(old)))
    await connection.execute(
        sa.update(caption_costs)
        .where(caption_costs.c.created_at < past, caption_costs.c.owner.is_not(None))
        .values(owner=None)
    )
