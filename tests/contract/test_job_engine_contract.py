"""What any job engine promises: at least once, in fair order, given up in the end."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
import sqlalchemy as sa

from storage.database import Database
from storage.job_run import Limits
from storage.jobs import Job, JobKind, JobPool, RetryLaterError
from storage.postgres_jobs import PostgresJobs
from storage.sqlite_jobs import SqliteJobs
from storage.tables import jobs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.jobs import JobEngine
    from tests.stands.postgres import Cluster

POOLS = (
    JobPool("compose", frozenset({JobKind.RENDER}), 1, reserved=1),
    JobPool("telegram", frozenset({JobKind.TELL, JobKind.OFFER}), 4),
)
LEASE = 1.5
pytestmark = pytest.mark.filterwarnings("error")


class Record:
    """A handler that notes what it was given, and does as told."""

    def __init__(self, act: Callable[[Job], None] | None = None) -> None:
        self.ran: list[Job] = []
        self.given_up: list[tuple[int, str]] = []
        self.changed = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.held: Callable[[Job], bool] = lambda _: True
        self._act = act

    async def run(self, job: Job) -> None:
        self.ran.append(job)
        self.changed.set()
        if self.held(job):
            await self.gate.wait()
        if self._act is not None:
            self._act(job)

    async def give_up(self, job: Job, error: BaseException | None) -> None:
        self.given_up.append((job.id, repr(error)))
        self.changed.set()

    async def until(self, holds: Callable[[Record], bool]) -> None:
        async with asyncio.timeout(20):
            while not holds(self):
                self.changed.clear()
                await self.changed.wait()


@pytest_asyncio.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    url = None
    if request.param == "postgres":
        cluster: Cluster = request.getfixturevalue("postgres")
        url = cluster.new_database()
    database = Database(tmp_path, url)
    await database.open()
    yield database
    await database.aclose()


def engine_on(database: Database, **limits: float) -> SqliteJobs | PostgresJobs:
    given = Limits(**limits)  # type: ignore[arg-type]  # ints too
    if database.is_shared:
        return PostgresJobs(database, POOLS, limits=given, lease=LEASE)
    return SqliteJobs(database, POOLS, limits=given)


@asynccontextmanager
async def running(engine: JobEngine, handler: Record) -> AsyncIterator[None]:
    task = asyncio.create_task(engine.run(handler))
    await asyncio.sleep(0)
    try:
        yield
    finally:
        await engine.aclose(seconds=5)
        await task


async def submit(database: Database, engine: JobEngine, *new: Job) -> list[int]:
    async with database.write() as connection:
        return [await engine.submit(connection, job) for job in new]


async def states(database: Database) -> dict[int, str]:
    async with database.read() as connection:
        rows = await connection.execute(sa.select(jobs.c.id, jobs.c.state))
        return {row.id: row.state for row in rows}


async def settled(database: Database, state: str, count: int) -> None:
    async with asyncio.timeout(20):
        # A row gives no signal when it changes: it has to be asked.
        while list((await states(database)).values()).count(state) < count:  # noqa: ASYNC110 - rows have no event
            await asyncio.sleep(0.01)


async def test_a_job_runs_with_its_payload(database: Database) -> None:
    engine, handler = engine_on(database), Record()
    async with running(engine, handler):
        (number,) = await submit(database, engine, Job(JobKind.TELL, 7, {"chat": 5, "я": "да"}))
        await handler.until(lambda h: len(h.ran) == 1)
        await settled(database, "done", 1)
    job = handler.ran[0]
    assert (job.id, job.kind, job.seller_id, job.attempts) == (number, JobKind.TELL, 7, 1)
    assert job.payload == {"chat": 5, "я": "да"}


async def test_a_rolled_back_job_never_was(database: Database) -> None:
    engine, handler = engine_on(database), Record()
    async with running(engine, handler):
        with suppress(ZeroDivisionError):
            async with database.write() as connection:
                await engine.submit(connection, Job(JobKind.TELL, 1))
                raise ZeroDivisionError
        await submit(database, engine, Job(JobKind.TELL, 2))
        await handler.until(lambda h: len(h.ran) == 1)
    assert [job.seller_id for job in handler.ran] == [2]


async def test_again_counts_or_not_as_it_says(database: Database) -> None:
    def act(_job: Job) -> None:
        if len(handler.ran) <= 3:
            raise RetryLaterError(0, "patience", counts=False)
        if len(handler.ran) <= 4:
            raise RetryLaterError(0, "failure")

    engine, handler = engine_on(database), Record(act)
    async with running(engine, handler):
        await submit(database, engine, Job(JobKind.TELL, 1))
        await handler.until(lambda h: len(h.ran) == 5)
        await settled(database, "done", 1)
    assert [job.attempts for job in handler.ran] == [1, 1, 1, 1, 2]


async def test_a_job_that_always_fails_is_given_up_and_the_queue_goes_on(
    database: Database,
) -> None:
    def act(job: Job) -> None:
        if job.seller_id == 1:
            raise RetryLaterError(0, "broken")

    engine, handler = engine_on(database, max_attempts=3), Record(act)
    async with running(engine, handler):
        bad, good = await submit(database, engine, Job(JobKind.TELL, 1), Job(JobKind.TELL, 2))
        await handler.until(lambda h: bool(h.given_up))
        await settled(database, "failed", 1)
    assert [number for number, _ in handler.given_up] == [bad]
    assert await states(database) == {bad: "failed", good: "done"}
    assert [job.attempts for job in handler.ran if job.id == bad] == [1, 2, 3]


async def test_an_unknown_exception_is_tried_again(database: Database) -> None:
    def act(_job: Job) -> None:
        raise KeyError("surprise")

    engine, handler = engine_on(database, max_attempts=1), Record(act)
    async with running(engine, handler):
        await submit(database, engine, Job(JobKind.TELL, 1))
        await handler.until(lambda h: bool(h.given_up))
    assert "surprise" in handler.given_up[0][1]


async def test_a_job_that_hangs_is_ended_by_its_deadline(database: Database) -> None:
    engine = engine_on(database, max_attempts=1, seconds_per_job=0.05)
    handler = Record()
    handler.gate.clear()
    async with running(engine, handler):
        await submit(database, engine, Job(JobKind.TELL, 1))
        await handler.until(lambda h: bool(h.given_up))
    assert "TimeoutError" in handler.given_up[0][1]


async def test_a_second_seller_does_not_wait_for_the_firsts_whole_batch(
    database: Database,
) -> None:
    engine, handler = engine_on(database), Record()
    await submit(database, engine, *(Job(JobKind.RENDER, 1, {"photo": n}) for n in range(20)))
    await submit(database, engine, Job(JobKind.RENDER, 2, {"photo": 99}))
    async with running(engine, handler):
        await settled(database, "done", 21)
    assert [job.seller_id for job in handler.ran].index(2) <= 2


async def test_a_heap_leaves_a_place_for_another_seller(database: Database) -> None:
    engine, handler = engine_on(database), Record()
    handler.held = lambda job: job.seller_id == 1 and not job.is_first
    handler.gate.clear()
    async with running(engine, handler):
        await submit(database, engine, *(Job(JobKind.RENDER, 1, {"photo": n}) for n in range(5)))
        await handler.until(lambda h: len(h.ran) == 2)
        await submit(database, engine, Job(JobKind.RENDER, 2, {"photo": 99}))
        await handler.until(lambda h: h.ran[-1].seller_id == 2)
        handler.gate.set()
        await settled(database, "done", 6)


async def test_what_waits_already_is_not_queued_again(database: Database) -> None:
    engine, handler = engine_on(database), Record()
    handler.gate.clear()
    render = Job(JobKind.RENDER, 1, {"photo": 1})
    first, again, other = await submit(
        database, engine, render, render, Job(JobKind.RENDER, 1, {"photo": 2})
    )
    assert first == again != other
    async with running(engine, handler):
        await handler.until(lambda h: first in {job.id for job in h.ran})
        (later,) = await submit(database, engine, render)
        assert later not in {first, other}, "what runs may have looked already"
        handler.gate.set()
        await settled(database, "done", 3)
    assert sorted(job.id for job in handler.ran) == [first, other, later]


async def test_what_a_dead_process_left_running_is_taken_up(database: Database) -> None:
    engine = engine_on(database, max_attempts=2)
    renders = (Job(JobKind.RENDER, 1, {"photo": number}) for number in (1, 2))
    first, worn_out = await submit(database, engine, *renders)
    async with database.write() as connection:
        await die(database, connection)
        await connection.execute(sa.update(jobs).where(jobs.c.id == worn_out).values(deaths=1))
    handler = Record()
    async with running(engine, handler):
        await settled(database, "done", 1)
        await settled(database, "failed", 1)
    assert [job.id for job in handler.ran] == [first]
    assert handler.given_up == [(worn_out, "None")]


async def die(database: Database, connection: AsyncConnection) -> None:
    """Leave all jobs as a process does that dies while it runs them."""
    await connection.execute(sa.update(jobs).values(state="running", attempts=1))
    if database.is_shared:  # carried by a worker that is no more
        await connection.execute(sa.text("UPDATE procrastinate_jobs SET status = 'doing'"))


async def test_what_ran_when_a_process_died_runs_one_at_a_time_and_is_not_blamed(
    database: Database,
) -> None:
    engine, handler = engine_on(database, max_attempts=2), Record()
    handler.held = lambda job: job.may_be_poison
    handler.gate.clear()
    left = await submit(database, engine, *(Job(JobKind.TELL, seller) for seller in (1, 2, 3)))
    async with database.write() as connection:
        await die(database, connection)
    async with running(engine, handler):
        await handler.until(lambda h: len(h.ran) == 1)
        (fresh,) = await submit(database, engine, Job(JobKind.TELL, 4))
        await handler.until(lambda h: h.ran[-1].id == fresh)
        assert len(handler.ran) == 2, (
            "the other possibly poison jobs wait for the first, new jobs do not"
        )
        handler.gate.set()
        await settled(database, "done", 4)
    assert sorted(job.id for job in handler.ran) == [*left, fresh]
    assert {job.attempts for job in handler.ran} == {1}


async def test_a_job_whose_carrier_is_gone_is_carried_again(
    postgres: Cluster, tmp_path: Path
) -> None:
    database = Database(tmp_path, postgres.new_database())
    await database.open()
    engine, handler = engine_on(database, seconds_per_job=1.0), Record()
    (number,) = await submit(database, engine, Job(JobKind.TELL, 1, {"photo": 3}))
    async with database.write() as connection:
        await connection.execute(sa.text("DELETE FROM procrastinate_jobs"))
    async with running(engine, handler):
        await settled(database, "done", 1)
    assert [job.id for job in handler.ran] == [number]
    await database.aclose()


async def test_closing_hands_back_what_does_not_finish(database: Database) -> None:
    engine, handler = engine_on(database), Record()
    handler.gate.clear()
    task = asyncio.create_task(engine.run(handler))
    await submit(database, engine, Job(JobKind.TELL, 1))
    await handler.until(lambda h: len(h.ran) == 1)
    await engine.aclose(seconds=0.05)
    await task
    assert list((await states(database)).values()) == ["queued"]

    successor, later = engine_on(database), Record()
    async with running(successor, later):
        await settled(database, "done", 1)
    assert later.ran[0].attempts == 1
