"""The database: its engine, its two kinds of transaction, its migrations, its lock."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from filelock import FileLock, Timeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from pipeline.errors import AlreadyRunningError, StorageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 5


class Database:
    """SQLite in a data folder: WAL, ``synchronous=FULL``, one process at a time.

    A write transaction starts with BEGIN IMMEDIATE, so that what it reads cannot change under
    it; a committed one is on the disk.
    """

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is opened yet."""
        self.path = folder / "vitrina.sqlite3"
        self._lock = FileLock(folder / "vitrina.lock")
        self._reader: AsyncEngine | None = None
        self._writer: AsyncEngine | None = None
        self.changed = asyncio.Event()
        """Set after every committed write transaction; the job engine waits on it."""

    async def open(self) -> None:
        """Take the folder's lock, bring the tables up to date, and open the engines.

        Raises AlreadyRunningError where another process holds the folder, StorageError where it
        cannot be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(blocking=False)
        except Timeout as error:
            message = f"another vitrina process uses {self.path.parent}; stop it first"
            raise AlreadyRunningError(message) from error
        except OSError as error:
            raise StorageError(f"cannot write to {self.path.parent}: {error}") from error
        try:
            await asyncio.to_thread(migrate, self.path)
        except sa.exc.SQLAlchemyError as error:
            self._lock.release()
            raise StorageError(f"{self.path} cannot be used: {error}") from error
        self._writer = create_async_engine(f"sqlite+aiosqlite:///{self.path}")
        sa.event.listen(self._writer.sync_engine, "connect", _prepare)
        sa.event.listen(self._writer.sync_engine, "begin", _begin_immediate)
        self._reader = self._writer.execution_options(reads_only=True)

    async def aclose(self) -> None:
        """Close all connections and give the folder back."""
        if self._writer is not None:
            await self._writer.dispose()
        self._lock.release()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection inside a write transaction, committed at the end of the block."""
        if self._writer is None:
            raise StorageError("the database is not open")
        async with self._writer.begin() as connection:
            yield connection
        self.changed.set()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection inside a read transaction: one consistent snapshot."""
        if self._reader is None:
            raise StorageError("the database is not open")
        async with self._reader.connect() as connection:
            yield connection


def migrate(path: Path, revision: str = "head") -> None:
    """Bring the database file at ``path`` to a revision of the migration chain."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


def _prepare(connection: Any, _record: object) -> None:
    """Set up one SQLite connection; the driver must not begin transactions by itself."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    cursor.close()


def _begin_immediate(connection: sa.Connection) -> None:
    reads_only = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
