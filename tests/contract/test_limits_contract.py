"""Forty photos at once, through several processes' databases: the limit holds on both engines."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
import sqlalchemy as sa

from bot.middlewares.limits import admit
from bot.middlewares.rules import Rules
from storage import photos, sellers, tables
from storage.database import Database
from storage.photos import Arrival

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.stands.postgres import Cluster

RULES = Rules(photos_a_day=3, photos_a_minute=0)
ARRIVAL = Arrival(seller_id=7, chat_id=7, message_id=5, file_id="F")


@pytest_asyncio.fixture(params=["sqlite", "postgres"])
async def databases(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[list[Database]]:
    """One on SQLite; on PostgreSQL as two front ends have it."""
    opened = [Database(tmp_path)]
    if request.param == "postgres":
        cluster: Cluster = request.getfixturevalue("postgres")
        url = cluster.new_database()
        opened = [Database(tmp_path, url), Database(tmp_path, url)]
    async with AsyncExitStack() as stack:
        for database in opened:
            await database.open()
            stack.push_async_callback(database.aclose)
        yield opened


async def accept(database: Database, group_id: str | None = None) -> bool:
    """Do what the handler of pictures does in its transaction."""
    async with database.write() as connection:
        seller = await sellers.get_or_create(connection, 7, language="ru")
        if await admit(connection, RULES, seller.id, group_id) is not None:
            return False
        await asyncio.sleep(0.005)
        await photos.accept(connection, ARRIVAL, wanted_backdrop=None)
        return True


@pytest.mark.parametrize("known", [True, False])
async def test_forty_at_once(databases: list[Database], *, known: bool) -> None:
    if known:
        async with databases[0].write() as connection:
            await sellers.get_or_create(connection, 7, language="ru")
    taken = await asyncio.gather(
        *(accept(databases[number % len(databases)]) for number in range(40))
    )
    assert sum(taken) == RULES.photos_a_day
    async with databases[0].read() as connection:
        for table in (tables.photos, tables.usage):
            found = await connection.scalar(sa.select(sa.func.count()).select_from(table))
            assert found == RULES.photos_a_day, table.name


async def test_an_album_that_is_refused_is_refused_everywhere(databases: list[Database]) -> None:
    for _ in range(RULES.photos_a_day):
        assert await accept(databases[0])
    taken = await asyncio.gather(
        *(accept(databases[number % len(databases)], "album") for number in range(10))
    )
    assert not any(taken)
    async with databases[0].read() as connection:
        marks = tables.usage.c.what == "refused-album"
        assert await connection.scalar(sa.select(sa.func.count()).where(marks)) == 1
