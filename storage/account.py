"""All that is kept about one seller: counted, read, deleted.

The tables say themselves what belongs to whom, by a column ``seller_id`` or ``photo_id``, and
where files are named, by a column ``file`` or ``*_file``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage import costs, job_rows
from storage.tables import backdrops, captions, jobs, metadata, photos, sellers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much is kept about a seller."""

    photos: int
    captions: int
    backdrops: int


def belongings(seller_id: int) -> Iterator[tuple[sa.Table, sa.ColumnElement[bool]]]:
    """Name every table that holds something of a seller, those that refer to others first."""
    mine = sa.select(photos.c.id).where(photos.c.seller_id == seller_id)
    for table in reversed(metadata.sorted_tables):
        if table is sellers:
            yield table, table.c.id == seller_id
        elif "seller_id" in table.c:
            yield table, table.c.seller_id == seller_id
        elif "photo_id" in table.c:
            yield table, table.c.photo_id.in_(mine)


def file_columns(table: sa.Table) -> list[sa.Column[Any]]:
    """Return the columns that hold keys of the file store."""
    return [column for column in table.c if column.name == "file" or column.name.endswith("_file")]


async def holdings(connection: AsyncConnection, seller_id: int) -> Holdings:
    """Count what a seller would care about."""
    counts = {}
    for table, condition in belongings(seller_id):
        if table in {photos, captions, backdrops}:
            query = sa.select(sa.func.count()).select_from(table).where(condition)
            counts[table.name] = await connection.scalar(query) or 0
    return Holdings(counts["photos"], counts["captions"], counts["backdrops"])


async def everything(
    connection: AsyncConnection, seller_id: int
) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of a seller, by table."""
    found = {}
    for table, condition in belongings(seller_id):
        rows = await connection.execute(sa.select(table).where(condition))
        found[table.name] = [dict(row) for row in rows.mappings()]
    return found


async def forget(connection: AsyncConnection, seller_id: int) -> list[str]:
    """Delete all rows of a seller; return the keys of files that no other row names.

    What captions cost stays, as nobody's, so that the day's sum stays true.
    """
    await costs.forget(connection, seller_id)
    named: set[str] = set()
    for table, condition in belongings(seller_id):
        for column in file_columns(table):
            query = sa.select(column).where(condition, column.is_not(None))
            named |= set(await connection.scalars(query))
    for table, condition in belongings(seller_id):
        await connection.execute(sa.delete(table).where(condition))
    return sorted(named)


async def still_named(connection: AsyncConnection, keys: set[str]) -> set[str]:
    """Return those of ``keys`` that any row names, or a job that is still to be done."""
    found: set[str] = set()
    for table in metadata.sorted_tables:
        for column in file_columns(table):
            found |= set(await connection.scalars(sa.select(column).where(column.in_(keys))))
    for key in keys - found:
        waiting = sa.exists().where(
            jobs.c.state.in_(job_rows.OPEN), sa.cast(jobs.c.payload, sa.Text).contains(key)
        )
        if await connection.scalar(sa.select(waiting)):
            found.add(key)
    return found


async def all_named(connection: AsyncConnection) -> set[str]:
    """Return the keys of all files that any row names, or a job that is still to be done."""
    found: set[str] = set()
    for table in metadata.sorted_tables:
        for column in file_columns(table):
            found |= set(await connection.scalars(sa.select(column).where(column.is_not(None))))
    waiting = sa.select(jobs.c.payload).where(jobs.c.state.in_(job_rows.OPEN))
    for payload in await connection.scalars(waiting):
        found |= {value for value in payload.values() if isinstance(value, str)}
    return found
