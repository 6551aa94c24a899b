"""SQLite in a folder: how it is opened, and the lock that keeps a second process out."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from filelock import FileLock, Timeout
from sqlalchemy.ext.asyncio import create_async_engine

from pipeline.errors import AlreadyRunningError, StorageError
from storage import private
from storage.sqlite_connection import connect

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncEngine

BUSY_SECONDS = 5
CONNECTIONS = 24
"""Kept open: as many as jobs run at a time. One more is opened and closed at each use."""


class FolderLock:
    """A lock file in the data folder; it frees itself when its process dies."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is made when the lock is taken."""
        self._folder = folder
        self._lock = FileLock(folder / "vitrina.lock")

    def take(self) -> None:
        """Take it. Raises AlreadyRunningError, or StorageError where nothing can be written."""
        try:
            private.make(self._folder)
            self._lock.acquire(blocking=False)
        except Timeout as error:
            message = f"another vitrina process uses {self._folder}; stop it first"
            raise AlreadyRunningError(message) from error
        except OSError as error:
            raise StorageError(f"cannot write to {self._folder}: {error}") from error

    def release(self) -> None:
        """Give the folder back."""
        self._lock.release()


def engines(url: sa.URL) -> tuple[AsyncEngine, AsyncEngine]:
    """Open the engines for writing and for reading: WAL, flushed by ``flush``.

    A write transaction starts with BEGIN IMMEDIATE, so that what it reads cannot change under
    it.
    """
    writer = create_async_engine(
        url.set(drivername="sqlite+aiosqlite"),
        async_creator=partial(connect, str(url.database)),
        pool_size=CONNECTIONS,
        # The few that are used last hold pages; in turn all would fill their caches, 2 MB each.
        pool_use_lifo=True,
        hide_parameters=True,
    )
    sa.event.listen(writer.sync_engine, "connect", _prepare)
    make_transactional(writer.sync_engine)
    return writer, writer.execution_options(reads_only=True)


async def flush(database: Path) -> None:
    """Wait until the log beside a database is on the disk. Raises StorageError.

    With ``synchronous=NORMAL`` SQLite flushes around each checkpoint only.
    https://www.sqlite.org/pragma.html#pragma_synchronous
    """
    log = database.with_name(f"{database.name}-wal")
    try:
        await asyncio.to_thread(_flush, log)
    except OSError as error:
        raise StorageError(f"{log.name} cannot be flushed: {error}") from error


async def purge(database: Path) -> bool:
    """Take the log over into the database and cut it to nothing; False while somebody reads.

    Until then the log holds pages as they were, with the words of sellers who are forgotten.
    https://www.sqlite.org/pragma.html#pragma_wal_checkpoint
    """
    return await asyncio.to_thread(_purge, database)


def _purge(database: Path) -> bool:
    with closing(sqlite3.connect(database, timeout=BUSY_SECONDS)) as plain:
        busy, _, _ = plain.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def _flush(log: Path) -> None:
    try:
        handle = os.open(log, os.O_RDONLY)
    except FileNotFoundError:  # it was taken over into the database
        return
    try:
        os.fdatasync(handle)
    finally:
        os.close(handle)


def make_transactional(engine: sa.Engine) -> None:
    """Begin transactions where SQLAlchemy does; the driver must not by itself."""
    sa.event.listen(engine, "connect", _leave_to_us)
    sa.event.listen(engine, "begin", _begin)


def _leave_to_us(connection: Any, _record: object) -> None:
    connection.isolation_level = None


def _prepare(connection: Any, _record: object) -> None:
    """Set up one connection."""
    connection.isolation_level = None  # the first pragma cannot run inside a transaction
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA secure_delete=ON")  # what is deleted is overwritten, not only unlinked
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    reads_only = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
