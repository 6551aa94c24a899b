"""A write waits for a flush of the log that began after its commit; many wait for one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from pipeline.errors import StorageError
from storage import sqlite, updates
from storage.database import Database
from storage.flush import Flush

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stands.postgres import Cluster


async def test_who_comes_during_a_flush_waits_for_the_next_together() -> None:
    go_on, count = asyncio.Event(), 0

    async def slow() -> None:
        nonlocal count
        count += 1
        await go_on.wait()

    flush = Flush(slow)
    first = asyncio.create_task(flush.wait())
    while not count:  # noqa: ASYNC110 - it has no event
        await asyncio.sleep(0)
    later = [asyncio.create_task(flush.wait()) for _ in range(5)]
    await asyncio.sleep(0)
    assert not first.done()
    go_on.set()
    async with asyncio.timeout(60):
        await asyncio.gather(first, *later)
    assert count == 2


async def test_a_write_whose_flush_fails_is_not_confirmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_file: Path) -> None:
        raise OSError(5, "Input/output error")

    database = Database(tmp_path)
    await database.open()
    monkeypatch.setattr(sqlite, "_flush", broken)
    with pytest.raises(StorageError):
        async with database.write() as connection:
            await connection.execute(sa.text("DELETE FROM updates"))
    monkeypatch.undo()
    async with database.write() as connection:
        await connection.execute(sa.text("DELETE FROM updates"))
    await database.aclose()


async def test_a_log_that_is_gone_was_taken_over(tmp_path: Path) -> None:
    await sqlite.flush(tmp_path / "database")


LSN = sa.text("SELECT pg_current_wal_insert_lsn() - pg_current_wal_flush_lsn()")


async def test_a_write_on_postgres_is_on_the_disk(postgres: Cluster, tmp_path: Path) -> None:
    database = Database(tmp_path, postgres.new_database())
    await database.open()
    left = list[int]()
    for number in range(20):
        async with database.write() as connection:
            await updates.first_time(connection, number)
        async with database.read() as connection:
            left.append(int(await connection.scalar(LSN) or 0))
    assert left.count(0) > 10, "the server itself writes now and then"
    await database.aclose()
