"""How jobs run on procrastinate: queues, workers, retries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from procrastinate.manager import JobManager
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from procrastinate.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    import procrastinate
    from procrastinate.connector import BaseConnector
    from procrastinate.jobs import Status

    from storage.jobs import Job, JobKind, JobPool


class RescheduleError(Exception):
    """Tells procrastinate to run the same job again at ``moment``."""

    def __init__(self, moment: datetime) -> None:
        """Keep the moment, by the database's clock."""
        super().__init__(moment)
        self.moment = moment


class Retry(BaseRetryStrategy):
    """Runs a job again when its run said so, and at once when its worker closes."""

    def get_retry_decision(
        self, *, exception: BaseException, job: procrastinate.jobs.Job
    ) -> RetryDecision | None:
        """Read the moment off the exception."""
        _ = job
        if isinstance(exception, RescheduleError):
            return RetryDecision(retry_at=exception.moment)
        return RetryDecision(retry_in={"seconds": 1})


class SerialJobManager(JobManager):
    """Calls ``on_release`` when a job that held a lock is finished.

    procrastinate notifies workers of new jobs, not of jobs whose lock is free again: those would
    wait for the next poll.
    """

    def __init__(self, connector: BaseConnector, on_release: Callable[[], None]) -> None:
        """``on_release`` is called in the event loop."""
        super().__init__(connector)
        self._on_release = on_release

    async def finish_job(
        self,
        job: procrastinate.jobs.Job,
        status: Status,
        delete_job: bool,  # noqa: FBT001 procrastinate's own
    ) -> None:
        """Finish a job."""
        await super().finish_job(job, status, delete_job)
        if job.lock is not None:
            self._on_release()


class PollingWorker(Worker):
    """A worker that can be told to look for jobs at once, and stopped while others go on."""

    def poll_now(self) -> None:
        """Do what a notification of a new job does."""
        self._new_job_event.set()  # private: pinned in pyproject.toml, see tests/unit/test_pins.py


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """A procrastinate worker to start: the queues it serves, and how many jobs at a time."""

    name: str
    queues: list[str]
    concurrency: int


def worker_specs(pools: Sequence[JobPool]) -> list[WorkerSpec]:
    """Plan the workers: one for each pool, one for its reserved places, one for possible poison."""
    found, poison = list[WorkerSpec](), set[str]()
    for pool in pools:
        firsts = sorted(_first_queue(kind) for kind in pool.kinds)
        all_jobs = sorted(kind.value for kind in pool.kinds) + firsts
        found.append(WorkerSpec(pool.name, all_jobs, pool.concurrency))
        if pool.reserved:
            found.append(WorkerSpec(f"{pool.name}:reserved", firsts, pool.reserved))
        poison |= {poison_queue(kind) for kind in pool.kinds}
    return [*found, WorkerSpec("possibly-poison", sorted(poison), 1)]


def queue_of(job: Job) -> str:
    """Name a job's queue: a seller's first job of a kind and possible poison have their own."""
    if job.may_be_poison:
        return poison_queue(job.kind)
    return _first_queue(job.kind) if job.is_first else job.kind.value


def poison_queue(kind: JobKind) -> str:
    """Name the queue of those jobs of a kind whose process died while they ran.

    The names of queues are in the rows of older versions: they stay as they are.
    """
    return f"{kind.value}:suspect"


def _first_queue(kind: JobKind) -> str:
    return f"{kind.value}:first"
