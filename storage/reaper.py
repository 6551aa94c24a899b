"""Takes up the jobs of workers that fell silent: one process at a time, by an advisory lock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
import structlog
from procrastinate.jobs import Status

from storage import job_rows
from storage.tables import jobs

if TYPE_CHECKING:
    from collections.abc import Iterable

    import procrastinate
    from procrastinate.manager import JobManager

    from storage.database import Database
    from storage.job_run import Runner

REAP_SECONDS = 5.0
REAPER_LOCK = 0x72656170
"""An advisory lock's key; it spells "reap"."""

log = structlog.get_logger(__name__)


class Reaper:
    """Looks twice before it acts: a clock that was set makes every worker look silent once."""

    def __init__(self, database: Database, manager: JobManager, lease: float) -> None:
        """``lease``: seconds of silence after which a worker counts as dead."""
        self._database = database
        self._manager = manager
        self._lease = lease
        self._suspects: frozenset[int] = frozenset()

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
            for carrier in self._suspects & found.keys():
                await self._take_up(runner, found[carrier])
            self._suspects = frozenset(found) - self._suspects

    async def _take_up(self, runner: Runner, carrier: procrastinate.jobs.Job) -> None:
        async with self._database.read() as connection:
            row = (
                await connection.execute(
                    sa.select(*jobs.c, sa.func.now().label("now")).where(
                        jobs.c.id == carrier.task_kwargs["job_id"],
                        jobs.c.state.in_(job_rows.OPEN),
                    )
                )
            ).one_or_none()
        if row is None:
            await self._manager.finish_job(carrier, Status.SUCCEEDED, delete_job=True)
            return
        job = job_rows.job_of(row)
        seconds = await runner.died(job) if row.state == job_rows.RUNNING else 0.0
        if seconds is None:
            await self._manager.finish_job(carrier, Status.FAILED, delete_job=True)
            return
        now: datetime = row.now
        await self._manager.retry_job(carrier, retry_at=now + timedelta(seconds=seconds))
        log.info("job taken up again", job=job.id, attempts=job.attempts)
