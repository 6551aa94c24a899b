"""Rows as values."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import sqlalchemy as sa
    from _typeshed import DataclassInstance
    from sqlalchemy.ext.asyncio import AsyncConnection

V = TypeVar("V", bound="DataclassInstance")


async def one(connection: AsyncConnection, query: sa.Select[Any], kind: type[V]) -> V | None:
    """Return the only row of ``query`` as a dataclass of ``kind``; None where there is none."""
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else value(row, kind)


def value(row: sa.RowMapping, kind: type[V]) -> V:
    """Make a dataclass of the columns that are called like its fields."""
    return kind(**{field.name: row[field.name] for field in fields(kind)})
