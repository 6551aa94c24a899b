"""The job engine of many machines: procrastinate on PostgreSQL.

The job table is the truth; a procrastinate job of the same transaction brings its id to a
worker. https://procrastinate.readthedocs.io
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import procrastinate
import sqlalchemy as sa
import structlog
from psycopg import Error as DatabaseError

from storage import job_rows
from storage.database import is_passing
from storage.job_run import DATABASE_PAUSE, YIELD_SECONDS, Limits, Runner
from storage.jobs import SERIAL
from storage.postgres import NOT_WAITED_FOR, conninfo
from storage.procrastinate_jobs import (
    PollingWorker,
    RescheduleError,
    Retry,
    SerialJobManager,
    WorkerSpec,
    queue_of,
    worker_specs,
)
from storage.reaper import REAP_SECONDS, Reaper

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg
    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.database import Database
    from storage.jobs import Handler, Job, JobPool, Observer

TASK = "vitrina.step"
HEARTBEAT_SECONDS = 5.0
FORGET_SECONDS = 300.0
"""A worker that was silent this long is struck off the list."""
POLL_SECONDS = 1.0
"""New jobs are announced; postponed ones are looked for this often."""
log = structlog.get_logger(__name__)


class PostgresJobs:
    """Runs the jobs of its pools beside other processes; submits jobs of any kind."""

    def __init__(
        self,
        database: Database,
        pools: Sequence[JobPool],
        *,
        limits: Limits | None = None,
        observer: Observer | None = None,
        lease: float = 30.0,
    ) -> None:
        """``lease``: seconds of silence after which a worker's jobs are taken up by others."""
        self._database = database
        self._limits = limits or Limits()
        self._observer = observer
        self._lease = lease
        self._specs = worker_specs(pools)
        self._serial_queues = frozenset(kind.value for kind in SERIAL)
        concurrency = sum(spec.concurrency for spec in self._specs)
        self._app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(
                conninfo=conninfo(database.url),
                min_size=1,
                max_size=concurrency + len(self._specs) + 2,
                kwargs={"options": NOT_WAITED_FOR},
                configure=_commit_each,
            )
        )
        self._app.job_manager = SerialJobManager(self._app.connector, self._poll_now)
        self._app.task(name=TASK, retry=Retry(), pass_context=True)(self._step)
        self._runner: Runner | None = None
        self._workers: dict[str, PollingWorker] = {}
        self._running: set[int] = set()
        self._closing = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()
        self._grace = self._limits.seconds_per_job

    async def submit(self, connection: AsyncConnection, job: Job) -> int:
        """Add ``job`` inside the caller's transaction and return its id."""
        waiting = await job_rows.waiting(connection, job)
        if waiting is not None:
            return waiting
        job_id, backlog = await job_rows.add(connection, job)
        await self.enqueue(connection, replace(job, id=job_id, backlog=backlog))
        return job_id

    async def run(self, handler: Handler) -> None:
        """Run jobs until ``aclose``; a database that is away is waited for."""
        self._ended.clear()
        self._runner = Runner(self._database, handler, self._limits, self._observer)
        try:
            async with self._app.open_async(), asyncio.TaskGroup() as group:
                reaping = group.create_task(self._reap(self._runner), name="reaper")
                serving = [
                    group.create_task(self._serve(spec), name=f"worker-{spec.name}")
                    for spec in self._specs
                ]
                await asyncio.gather(*serving)
                reaping.cancel()
        finally:
            self._ended.set()

    async def aclose(self, *, seconds: float) -> None:
        """Take no more; give what runs ``seconds`` to finish, hand back the rest."""
        self._grace = seconds
        self._closing.set()
        for worker in self._workers.values():
            worker.shutdown_graceful_timeout = seconds
            worker.stop()  # type: ignore[no-untyped-call]  # procrastinate has no type here
        await self._ended.wait()

    async def enqueue(self, connection: AsyncConnection, job: Job) -> None:
        """Give procrastinate the job's id to bring to a worker."""
        raw = await connection.get_raw_connection()
        deferrer = self._app.configure_task(
            TASK,
            queue=queue_of(job),
            priority=-job.backlog,
            lock=job.serial_key,
            connection=raw.driver_connection,
        )
        await deferrer.defer_async(job_id=job.id)

    async def _serve(self, spec: WorkerSpec) -> None:
        """Run one worker; start it again after the database was away."""
        while not self._closing.is_set():
            worker = PollingWorker(
                self._app,
                name=spec.name,
                queues=spec.queues,
                concurrency=spec.concurrency,
                listen_notify=True,
                delete_jobs="successful",
                fetch_job_polling_interval=POLL_SECONDS,
                update_heartbeat_interval=min(HEARTBEAT_SECONDS, self._lease / 4),
                stalled_worker_timeout=FORGET_SECONDS,
                install_signal_handlers=False,
                shutdown_graceful_timeout=self._grace,
            )
            self._workers[spec.name] = worker
            try:
                await worker.run()  # type: ignore[no-untyped-call]  # ... nor here
            except (procrastinate.exceptions.ConnectorException, DatabaseError) as error:
                log.warning("worker lost the database", worker=spec.name, reason=str(error))
            if not self._closing.is_set():
                await asyncio.sleep(DATABASE_PAUSE)

    def _poll_now(self) -> None:
        """Have the workers that serve serial jobs look for them now."""
        for spec in self._specs:
            worker = self._workers.get(spec.name)
            if worker is not None and not self._serial_queues.isdisjoint(spec.queues):
                worker.poll_now()

    async def _step(self, context: procrastinate.JobContext, job_id: int) -> None:
        """Run one job as procrastinate's task."""
        runner = self._runner
        if runner is None:
            raise RuntimeError("a step needs its engine to run")
        procrastinate_id = context.job.id or 0
        self._running.add(procrastinate_id)
        try:
            await self._database.gate.wait_idle(YIELD_SECONDS)
            async with self._database.write() as connection:
                job = await job_rows.start(connection, job_id)
            if job is None:
                return
            try:
                seconds = await runner.run(job)
            except asyncio.CancelledError:
                await runner.hand_back(job)
                raise RescheduleError(await self._moment(0.0)) from None
            if seconds is not None:
                raise RescheduleError(await self._moment(seconds))
        finally:
            self._running.discard(procrastinate_id)

    async def _moment(self, seconds: float) -> datetime:
        """Return the time in ``seconds`` by the database's clock, which all machines share."""
        async with self._database.read() as connection:
            now = await connection.scalar(sa.select(sa.func.now()))
        if not isinstance(now, datetime):
            raise TypeError("PostgreSQL's now() is a moment")
        return now + timedelta(seconds=seconds)

    async def _reap(self, runner: Runner) -> None:
        """Take up, every few seconds, what dead workers left and what nobody here runs."""
        reaper = Reaper(
            self._database,
            self._app.job_manager,
            self.enqueue,
            lease=self._lease,
            deadline=self._limits.seconds_per_job,
        )
        while True:
            await asyncio.sleep(min(REAP_SECONDS, self._lease))
            try:
                mine = [w.worker_id for w in self._workers.values() if w.worker_id is not None]
                with self._database.gate.prioritized():
                    await reaper.sweep(runner, mine, frozenset(self._running))
            except (procrastinate.exceptions.ConnectorException, DatabaseError) as error:
                log.warning("nothing reaped", reason=str(error))
            except sa.exc.SQLAlchemyError as error:
                if not is_passing(error):
                    raise
                log.warning("nothing reaped", reason=str(error))


async def _commit_each(connection: psycopg.AsyncConnection) -> None:
    """Have every statement be a transaction: procrastinate's calls are one each.

    Nor are they waited for on the disk: the job table is the truth, and what a crash undoes in
    procrastinate's is done once more.
    """
    await connection.set_autocommit(True)
