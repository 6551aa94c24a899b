"""Takes up what dead workers left: one process at a time, by an advisory lock."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
import structlog
from procrastinate.jobs import Status
from sqlalchemy.dialects.postgresql import JSONB

from storage import job_rows
from storage.procrastinate_jobs import poison_queue
from storage.tables import jobs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    import procrastinate
    from procrastinate.manager import JobManager
    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.database import Database
    from storage.job_run import Runner
    from storage.jobs import Job

REAP_SECONDS = 5.0
REAPER_LOCK = 0x72656170
"""An advisory lock's key; it spells "reap"."""
PROCRASTINATE_JOBS = sa.table("procrastinate_jobs", sa.column("args", JSONB), sa.column("status"))
ENQUEUED = sa.exists().where(
    sa.cast(PROCRASTINATE_JOBS.c.args["job_id"].astext, sa.BigInteger) == jobs.c.id,
    sa.cast(PROCRASTINATE_JOBS.c.status, sa.Text).in_(["todo", "doing"]),
)

log = structlog.get_logger(__name__)


class Reaper:
    """Looks twice before it acts: a clock that was set makes every worker look silent once."""

    def __init__(
        self,
        database: Database,
        manager: JobManager,
        enqueue: Callable[[AsyncConnection, Job], Awaitable[None]],
        *,
        lease: float,
        deadline: float,
    ) -> None:
        """``lease``: seconds of silence after which a worker counts as dead.

        ``enqueue`` has a job brought to a worker; no run takes longer than ``deadline`` seconds.
        """
        self._database = database
        self._manager = manager
        self._enqueue = enqueue
        self._lease = lease
        self._deadline = deadline
        self._stalled_before: frozenset[int] = frozenset()
        self._orphans: dict[tuple[int, int], float] = {}

    async def sweep(self, runner: Runner, mine: Iterable[int], running: frozenset[int]) -> None:
        """Take up what stalled, and what ``mine``, this process's workers, hold and do not run.

        The latter is what a lost connection leaves: the run has ended, its end was not noted.
        """
        async with self._database.write() as connection:
            if not await connection.scalar(
                sa.select(sa.func.pg_try_advisory_xact_lock(REAPER_LOCK))
            ):
                return
            stalled = list(
                await self._manager.get_stalled_jobs(seconds_since_heartbeat=self._lease)
            )
            for worker_id in mine:
                held = await self._manager.list_jobs_async(status="doing", worker_id=worker_id)
                stalled += [job for job in held if job.id not in running]
            found = {job.id: job for job in stalled if job.id is not None}
            for procrastinate_job in self._stalled_before & found.keys():
                await self._take_up(runner, found[procrastinate_job])
            self._stalled_before = frozenset(found) - self._stalled_before
            await self._adopt(connection)

    async def _adopt(self, connection: AsyncConnection) -> None:
        """Enqueue open jobs again that no procrastinate job stands for any more.

        A worker that was frozen past its lease ends a job that another has taken up, and takes the
        other's procrastinate job away with it. What still runs without one has ended by its
        deadline.
        """
        rows = await connection.execute(
            sa.select(jobs).where(jobs.c.state.in_(job_rows.OPEN), ~ENQUEUED)
        )
        now, before = time.monotonic(), self._orphans
        self._orphans = {}
        for row in rows.all():
            key = (row.id, row.claims)
            self._orphans[key] = before.get(key, now)
            if now - self._orphans[key] > self._deadline:
                await self._enqueue(connection, job_rows.job_of(row))
                log.warning("job enqueued again", job=row.id)

    async def _take_up(self, runner: Runner, procrastinate_job: procrastinate.jobs.Job) -> None:
        async with self._database.read() as connection:
            row = (
                await connection.execute(
                    sa.select(*jobs.c, sa.func.now().label("now")).where(
                        jobs.c.id == procrastinate_job.task_kwargs["job_id"],
                        jobs.c.state.in_(job_rows.OPEN),
                    )
                )
            ).one_or_none()
        if row is None:
            await self._manager.finish_job(procrastinate_job, Status.SUCCEEDED, delete_job=True)
            return
        job = job_rows.job_of(row)
        seconds = await runner.process_died(job) if row.state == job_rows.RUNNING else 0.0
        if seconds is None:
            await self._manager.finish_job(procrastinate_job, Status.FAILED, delete_job=True)
            return
        now: datetime = row.now
        queue = poison_queue(job.kind) if row.state == job_rows.RUNNING else None
        moment = now + timedelta(seconds=seconds)
        await self._manager.retry_job(procrastinate_job, retry_at=moment, queue=queue)
        log.info("job taken up again", job=job.id, attempts=job.attempts)
