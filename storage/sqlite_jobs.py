"""The job engine of one machine: the job table in SQLite is the queue."""

from __future__ import annotations

import asyncio
import time
from functools import cache
from typing import TYPE_CHECKING

import sqlalchemy as sa
import structlog

from storage import job_rows
from storage.database import announce, is_passing
from storage.job_run import DATABASE_PAUSE, YIELD_SECONDS, Limits, Runner
from storage.tables import jobs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.database import Database
    from storage.jobs import Handler, Job, JobKind, JobPool, Observer

IDLE_SECONDS = 30.0
"""The queue is looked at this often even where nothing seems to have changed."""
JUMP_SECONDS = 5.0
"""A clock that moves by this much against the monotonic one was set, not slow."""

log = structlog.get_logger(__name__)


class SqliteJobs:
    """Claims due jobs and runs them in tasks, at most each pool's concurrency at a time.

    The data folder's lock makes this process the only one to claim. What was running when an
    earlier process died is queued again at the start, and given up after its attempts.
    """

    def __init__(
        self,
        database: Database,
        pools: Sequence[JobPool],
        *,
        limits: Limits | None = None,
        observer: Observer | None = None,
    ) -> None:
        """Set the engine up; ``run`` starts it."""
        self._database = database
        self._pools = pools
        self._limits = limits or Limits()
        self._observer = observer
        self._running: dict[asyncio.Task[None], Job] = {}
        self._due = _due(tuple(pools))
        self._later: float | None = None
        """When the next postponed job is due, Unix time, as of the last look at the queue."""
        self._closing = False
        self._ended = asyncio.Event()
        self._ended.set()
        self._clock = time.time() - time.monotonic()

    async def submit(self, connection: AsyncConnection, job: Job) -> int:
        """Add ``job`` inside the caller's transaction and return its id."""
        waiting = await job_rows.waiting(connection, job)
        if waiting is not None:
            return waiting
        job_id, _ = await job_rows.add(connection, job)
        announce(connection)
        return job_id

    async def enqueue(self, connection: AsyncConnection, job: Job) -> None:  # noqa: ARG002 - by protocol
        """Have the queue looked at: the job table is the queue."""
        announce(connection)

    async def run(self, handler: Handler) -> None:
        """Run jobs until ``aclose``."""
        self._ended.clear()
        runner = Runner(self._database, handler, self._limits, self._observer)
        taken_up = False
        try:
            while not self._closing:
                self._database.queued.clear()
                try:
                    if not taken_up:
                        await self._take_up(runner)
                        taken_up = True
                    await self._follow_the_clock()
                    for job in await self._claim():
                        task = asyncio.create_task(self._work(runner, job), name=f"job-{job.id}")
                        self._running[task] = job
                        task.add_done_callback(self._leave)
                    await self._wait()
                    await self._database.gate.wait_idle(YIELD_SECONDS)
                except sa.exc.SQLAlchemyError as error:
                    if not is_passing(error):
                        raise
                    log.warning("the queue cannot be read yet", reason=str(error))
                    await asyncio.sleep(DATABASE_PAUSE)
        finally:
            self._ended.set()

    async def aclose(self, *, seconds: float) -> None:
        """Take no more; give what runs ``seconds`` to finish, hand back the rest."""
        self._closing = True
        self._database.queued.set()
        await self._ended.wait()
        if not self._running:
            return
        _, late = await asyncio.wait(dict(self._running), timeout=seconds)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
            log.info("jobs handed back", count=len(late))

    async def _work(self, runner: Runner, job: Job) -> None:
        try:
            await runner.run(job)
        except asyncio.CancelledError:
            await runner.hand_back(job)

    async def _take_up(self, runner: Runner) -> None:
        """Queue again what a dead process left running."""
        async with self._database.read() as connection:
            rows = await connection.execute(sa.select(jobs).where(jobs.c.state == job_rows.RUNNING))
            left = [job_rows.job_of(row) for row in rows]
        for job in left:
            await runner.process_died(job)
        if left:
            log.info("jobs taken up again", count=len(left))

    async def _follow_the_clock(self) -> None:
        """Move what is postponed along when the wall clock was set: no stall, no storm.

        What was postponed since then goes by the new clock already. Ahead, that is what is not due
        yet; back, it comes a little early.
        """
        jump = time.time() - time.monotonic() - self._clock
        if abs(jump) < JUMP_SECONDS:
            return
        async with self._database.write() as connection:
            await connection.execute(
                sa.update(jobs)
                .where(jobs.c.state == job_rows.QUEUED, jobs.c.not_before > 0)
                .where(sa.true() if jump < 0 else jobs.c.not_before < time.time())
                .values(not_before=jobs.c.not_before + jump)
            )
        self._clock += jump
        log.warning("the clock was set", seconds=round(jump))

    async def _claim(self) -> list[Job]:
        """Start due jobs, as many as each pool has free places."""
        running = self._running.values()
        busy = [job.kind for job in running if not job.may_be_poison]
        rooms = [
            pool.concurrency - sum(kind in pool.kinds for kind in busy) for pool in self._pools
        ]
        now = time.time()
        asked = {"now": now, "poison": not any(job.may_be_poison for job in running)}
        for number, (pool, room) in enumerate(zip(self._pools, rooms, strict=True)):
            asked[f"room{number}"] = max(0, room)
            # Some of the first may be among the others.
            asked[f"first{number}"] = max(0, room) + max(0, room + pool.reserved)
        async with self._database.read() as connection:
            rows = (await connection.execute(self._due, asked)).all()
            self._later = await connection.scalar(LATER, {"now": now})
        due = [row.id for row in rows if row.pool == POISON]
        for number, (pool, room) in enumerate(zip(self._pools, rooms, strict=True)):
            found = [row.id for row in rows if row.pool == number and not row.first]
            more = room + pool.reserved - len(found) if pool.reserved else 0
            first = [row.id for row in rows if row.pool == number and row.first]
            due += found + [one for one in first if one not in found][: max(0, more)]
        if not due:
            return []
        async with self._database.write() as connection:
            started = [await job_rows.start(connection, job_id) for job_id in due]
        return [job for job in started if job is not None]

    async def _wait(self) -> None:
        """Wait for a committed job, a finished one, or the next postponed one's time.

        A job that has become due since the queue was looked at is due at once.
        """
        later = self._later
        seconds = IDLE_SECONDS if later is None else min(IDLE_SECONDS, later - time.time())
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._database.queued.wait()
        except TimeoutError:
            return

    def _leave(self, task: asyncio.Task[None]) -> None:
        """Forget a finished task; its pool has a free place again."""
        del self._running[task]
        self._database.queued.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("job task broke", task=task.get_name(), exc_info=error)


