"""PostgreSQL: how it is opened, and what must be there before the migrations run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import sqlalchemy as sa
from procrastinate.schema import SchemaManager
from sqlalchemy.ext.asyncio import create_async_engine

from pipeline.errors import SettingsError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

MIGRATION_LOCK = 0x76697472
"""Keys of advisory locks are the project's own numbers; this one spells "vitr"."""
POOL = 10
NOT_WAITED_FOR = "-c synchronous_commit=off"
"""Options of connections whose commits do not wait for the disk."""


def normal(url: str) -> sa.URL:
    """Read DATABASE_URL. Raises SettingsError where it names no PostgreSQL."""
    try:
        parsed = sa.engine.make_url(url)
    except sa.exc.ArgumentError as error:
        raise SettingsError("DATABASE_URL is no URL of a database") from error
    if parsed.get_backend_name() not in {"postgresql", "postgres"}:
        raise SettingsError("DATABASE_URL must begin with postgresql://; empty takes SQLite")
    return parsed.set(drivername="postgresql+psycopg")


def conninfo(url: sa.URL) -> str:
    """Return the address as libpq reads it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def engines(url: sa.URL) -> tuple[AsyncEngine, AsyncEngine]:
    """Open the engines for writing and for reading.

    Connections are not tried before they are used: whoever meets one that died with the server
    waits for the database as if it were away, and all others are replaced.
    """
    writer = create_async_engine(
        url,
        pool_size=POOL,
        max_overflow=0,
        connect_args={"options": NOT_WAITED_FOR},
        hide_parameters=True,
    )
    sa.event.listen(writer.sync_engine, "handle_error", _hide_values)
    return writer, writer.execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True, reads_only=True
    )


def _hide_values(context: sa.engine.ExceptionContext) -> None:
    """Leave out of an error what PostgreSQL quotes from the row, as ``hide_parameters`` does ours.

    https://www.psycopg.org/psycopg3/docs/api/errors.html#psycopg.errors.Diagnostic
    """
    error = context.original_exception
    if isinstance(error, psycopg.Error) and error.diag.message_primary is not None:
        name = type(error).__name__
        # A data exception, class 22, quotes the value even there.
        line = name if (error.sqlstate or "").startswith("22") else error.diag.message_primary
        error.args = (line,)
        if context.sqlalchemy_exception is not None:
            context.sqlalchemy_exception.args = (f"({name}) {line}",)


def flusher(url: sa.URL) -> AsyncEngine:
    """Open the one connection whose commits are waited for; see ``flush``."""
    return create_async_engine(
        url, pool_size=1, max_overflow=0, isolation_level="AUTOCOMMIT", hide_parameters=True
    )


async def flush(flusher: AsyncEngine) -> None:
    """Wait until all that is committed is on the disk.

    A commit is flushed with all before it, but only if it wrote something: the message does.
    """
    async with flusher.connect() as connection:
        await connection.execute(sa.select(sa.func.pg_logical_emit_message(True, "", "")))


def prepare(connection: sa.Connection) -> None:
    """Lock out other migrating processes until the commit, and lay procrastinate's own tables."""
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
    if connection.scalar(sa.select(sa.func.to_regclass("procrastinate_jobs"))) is None:
        cursor = connection.connection.cursor()
        cursor.execute(SchemaManager.get_schema())
        cursor.close()
