"""One run of a job, the same for every engine: its time-out, its end, its retry."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from pipeline.errors import StorageUnavailableError
from storage import job_rows
from storage.database import is_passing
from storage.jobs import GiveUpError, RetryLaterError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from storage.database import Database
    from storage.jobs import Handler, Job, Observer

MAX_PAUSE_SECONDS = 300.0
DATABASE_PAUSE = 1.0
YIELD_SECONDS = 5.0
"""How long a job waits for the updates that are being handled."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """How often a job is tried, and how long one try may take."""

    max_attempts: int = 5
    seconds_per_job: float = 120.0


class Runner:
    """Runs a handler on one job and writes down what became of it."""

    def __init__(
        self, database: Database, handler: Handler, limits: Limits, observer: Observer | None
    ) -> None:
        """Keep the ends."""
        self._observer = observer
        self._database = database
        self._handler = handler
        self._limits = limits

    async def run(self, job: Job) -> float | None:
        """Run a started job; return None when it has ended, or the seconds until its next try.

        Raises CancelledError when the engine closes; the caller hands the job back.
        """
        with structlog.contextvars.bound_contextvars(
            job=job.id, kind=job.kind.value, seller=job.seller_id
        ):
            began = time.monotonic()
            try:
                async with asyncio.timeout(self._limits.seconds_per_job):
                    await self._watched(job)
            except RetryLaterError as again:
                return await self._again(job, again)
            except GiveUpError as error:
                await self._give_up(job, error.__cause__ or error)
                return None
            except Exception as error:
                if is_passing(error) or isinstance(error, StorageUnavailableError):
                    later = RetryLaterError(2 * DATABASE_PAUSE, repr(error), counts=False)
                    return await self._again(job, later)
                log.exception("job failed", attempt=job.attempts)
                return await self._again(
                    job, RetryLaterError(pause(job.attempts), repr(error)), error
                )
            await self._write(lambda: self._end(job, job_rows.DONE))
            self._tell(job, "done")
            if self._observer is not None:
                self._observer.job_timed(job, time.monotonic() - began)
            return None

    async def _watched(self, job: Job) -> None:
        if self._observer is None:
            await self._handler.run(job)
            return
        self._observer.job_started(job)
        try:
            await self._handler.run(job)
        finally:
            self._observer.job_stopped(job)

    async def process_died(self, job: Job) -> float | None:
        """Queue a job whose process died; return the seconds until its next try.

        None when it is given up. At its first death other jobs ran in that process: that is not
        counted as an attempt. From then on it runs as possible poison, alone, and a death is
        its own.
        """
        if self._observer is not None:
            self._observer.job_reaped()
        deaths = job.deaths + 1
        if deaths >= self._limits.max_attempts:
            await self._give_up(job, None)
            return None
        attempts, seconds = job.attempts, pause(job.deaths)
        if not job.may_be_poison:
            attempts, seconds = job.attempts - 1, 0.0
        await self._write(
            lambda: self._postpone(job, after=seconds, attempts=attempts, deaths=deaths)
        )
        return seconds

    async def hand_back(self, job: Job) -> None:
        """Queue a job again that was cancelled by the engine's end."""
        await self._write(lambda: self._postpone(job, attempts=job.attempts - 1))
        self._tell(job, "handed-back")

    async def _again(
        self, job: Job, again: RetryLaterError, error: Exception | None = None
    ) -> float | None:
        if again.counts and job.attempts >= self._limits.max_attempts:
            await self._give_up(job, error or again)
            return None
        await self._write(
            lambda: self._postpone(
                job,
                after=again.seconds,
                attempts=job.attempts if again.counts else job.attempts - 1,
                last_error=str(again),
            )
        )
        self._tell(job, "again")
        log.info("job postponed", seconds=again.seconds, reason=str(again))
        return again.seconds

    async def _give_up(self, job: Job, error: BaseException | None) -> None:
        log.error("job given up", job=job.id, kind=job.kind.value, attempts=job.attempts)
        await self._write(lambda: self._handler.give_up(job, error))
        reason = repr(error) if error else "its process died every time"
        await self._write(lambda: self._end(job, job_rows.FAILED, reason))
        self._tell(job, "failed")

    def _tell(self, job: Job, end: str) -> None:
        if self._observer is not None:
            self._observer.job_ended(job, end)

    async def _end(self, job: Job, state: str, error: str | None = None) -> None:
        async with self._database.write() as connection:
            if not await job_rows.end(connection, job, state, error):
                log.warning("another run has ended this job", job=job.id)

    async def _postpone(self, job: Job, *, after: float = 0.0, **values: object) -> None:
        async with self._database.write() as connection:
            # The clock is read inside the transaction: it may be set while this waits.
            if after:
                values["not_before"] = time.time() + after
            await job_rows.postpone(connection, job, **values)

    async def _write(self, work: Callable[[], Awaitable[None]]) -> None:
        """Write, however long the database is locked, full or away."""
        while True:
            try:
                return await work()
            except Exception as error:
                if not is_passing(error):
                    raise
                log.warning("the database does not take it yet", reason=str(error))
                await asyncio.sleep(DATABASE_PAUSE)


def pause(attempts: int) -> float:
    """Seconds before the next try, doubling."""
    return min(2.0**attempts, MAX_PAUSE_SECONDS)
