"""What is postponed while the wall clock is set comes neither at once nor an hour late."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from storage.database import Database
from storage.jobs import Job, JobKind
from storage.sqlite_jobs import SqliteJobs
from storage.tables import jobs

if TYPE_CHECKING:
    from pathlib import Path

PAUSE = 5.0
HOUR = 3600.0


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
async def test_each_goes_by_the_clock_that_it_was_postponed_by(
    jump: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, database = time.time, Database(tmp_path)
    await database.open()
    try:
        engine = SqliteJobs(database, ())
        async with database.write() as connection:
            before, since = [
                await engine.submit(connection, Job(JobKind.TELL, seller)) for seller in (1, 2)
            ]
            for job, clock in ((before, read()), (since, read() + jump)):
                await connection.execute(
                    sa.update(jobs).where(jobs.c.id == job).values(not_before=clock + PAUSE)
                )
        monkeypatch.setattr(time, "time", lambda: read() + jump)
        await engine._follow_the_clock()
        async with database.read() as connection:
            rows = await connection.execute(sa.select(jobs.c.id, jobs.c.not_before))
            due = {row.id: row.not_before - time.time() for row in rows}
    finally:
        await database.aclose()
    assert 0 < due[before] <= PAUSE
    assert due[since] <= PAUSE
