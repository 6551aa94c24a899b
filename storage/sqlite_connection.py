"""A connection to SQLite whose thread is asked once per statement.

aiosqlite asks its thread to make a cursor, to run the statement, to fetch the rows, and to close
the cursor. The event loop waits for each of the four, and a transaction of ten statements for
forty, while everybody else waits for the transaction. What SQLAlchemy wants of a driver's cursor:
https://docs.sqlalchemy.org/en/21/core/engines.html#sqlalchemy.create_engine.params.async_creator.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import aiosqlite

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS_AT_ONCE = 64


async def connect(file: str) -> aiosqlite.Connection:
    """Open a database file."""
    return await Connection(partial(sqlite3.connect, file), ROWS_AT_ONCE)


class Connection(aiosqlite.Connection):
    """aiosqlite's connection with cursors of our own.

    What it uses of aiosqlite is private: pinned in pyproject.toml, see tests/unit/test_pins.py.
    """

    def __init__(self, connector: Callable[[], sqlite3.Connection], rows_at_once: int) -> None:
        """Let the process end while the thread runs, as SQLAlchemy does with those it makes."""
        super().__init__(connector, rows_at_once)
        self._thread.daemon = True

    async def visit(self, run: Callable[[sqlite3.Connection], None]) -> None:
        """Call ``run`` once in the connection's thread."""
        await self._execute(lambda: run(self._conn))  # type: ignore[no-untyped-call]  # aiosqlite's

    def cursor(self) -> Cursor:  # type: ignore[override]  # it has no thread to wait for
        """Make a cursor."""
        return Cursor(self)


class Cursor:
    """A statement and all of its rows, in one visit to the connection's thread."""

    def __init__(self, connection: Connection) -> None:
        """Nothing is run yet."""
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        """Be the cursor: there is nothing to wait for."""
        return self

    async def execute(self, statement: str, parameters: Any = ()) -> None:
        """Run a statement and fetch its rows."""
        await self._visit(lambda cursor: cursor.execute(statement, parameters))

    async def executemany(self, statement: str, parameters: Any) -> None:
        """Run a statement once for each of ``parameters``."""
        await self._visit(lambda cursor: cursor.executemany(statement, parameters))

    async def _visit(self, run: Callable[[sqlite3.Cursor], object]) -> None:
        def visit(connection: sqlite3.Connection) -> None:
            with closing(connection.cursor()) as cursor:
                run(cursor)
                self.description = cursor.description
                self._rows = cursor.fetchall() if cursor.description else []
                self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid

        await self._connection.visit(visit)

    async def fetchall(self) -> list[Any]:
        """Give the rows out."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Do nothing: the statement's own cursor is closed already."""
