"""All that is kept about one seller: counted, read, deleted.

The tables say themselves what belongs to whom, by a column ``seller_id`` or ``photo_id``, and
where files are named, by a column ``file`` or ``*_file``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage import costs, job_rows, usage
from storage.jobs import JobKind
from storage.tables import backdrops, captions, jobs, metadata, photos, quotas, sellers
from storage.tables import usage as limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much is kept about a seller."""

    photos: int
    captions: int
    backdrops: int


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that a row of a seller's names: its key in the store, and what to call it.

    ``place`` orders the files of a seller: table, row, column.
    """

    place: tuple[int, int, int]
    key: str
    name: str


def owned_rows(seller_id: int) -> Iterator[tuple[sa.Table, sa.ColumnElement[bool]]]:
    """Yield each table with a seller's rows and the condition for them, referring tables first."""
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
    """Count a seller's photos, captions and own backgrounds."""
    counts = {}
    for table, condition in owned_rows(seller_id):
        if table in {photos, captions, backdrops}:
            query = sa.select(sa.func.count()).select_from(table).where(condition)
            counts[table.name] = await connection.scalar(query) or 0
    return Holdings(counts["photos"], counts["captions"], counts["backdrops"])


async def all_rows(connection: AsyncConnection, seller_id: int) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of a seller, by table."""
    found = {}
    for table, condition in owned_rows(seller_id):
        rows = await connection.execute(sa.select(table).where(condition))
        found[table.name] = [dict(row) for row in rows.mappings()]
    owner = await usage.pseudonym(connection, seller_id)
    for table in (limits, quotas):
        rows = await connection.execute(sa.select(table).where(table.c.owner == owner))
        found[table.name] = [dict(row) for row in rows.mappings()]
    return found


async def files_of(
    connection: AsyncConnection, seller_id: int, after: tuple[int, ...] = ()
) -> list[NamedFile]:
    """Return the files that a seller's rows name behind a place, in order, each file once."""
    found: dict[str, NamedFile] = {}
    for number, (table, condition) in enumerate(owned_rows(seller_id)):
        columns = file_columns(table)
        if not columns:
            continue
        rows = await connection.execute(
            sa.select(table.c.id, *columns).where(condition).order_by(table.c.id)
        )
        for row_id, *keys in rows:
            for place, (column, key) in enumerate(zip(columns, keys, strict=True)):
                if key is not None and key not in found:
                    name = f"{table.name}/{row_id}-{column.name}"
                    found[key] = NamedFile((number, row_id, place), key, name)
    return [file for file in found.values() if file.place > after]


async def forget(connection: AsyncConnection, seller_id: int) -> list[str]:
    """Delete all rows of a seller; return the keys of files that no other row names.

    What was used of the day's limits and what captions cost stays under a pseudonym until the day
    is over, and the operator's quota until the operator lifts it.
    """
    await costs.forget(connection, seller_id)
    named: set[str] = set()
    for table, condition in owned_rows(seller_id):
        for column in file_columns(table):
            query = sa.select(column).where(condition, column.is_not(None))
            named |= set(await connection.scalars(query))
    for table, condition in owned_rows(seller_id):
        await connection.execute(sa.delete(table).where(condition))
    return sorted(named)


async def referenced(connection: AsyncConnection, keys: set[str], *, besides: int = 0) -> set[str]:
    """Return those of ``keys`` that a row or the payload of an open job names.

    But for the job ``besides``, by its id.
    """
    columns = [column for table in metadata.sorted_tables for column in file_columns(table)]
    named = sa.union_all(*(sa.select(column).where(column.in_(keys)) for column in columns))
    found = set(await connection.scalars(named))
    for key in keys - found:
        waiting = sa.exists().where(
            jobs.c.state.in_(job_rows.OPEN),
            jobs.c.id != besides,
            sa.cast(jobs.c.payload, sa.Text).contains(key),
        )
        if await connection.scalar(sa.select(waiting)):
            found.add(key)
    return found


async def all_referenced(connection: AsyncConnection) -> set[str]:
    """Return the keys of all files that a row or the payload of an open job names.

    But for the jobs that erase: what these name is to go.
    """
    found: set[str] = set()
    for table in metadata.sorted_tables:
        for column in file_columns(table):
            found |= set(await connection.scalars(sa.select(column).where(column.is_not(None))))
    waiting = sa.select(jobs.c.payload).where(
        jobs.c.state.in_(job_rows.OPEN), jobs.c.kind != JobKind.ERASE.value
    )
    for payload in await connection.scalars(waiting):
        found |= set(_strings(payload))
    return found


def _strings(told: object) -> Iterator[str]:
    """Yield the strings of a JSON value, however deep."""
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict | list):
        for one in told.values() if isinstance(told, dict) else told:
            yield from _strings(one)
