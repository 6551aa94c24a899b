"""What operators do with jobs: list, look up by an error's id, retry, drop."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage import job_rows
from storage.database import announce
from storage.jobs import JobKind
from storage.photos import PhotoState
from storage.tables import failures, jobs, photos

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.jobs import Job, JobEngine

MAX_REASON = 1000
"""Characters of an error that are kept, and shown."""
DROPPED = "dropped by an operator"
NUMBER = re.compile(r"[Jj]?(\d{1,18})")
UPDATE = re.compile(r"[Uu]\d{1,18}")


@dataclass(frozen=True, slots=True)
class JobState:
    """One job as operators see it; ``error_id`` is what its seller was told. Times are Unix's."""

    id: int
    kind: str
    seller_id: int
    state: str
    attempts: int
    deaths: int
    last_error: str | None
    created_at: float
    finished_at: float | None

    @property
    def error_id(self) -> str:
        """Name the job as error messages do."""
        return f"J{self.id}"


@dataclass(frozen=True, slots=True)
class Failure:
    """An update that broke its handler."""

    id: str
    kind: str
    reason: str
    created_at: float


COLUMNS = tuple(jobs.c[name] for name in JobState.__dataclass_fields__)


async def listing(connection: AsyncConnection, limit: int) -> list[JobState]:
    """Return the jobs that failed last, then those that have waited longest; ``limit`` of each."""
    failed = sa.select(*COLUMNS).where(jobs.c.state == job_rows.FAILED)
    waiting = sa.select(*COLUMNS).where(jobs.c.state.in_(job_rows.OPEN))
    rows = [
        *await connection.execute(failed.order_by(jobs.c.finished_at.desc()).limit(limit)),
        *await connection.execute(waiting.order_by(jobs.c.id).limit(limit)),
    ]
    return [JobState(*row) for row in rows]


async def find(connection: AsyncConnection, error_id: str) -> JobState | Failure | None:
    """Look up what an id stands for: "J12" or "12" for a job, "U12" for an update that broke."""
    if match := NUMBER.fullmatch(error_id):
        query = sa.select(*COLUMNS).where(jobs.c.id == int(match[1]))
        row = (await connection.execute(query)).one_or_none()
        return None if row is None else JobState(*row)
    if UPDATE.fullmatch(error_id):
        columns = (failures.c[name] for name in Failure.__dataclass_fields__)
        query = sa.select(*columns).where(failures.c.id == error_id.upper())
        row = (await connection.execute(query)).one_or_none()
        return None if row is None else Failure(*row)
    return None


async def note(
    connection: AsyncConnection, error_id: str, seller_id: int | None, kind: str, error: Exception
) -> None:
    """Keep why an update broke, so that its id can be looked up."""
    await connection.execute(sa.delete(failures).where(failures.c.id == error_id))
    await connection.execute(
        sa.insert(failures).values(
            id=error_id,
            seller_id=seller_id,
            kind=kind,
            reason=repr(error)[:MAX_REASON],
            created_at=time.time(),
        )
    )


async def retry(connection: AsyncConnection, engine: JobEngine, job_id: int) -> bool:
    """Queue a failed job anew, with all its attempts; False where it has not failed."""
    result = await connection.execute(
        sa.update(jobs)
        .where(jobs.c.id == job_id, jobs.c.state == job_rows.FAILED)
        .values(
            state=job_rows.QUEUED, attempts=0, deaths=0, not_before=0.0, finished_at=None, backlog=0
        )
        .returning(*jobs.c)
    )
    row = result.one_or_none()
    if row is None:
        return False
    job = job_rows.job_of(row)
    if job.kind in {JobKind.FETCH, JobKind.CUT_OUT}:
        # Its failure ended the photo; the step would find that nothing is to be done.
        await connection.execute(
            sa.update(photos)
            .where(photos.c.id == job.number("photo"), photos.c.state == PhotoState.FAILED.value)
            .values(state=PhotoState.ACCEPTED.value)
        )
    await engine.enqueue(connection, job)
    return True


async def drop(connection: AsyncConnection, job_id: int) -> Job | None:
    """End a job that is open; None where it is not. A run of it that goes on ends unheard."""
    result = await connection.execute(
        sa.update(jobs)
        .where(jobs.c.id == job_id, jobs.c.state.in_(job_rows.OPEN))
        .values(state=job_rows.FAILED, finished_at=time.time(), last_error=DROPPED)
        .returning(*jobs.c)
    )
    row = result.one_or_none()
    if row is None:
        return None
    announce(connection)  # it may have kept others of its turn waiting
    return job_rows.job_of(row)
