"""The database: its engine, its two kinds of transaction, its migrations, its lock."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from pipeline.errors import NewerDatabaseError, StorageError
from storage import postgres, sqlite
from storage.flush import Flush
from storage.priority_gate import PriorityGate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

MIGRATIONS = Path(__file__).parent / "migrations"
FILE = "vitrina.sqlite3"
QUEUED = "queued"


class Database:
    """SQLite in a data folder, which one process holds at a time; or PostgreSQL, for many.

    A committed write transaction is on the disk. The rows that it reads with ``rows.one``
    cannot change under it.
    """

    def __init__(self, folder: Path, url: str | None = None) -> None:
        """Name the folder, or the ``url`` of a PostgreSQL; nothing is opened yet."""
        self.path = folder / FILE
        self.url = postgres.normal(url) if url else sa.engine.make_url(f"sqlite:///{self.path}")
        self._lock = None if url else sqlite.FolderLock(folder)
        self._reader: AsyncEngine | None = None
        self._writer: AsyncEngine | None = None
        self._flusher: AsyncEngine | None = None
        self.gate = PriorityGate(postgres.POOL if url else 1)
        self._reading = self.gate.slot if url else nullcontext
        self.queued = asyncio.Event()
        """Set after this process has committed a job, for the engine that runs them."""

    @property
    def is_shared(self) -> bool:
        """Whether other processes work on it too."""
        return self._lock is None

    async def open(self) -> None:
        """Bring the tables up to date and open the engines; take the folder's lock.

        Raises AlreadyRunningError where another process holds the folder, StorageError where
        the database cannot be used.
        """
        if self._lock is not None:
            self._lock.take()
        try:
            await asyncio.to_thread(migrate, self.url)
        except NewerDatabaseError:
            await self.aclose()
            raise
        except (sa.exc.SQLAlchemyError, CommandError) as error:
            await self.aclose()
            raise StorageError(f"{_name(self.url)} cannot be used: {_reason(error)}") from error
        self._connect()

    async def open_beside(self) -> None:
        """Open the engines beside the processes that hold the database: no lock, no migration.

        SQLite lets a second process write between the transactions of the first; a bot looks at
        its queue every half a minute. Raises StorageError where there is no database of this
        version.
        """
        if not self.is_shared and not await asyncio.to_thread(self.path.exists):
            raise StorageError(f"there is no database at {self.path}; the bot makes it")
        try:
            behind = await asyncio.to_thread(_look, self.url)
        except sa.exc.SQLAlchemyError as error:
            raise StorageError(f"{_name(self.url)} cannot be used: {_reason(error)}") from error
        if behind:
            raise StorageError("the database is older than this program: start the bot once")
        self._connect()

    def _connect(self) -> None:
        if self.is_shared:
            self._writer, self._reader = postgres.engines(self.url)
            self._flusher = postgres.flusher(self.url)
            self._flush = Flush(partial(postgres.flush, self._flusher))
        else:
            self._writer, self._reader = sqlite.engines(self.url)
            self._flush = Flush(partial(sqlite.flush, self.path))

    async def aclose(self) -> None:
        """Close all connections and give the folder back."""
        if self._writer is not None:
            await self._writer.dispose()
        if self._flusher is not None:
            await self._flusher.dispose()
        if self._lock is not None:
            self._lock.release()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection inside a write transaction, committed at the end of the block."""
        if self._writer is None:
            raise StorageError("the database is not open")
        async with self.gate.slot(), self._writer.begin() as connection:
            connection.info.pop(QUEUED, None)  # what a transaction left that was rolled back
            yield connection
            queued = connection.info.pop(QUEUED, False)
        await self._flush.wait()
        if queued:
            self.queued.set()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection inside a read transaction: one consistent snapshot."""
        if self._reader is None:
            raise StorageError("the database is not open")
        async with self._reading(), self._reader.connect() as connection:
            yield connection

    async def purge(self) -> bool:
        """Have nothing of what was deleted stand in the log; False where it must be tried again.

        PostgreSQL does so by itself, with its checkpoints and its vacuum.
        """
        return self.is_shared or await sqlite.purge(self.path)


def announce(connection: AsyncConnection) -> None:
    """Have the job queue looked at once the connection's transaction is committed."""
    connection.info[QUEUED] = True


def migrate(url: sa.URL | Path, revision: str = "head", *, down: bool = False) -> None:
    """Bring a database to a revision of the migration chain, in one transaction.

    ``url`` may be the path of an SQLite file. On PostgreSQL an advisory lock lets one of several
    starting processes migrate while the others wait.
    """
    if isinstance(url, Path):
        url = sa.engine.make_url(f"sqlite:///{url}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = sa.create_engine(url, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        sqlite.make_transactional(engine)
    try:
        with engine.begin() as connection:
            if revision == "head" and not pending(connection):
                return
            if connection.dialect.name == "postgresql":
                postgres.prepare(connection)
            config.attributes["connection"] = connection
            (command.downgrade if down else command.upgrade)(config, revision)
    finally:
        engine.dispose()


def _look(url: sa.URL) -> list[str]:
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            return pending(connection)
    finally:
        engine.dispose()


def pending(connection: sa.Connection) -> list[str]:
    """Name the revisions that a database lacks. Raises NewerDatabaseError where it is ahead."""
    chain = ScriptDirectory(str(MIGRATIONS))
    found = MigrationContext.configure(connection).get_current_revision()
    known = [script.revision for script in chain.walk_revisions()][::-1]
    if found is None:
        return known
    if found not in known:
        raise NewerDatabaseError(
            f"the database is newer than this program: it is at revision {found}, and this program "
            f"knows those up to {chain.get_current_head()}. Install the newer version again, or "
            "restore the backup that was made before the upgrade; see docs/upgrading.md"
        )
    return known[known.index(found) + 1 :]


def is_passing(error: BaseException) -> bool:
    """Tell whether the database may take the same transaction later: locked, full, or away.

    SQLite calls a missing table operational too, with the code of a wrong statement.
    """
    driver = getattr(error, "orig", None)
    if getattr(driver, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
        return False
    return isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError) or (
        isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated
    )


def _name(url: sa.URL) -> str:
    return str(url.database) if url.drivername == "sqlite" else url.render_as_string()


def _reason(error: Exception) -> str:
    """Return the driver's own line, without SQLAlchemy's page of background."""
    return str(getattr(error, "orig", None) or error).strip()
