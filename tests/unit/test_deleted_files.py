"""Files that were replaced go unless something names them; one that is missed is drawn again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage import account, photos
from storage.jobs import Job, JobKind
from storage.sqlite_jobs import SqliteJobs
from tests.stands.bot import Person

if TYPE_CHECKING:
    from tests.stands.bot import Stand


async def test_a_result_that_is_gone_is_drawn_again(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.photo()
    await stand.settle()
    await anna.tap(anna.last, "Белый")
    await stand.settle()
    services, before = stand.services, anna.last.file
    async with services.database.write() as connection:
        photo = await photos.get(connection, 1)
        assert photo is not None
        assert photo.result_file is not None
        await services.files.delete([photo.result_file])
        await photos.update(connection, 1, shown=None)
        await services.jobs.submit(connection, Job(JobKind.SHOW, 1, {"photo": 1}))
    await stand.settle()
    async with services.database.read() as connection:
        after = await photos.get(connection, 1)
    assert after is not None
    assert after.shown == after.drawn == photo.drawn
    assert (anna.last.file, len(anna.shown)) == (before, 1)


async def test_what_is_still_named(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.photo()
    await stand.settle()
    services = stand.services
    async with services.database.write() as connection:
        photo = await photos.get(connection, 1)
        assert photo is not None
        assert photo.source_file is not None
        engine = SqliteJobs(services.database, ())
        await engine.submit(connection, Job(JobKind.KEEP_BACKDROP, 1, {"file": "b" * 64}))
        keys = {photo.source_file, "a" * 64, "b" * 64}
        assert await account.referenced(connection, keys) == keys - {"a" * 64}
        await connection.rollback()
