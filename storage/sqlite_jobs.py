"""The job engine of one machine: the job table in SQLite is the queue."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import sqlalchemy as sa
import structlog

from storage.jobs import AgainError, Job, JobKind
from storage.tables import jobs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.database import Database
    from storage.jobs import Handler

IDLE_SECONDS = 30.0
"""The queue is looked at this often even where nothing seems to have changed."""

log = structlog.get_logger(__name__)


class SqliteJobs:
    """Claims due jobs and runs them in tasks, ``lanes[kind]`` at a time.

    The data folder's lock makes this process the only one to claim. What was running when an
    earlier process died is queued again at the start, and given up after ``max_attempts``.
    """

    def __init__(
        self,
        database: Database,
        lanes: Mapping[JobKind, int],
        *,
        max_attempts: int = 5,
        seconds_per_job: float = 120.0,
    ) -> None:
        """Set the engine up; ``run`` starts it."""
        self._database = database
        self._lanes = lanes
        self._max_attempts = max_attempts
        self._seconds_per_job = seconds_per_job
        self._running: dict[asyncio.Task[None], Job] = {}
        self._closing = False
        self._ended = asyncio.Event()
        self._ended.set()

    async def submit(self, connection: AsyncConnection, job: Job) -> int:
        """Add ``job`` inside the caller's transaction and return its id."""
        waiting = sa.select(sa.func.count()).where(
            jobs.c.seller_id == job.seller_id,
            jobs.c.kind == job.kind.value,
            jobs.c.state == "queued",
        )
        now = time.time()
        result = await connection.execute(
            sa.insert(jobs)
            .values(
                kind=job.kind.value,
                seller_id=job.seller_id,
                payload=dict(job.payload),
                state="queued",
                backlog=waiting.scalar_subquery(),
                attempts=0,
                not_before=now,
                created_at=now,
            )
            .returning(jobs.c.id)
        )
        return int(result.scalar_one())

    async def run(self, handler: Handler) -> None:
        """Run jobs until ``aclose``."""
        self._ended.clear()
        try:
            await self._take_up(handler)
            while not self._closing:
                self._database.changed.clear()
                for job in await self._claim():
                    task = asyncio.create_task(self._work(handler, job), name=f"job-{job.id}")
                    self._running[task] = job
                    task.add_done_callback(self._leave)
                await self._wait()
        finally:
            self._ended.set()

    async def aclose(self, *, seconds: float) -> None:
        """Take no more; give what runs ``seconds`` to finish, hand back the rest."""
        self._closing = True
        self._database.changed.set()
        await self._ended.wait()
        if not self._running:
            return
        handed_back = dict(self._running)
        _, late = await asyncio.wait(handed_back, timeout=seconds)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
            for task in late:
                job = handed_back[task]
                await self._set(job, state="queued", attempts=job.attempts - 1)
            log.info("jobs handed back", count=len(late))

    async def _take_up(self, handler: Handler) -> None:
        """Queue again what a dead process left running."""
        async with self._database.write() as connection:
            rows = await connection.execute(sa.select(jobs).where(jobs.c.state == "running"))
            left = [_job(row) for row in rows]
            await connection.execute(
                sa.update(jobs)
                .where(jobs.c.state == "running", jobs.c.attempts < self._max_attempts)
                .values(state="queued")
            )
        for job in left:
            if job.attempts >= self._max_attempts:  # still marked as running
                await self._give_up(handler, job, None)
        if left:
            log.info("jobs taken up again", count=len(left))

    async def _claim(self) -> list[Job]:
        """Mark due jobs as running, as many of each kind as its lane has room for."""
        busy = [job.kind for job in self._running.values()]
        due: list[Job] = []
        async with self._database.read() as connection:
            for kind, lane in self._lanes.items():
                room = lane - busy.count(kind)
                if room > 0:
                    rows = await connection.execute(
                        sa.select(jobs)
                        .where(
                            jobs.c.state == "queued",
                            jobs.c.kind == kind.value,
                            jobs.c.not_before <= time.time(),
                        )
                        .order_by(jobs.c.backlog, jobs.c.id)
                        .limit(room)
                    )
                    due += [_job(row, attempt=1) for row in rows]
        if due:
            async with self._database.write() as connection:
                await connection.execute(
                    sa.update(jobs)
                    .where(jobs.c.id.in_([job.id for job in due]))
                    .values(state="running", attempts=jobs.c.attempts + 1)
                )
        return due

    async def _work(self, handler: Handler, job: Job) -> None:
        with structlog.contextvars.bound_contextvars(job=job.id, kind=job.kind.value):
            try:
                async with asyncio.timeout(self._seconds_per_job):
                    await handler.run(job)
            except AgainError as again:
                await self._again(handler, job, again)
            except Exception as error:
                log.exception("job failed", attempt=job.attempts)
                seconds = min(2.0**job.attempts, 300.0)
                await self._again(handler, job, AgainError(seconds, repr(error)), error)
            else:
                await self._set(job, state="done", finished_at=time.time())

    async def _again(
        self, handler: Handler, job: Job, again: AgainError, error: Exception | None = None
    ) -> None:
        if again.counts and job.attempts >= self._max_attempts:
            await self._give_up(handler, job, error or again)
            return
        await self._set(
            job,
            state="queued",
            attempts=job.attempts if again.counts else job.attempts - 1,
            not_before=time.time() + again.seconds,
            last_error=str(again),
        )
        log.info("job postponed", seconds=again.seconds, reason=str(again))

    async def _give_up(self, handler: Handler, job: Job, error: BaseException | None) -> None:
        log.error("job given up", job=job.id, kind=job.kind.value, attempts=job.attempts)
        await handler.give_up(job, error)
        await self._set(
            job,
            state="failed",
            finished_at=time.time(),
            last_error=repr(error) if error else "its process died every time",
        )

    async def _set(self, job: Job, **values: object) -> None:
        async with self._database.write() as connection:
            await connection.execute(
                sa.update(jobs)
                .where(jobs.c.id == job.id, jobs.c.state == "running")
                .values(**values)
            )

    async def _wait(self) -> None:
        """Wait for a committed write, a finished job, or the next postponed job's time."""
        async with self._database.read() as connection:
            later = await connection.scalar(
                sa.select(sa.func.min(jobs.c.not_before)).where(
                    jobs.c.state == "queued", jobs.c.not_before > time.time()
                )
            )
        seconds = IDLE_SECONDS if later is None else min(IDLE_SECONDS, later - time.time())
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._database.changed.wait()
        except TimeoutError:
            return

    def _leave(self, task: asyncio.Task[None]) -> None:
        """Take a finished task off the books; its lane has room again."""
        del self._running[task]
        self._database.changed.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("job task broke", task=task.get_name(), exc_info=error)


def _job(row: sa.Row[tuple[object, ...]], *, attempt: int = 0) -> Job:
    return Job(
        kind=JobKind(row.kind),
        seller_id=row.seller_id,
        payload=row.payload,
        id=row.id,
        attempts=row.attempts + attempt,
    )
