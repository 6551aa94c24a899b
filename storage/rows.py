"""Rows as values, and what the two databases say differently."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    import sqlalchemy as sa
    from _typeshed import DataclassInstance
    from sqlalchemy.ext.asyncio import AsyncConnection

V = TypeVar("V", bound="DataclassInstance")


async def one(connection: AsyncConnection, query: sa.Select[Any], kind: type[V]) -> V | None:
    """Return the only row of ``query`` as a dataclass of ``kind``; None where there is none.

    Inside a write transaction the row cannot change until its end: PostgreSQL locks it, and
    SQLite lets nobody else write.
    """
    row = (await connection.execute(locked(connection, query))).mappings().one_or_none()
    return None if row is None else value(row, kind)


def locked(connection: AsyncConnection, query: sa.Select[Any]) -> sa.Select[Any]:
    """Have ``query`` lock what it reads, as ``one`` does, where the transaction writes."""
    if connection.sync_connection.get_execution_options().get("reads_only", False):  # type: ignore[union-attr]  # None before it is opened
        return query
    return query.with_for_update(key_share=True)


def value(row: sa.RowMapping, kind: type[V], table: sa.Table | None = None) -> V:
    """Make a dataclass of the columns, of ``table`` among joined ones, called like its fields."""
    columns = {
        field.name: field.name if table is None else table.c[field.name] for field in fields(kind)
    }
    return kind(**{name: row[column] for name, column in columns.items()})


async def insert_new(connection: AsyncConnection, table: sa.Table, **values: object) -> bool:
    """Insert a row unless its primary key is there already; tell whether it was inserted."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    (key,) = table.primary_key
    result = await connection.execute(
        insert(table).values(**values).on_conflict_do_nothing().returning(key)
    )
    return result.scalar_one_or_none() is not None
