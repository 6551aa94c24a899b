"""Whether the database and the file store take what the bot gives them."""

from __future__ import annotations

import asyncio
import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline.errors import NewerDatabaseError, SettingsError, StorageError
from storage import postgres
from storage.database import FILE, pending
from vitrina.commands.doctor.finding import Finding, bad, ok

if TYPE_CHECKING:
    from pathlib import Path

    from vitrina.settings import Settings

CONNECT_SECONDS = 8
PROBE_BYTES = 64


async def database(settings: Settings) -> Finding:
    """Connect, and tell how far the tables are behind the program."""
    if settings.database_url is None:
        return await asyncio.to_thread(_sqlite, settings.data_dir / FILE)
    return await asyncio.to_thread(_postgres, settings.database_url.get_secret_value())


def _sqlite(path: Path) -> Finding:
    if not path.exists():
        return ok(f"SQLite, made in {path} at the start")
    engine = sa.create_engine(f"sqlite:///file:{path.absolute()}?mode=ro&uri=true")
    return _judge(engine, f"SQLite in {path}", f"is {path} whole, and yours to read?")


def _postgres(given: str) -> Finding:
    url = postgres.normal(given)
    engine = sa.create_engine(url, connect_args={"connect_timeout": CONNECT_SECONDS})
    name = f"PostgreSQL {url.database} at {url.host or 'a local socket'}"
    return _judge(engine, name, "check DATABASE_URL: host, name, user, password")


def _judge(engine: sa.Engine, name: str, advice: str) -> Finding:
    try:
        with engine.connect() as connection:
            behind = pending(connection)
            if not _may_make_tables(connection):
                return bad(f"{name}: the user may not make tables: GRANT CREATE ON SCHEMA")
    except NewerDatabaseError as error:
        return bad(f"{name}: {error}")
    except sa.exc.SQLAlchemyError as error:
        reason = getattr(error, "orig", None) or error
        return bad(f"{name} cannot be used: {reason}; {advice}")
    finally:
        engine.dispose()
    if not behind:
        return ok(f"{name}, up to date")
    return ok(f"{name}; {len(behind)} migrations are made at the start, after a backup of yours")


def _may_make_tables(connection: sa.Connection) -> bool:
    if connection.dialect.name != "postgresql":
        return True
    told = sa.text("SELECT has_schema_privilege(current_user, current_schema(), 'CREATE')")
    return bool(connection.scalar(told))


async def bucket(settings: Settings) -> Finding:
    """Write, read and delete a small object; with a folder, nothing: `data folder` looks at it."""
    if settings.files_url is None:
        return ok(f"a folder, {settings.data_dir / 'files'}")
    try:
        from storage.s3 import S3Files
    except ModuleNotFoundError as error:
        raise SettingsError("FILES_URL needs the extra: pip install '.[s3]'") from error
    data = b"vitrina doctor " + secrets.token_bytes(PROBE_BYTES)
    try:
        store = S3Files(settings.files_url, endpoint=settings.files_endpoint_url)
        key = await store.put(data)
        same = await store.get(key) == data
        await store.delete([key])
    except (StorageError, ValueError) as error:  # boto3 raises the latter for an endpoint
        return bad(f"{settings.files_url}: {error}; {_bucket_advice()}")
    if not same:
        return bad(f"{settings.files_url} gives back other bytes than were written")
    with suppress(StorageError):
        await store.get(key)
        return bad(f"{settings.files_url} does not delete: grant s3:DeleteObject")
    return ok(f"{settings.files_url}: written, read, deleted")


def _bucket_advice() -> str:
    if not os.environ.get("AWS_ACCESS_KEY_ID"):
        return "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    return "check FILES_URL, FILES_ENDPOINT_URL, the keys and what they may do"
