"""Retention, the quota and the disk's reserve, on real files."""

from __future__ import annotations

import os
import time
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
import sqlalchemy as sa

from pipeline.captions import Spending
from storage import backdrops, costs, photos, sellers, updates, usage
from storage.database import Database
from storage.files import Files
from storage.jobs import Job, JobKind
from storage.photos import Arrival, PhotoState
from storage.render_key import RenderKey, View
from storage.sqlite_jobs import SqliteJobs
from storage.tables import backdrops as backdrops_table
from storage.tables import caption_costs, jobs
from storage.tables import updates as updates_table
from storage.tables import usage as usage_table
from storage.upkeep import Bounds, Upkeep

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ARRIVAL = Arrival(seller_id=7, chat_id=70, message_id=5, file_id="F")
MEGABYTE = 10**6
DAY = 86_400


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(tmp_path)
    await database.open()
    async with database.write() as connection:
        await sellers.get_or_create(connection, 7, language="ru")
        await sellers.get_or_create(connection, 8, language="ru")
    yield database
    await database.aclose()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "files")


async def keep(files: Files, tmp_path: Path, mark: int, *, days_ago: float) -> str:
    """Put a file of one megabyte that is ``days_ago`` old."""
    key = await files.put(bytes([mark]) * MEGABYTE)
    moment = time.time() - days_ago * DAY
    os.utime(tmp_path / "files" / key[:2] / key[2:], (moment, moment))
    return key


async def ready_photo(database: Database, seller_id: int, source: str, result: str | None) -> int:
    async with database.write() as connection:
        arrival = Arrival(seller_id=seller_id, chat_id=70, message_id=5, file_id="F")
        number = await photos.accept(connection, arrival, wanted_backdrop=None)
        await photos.update(
            connection,
            number,
            state=PhotoState.READY,
            source_file=source,
            result_file=result,
            drawn=RenderKey(View.RESULT, "", "preset:blue") if result else None,
        )
    return number


async def kept(files: Files) -> set[str]:
    return {entry.key for entry in await files.entries()}


async def test_old_files_go_and_their_photo_is_forgotten(
    database: Database, files: Files, tmp_path: Path
) -> None:
    old = await keep(files, tmp_path, 1, days_ago=8)
    young = await keep(files, tmp_path, 2, days_ago=6)
    gone = await ready_photo(database, 7, old, None)
    stays = await ready_photo(database, 7, young, None)
    await Upkeep(database, files, Bounds(days=7)).sweep()
    assert await kept(files) == {young}
    async with database.read() as connection:
        latest = await photos.latest(connection, 7, 70)
        photo = await photos.get(connection, gone)
    assert latest is not None
    assert latest.id == stays
    assert photo is not None
    assert (photo.state, photo.source_file) == (PhotoState.EXPIRED, None)


async def test_a_result_that_goes_alone_can_be_made_again(
    database: Database, files: Files, tmp_path: Path
) -> None:
    source = await keep(files, tmp_path, 1, days_ago=1)
    result = await keep(files, tmp_path, 2, days_ago=9)
    number = await ready_photo(database, 7, source, result)
    await Upkeep(database, files, Bounds(days=7)).sweep()
    async with database.read() as connection:
        photo = await photos.get(connection, number)
    assert photo is not None
    assert (photo.state, photo.result_file) == (PhotoState.READY, None)


async def test_own_backgrounds_and_open_work_stay(
    database: Database, files: Files, tmp_path: Path
) -> None:
    own = await keep(files, tmp_path, 1, days_ago=99)
    in_work = [await keep(files, tmp_path, mark, days_ago=99) for mark in (2, 3)]
    async with database.write() as connection:
        number = await backdrops.accept(connection, ARRIVAL, backdrops.Purpose(as_default=True))
        await backdrops.keep(connection, number, own, 1)
        await SqliteJobs(database, ()).submit(connection, Job(JobKind.TELL, 8))
    for source in in_work:
        await ready_photo(database, 8, source, None)
    await Upkeep(database, files, Bounds(days=7, quota=2 * MEGABYTE)).sweep()
    assert await kept(files) == {own, *in_work}
    assert files.is_full, "nothing may go, and it is over the quota"


