"""What carries a job to a worker: procrastinate's job, its queue, and when it is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from procrastinate.manager import JobManager
from procrastinate.retry import BaseRetryStrategy, RetryDecision

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    import procrastinate
    from procrastinate.connector import BaseConnector
    from procrastinate.jobs import Status

    from storage.jobs import Job, JobKind, Lane


class LaterError(Exception):
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
        if isinstance(exception, LaterError):
            return RetryDecision(retry_at=exception.moment)
        return RetryDecision(retry_in={"seconds": 1})


class Carriers(JobManager):
    """Tells, by ``left``, when a job that others waited for in its turn is gone.

    A new job is announced to the workers; one whose turn comes is not, and was found by the next
    poll only.
    """

    def __init__(self, connector: BaseConnector, left: Callable[[], None]) -> None:
        """Keep the ends."""
        super().__init__(connector)
        self._left = left

    async def finish_job(
        self,
        job: procrastinate.jobs.Job,
        status: Status,
        delete_job: bool,  # noqa: FBT001 procrastinate's own
    ) -> None:
        """Finish a job."""
        await super().finish_job(job, status, delete_job)
        if job.lock is not None:
            self._left()


@dataclass(frozen=True, slots=True)
class Desk:
    """One worker of procrastinate's: the queues it serves, and at how many places."""

    name: str
    queues: list[str]
    places: int


def desks(lanes: Sequence[Lane]) -> list[Desk]:
    """Divide lanes into workers: for all of a lane's jobs, for its guests; one for all suspects."""
    found, suspects = list[Desk](), set[str]()
    for lane in lanes:
        firsts = sorted(_first_queue(kind) for kind in lane.kinds)
        all_jobs = sorted(kind.value for kind in lane.kinds) + firsts
        found.append(Desk(lane.name, all_jobs, lane.room))
        if lane.guests:
            found.append(Desk(f"{lane.name}:guests", firsts, lane.guests))
        suspects |= {suspect_queue(kind) for kind in lane.kinds}
    return [*found, Desk("suspects", sorted(suspects), 1)]


def queue_of(job: Job) -> str:
    """Name a job's queue: sellers' first jobs of a kind have one of their own, as suspects do."""
    if job.is_suspect:
        return suspect_queue(job.kind)
    return _first_queue(job.kind) if job.is_first else job.kind.value


def suspect_queue(kind: JobKind) -> str:
    """Name the queue of those jobs of a kind whose process died while they ran."""
    return f"{kind.value}:suspect"


def _first_queue(kind: JobKind) -> str:
    return f"{kind.value}:first"