POISON = -1
"""Stands for a pool in the rows of jobs that may be poison."""
LATER = sa.select(sa.func.min(jobs.c.not_before)).where(
    jobs.c.state == job_rows.QUEUED, jobs.c.not_before > sa.bindparam("now")
)


@cache
def _due(pools: tuple[JobPool, ...]) -> sa.CompoundSelect[tuple[int, bool, int]]:
    """Select the next jobs of every pool at once, with the pool's number.

    It takes ``now``, a limit ``room0`` ... for each pool, ``first0`` ... for the sellers' first in
    a pool with places reserved for those, and ``poison``. The queue is looked at after each commit:
    a statement for each pool, built anew each time, was half of all statements.
    """
    parts = [_next(POISON, [kind for pool in pools for kind in pool.kinds], "poison")]
    for number, pool in enumerate(pools):
        parts.append(_next(number, pool.kinds, f"room{number}"))
        if pool.reserved:
            parts.append(_next(number, pool.kinds, f"first{number}", first=True))
    return sa.union_all(*parts)


def _literals(words: Iterable[str]) -> list[sa.ColumnClause[str]]:
    """Spell words of ours out in a statement: a list of parameters is expanded at each run."""
    return [sa.literal_column(f"'{word}'", sa.String) for word in words]


def _next(
    pool: int, kinds: Iterable[JobKind], limit: str, *, first: bool = False
) -> sa.Select[tuple[int, bool, int]]:
    """Select the next jobs of some kinds; of those with one serial key only the first may run."""
    other = jobs.alias()
    overtaken = sa.exists().where(
        other.c.turn == jobs.c.turn,
        other.c.state.in_(_literals(job_rows.OPEN)),
        other.c.id < jobs.c.id,
    )
    found = (
        sa.select(jobs.c.id)
        .where(
            jobs.c.state == job_rows.QUEUED,
            jobs.c.kind.in_(_literals(kinds)),
            (jobs.c.deaths > 0) if pool == POISON else (jobs.c.deaths == 0),
            jobs.c.not_before <= sa.bindparam("now"),
            sa.or_(jobs.c.turn.is_(None), ~overtaken),
            *((jobs.c.backlog == 0,) if first else ()),
        )
        .order_by(jobs.c.backlog, jobs.c.id)
        .limit(sa.bindparam(limit, type_=sa.Integer))
        .subquery()
    )
    return sa.select(sa.literal(pool).label("pool"), sa.literal(first).label("first"), found.c.id)