async def test_over_the_quota_the_oldest_go_first(
    database: Database, files: Files, tmp_path: Path
) -> None:
    keys = [await keep(files, tmp_path, mark, days_ago=6 - mark / 10) for mark in range(12)]
    await Upkeep(database, files, Bounds(days=7, quota=10 * MEGABYTE)).sweep()
    assert await kept(files) == set(keys[3:]), "down to nine tenths of the quota"
    assert not files.is_full


async def test_a_full_disk_is_seen(
    database: Database, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none_left() -> int:
        return -1

    monkeypatch.setattr(files, "free", none_left)
    await Upkeep(database, files, Bounds()).sweep()
    assert files.is_full


async def test_ended_jobs_and_seen_updates_are_struck_out(database: Database, files: Files) -> None:
    engine = SqliteJobs(database, ())
    async with database.write() as connection:
        for _ in range(2):
            await engine.submit(connection, Job(JobKind.TELL, 7))
        await connection.execute(
            sa.update(jobs).where(jobs.c.id == 1).values(state="done", finished_at=1.0)
        )
        await updates.first_time(connection, 1)
        await updates.first_time(connection, 2)
        await connection.execute(
            sa.update(updates_table).where(updates_table.c.id == 1).values(seen_at=1.0)
        )
    await Upkeep(database, files, Bounds()).sweep()
    async with database.read() as connection:
        left = (await connection.execute(sa.select(jobs.c.id))).scalars().all()
        seen = (await connection.execute(sa.select(updates_table.c.id))).scalars().all()
    assert (left, seen) == ([2], [2])


async def test_own_backgrounds_take_no_more_than_their_share(
    database: Database, files: Files, tmp_path: Path
) -> None:
    keys = [await keep(files, tmp_path, mark, days_ago=30 - mark) for mark in range(1, 5)]
    async with database.write() as connection:
        for key in keys:
            number = await backdrops.accept(connection, ARRIVAL, backdrops.Purpose())
            await backdrops.keep(connection, number, key, MEGABYTE)
        await sellers.update(connection, 7, default_backdrop="own:1")
    await Upkeep(database, files, Bounds(quota=5 * MEGABYTE)).sweep()
    assert await kept(files) == set(keys[2:]), "the newest stay"
    assert not files.is_full
    async with database.read() as connection:
        assert [own.file for own in await backdrops.of_seller(connection, 7)] == keys[:1:-1]
        assert (await sellers.get(connection, 7)).default_backdrop is None


async def test_a_background_that_never_arrived_is_struck_out(
    database: Database, files: Files
) -> None:
    async with database.write() as connection:
        await backdrops.accept(connection, ARRIVAL, backdrops.Purpose())
        await connection.execute(
            sa.update(backdrops_table).values(created_at=time.time() - DAY - 1)
        )
        await backdrops.accept(connection, ARRIVAL, backdrops.Purpose())
    await Upkeep(database, files, Bounds()).sweep()
    async with database.read() as connection:
        assert await backdrops.count(connection, 7) == 1


async def test_counts_and_pseudonyms_are_struck_out_after_a_day(
    database: Database, files: Files
) -> None:
    async with database.write() as connection:
        owner = await usage.pseudonym(connection, 7)
        await usage.note(connection, owner, usage.Used.PICTURE)
        await costs.add(connection, 7, [Spending("some", cost=Decimal(1))])
        await costs.forget(connection, 7)
        for table in (usage_table, caption_costs):
            await connection.execute(sa.update(table).values(created_at=time.time() - DAY - 1))
        await usage.note(connection, owner, usage.Used.PICTURE)
    await Upkeep(database, files, Bounds()).sweep()
    async with database.read() as connection:
        assert await usage.counts(connection, owner, usage.Used.PICTURE, 0.0) == (1,)
        assert (await connection.scalars(sa.select(caption_costs.c.owner))).all() == [None]
