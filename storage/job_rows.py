"""The rows of the job table, which both engines keep: submitted, started, postponed, ended."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.jobs import COALESCED, Job, JobKind
from storage.tables import jobs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection

QUEUED, RUNNING, DONE, FAILED = "queued", "running", "done", "failed"
OPEN = (QUEUED, RUNNING)


@dataclass(frozen=True, slots=True)
class Depth:
    """How many jobs of a kind are open, and since when the oldest (Unix time)."""

    kind: str
    jobs: int
    oldest_at: float


async def add(connection: AsyncConnection, job: Job) -> tuple[int, int]:
    """Write a job down; return its id and how many of its kind the seller had open."""
    backlog = sa.select(sa.func.count()).where(
        jobs.c.seller_id == job.seller_id,
        jobs.c.kind == job.kind.value,
        jobs.c.state.in_(OPEN),
    )
    result = await connection.execute(
        sa.insert(jobs)
        .values(
            kind=job.kind.value,
            seller_id=job.seller_id,
            payload=dict(job.payload),
            state=QUEUED,
            turn=job.serial_key,
            backlog=backlog.scalar_subquery(),
            attempts=0,
            not_before=0.0,
            created_at=time.time(),
        )
        .returning(jobs.c.id, jobs.c.backlog)
    )
    row = result.one()
    return row.id, row.backlog


async def waiting(connection: AsyncConnection, job: Job) -> int | None:
    """Return the job that is due already and will do the same, locked so that it cannot start.

    One that another transaction is about to start may have looked before this one commits.
    """
    if job.kind not in COALESCED:
        return None
    found: int | None = await connection.scalar(
        sa.select(jobs.c.id)
        .where(
            jobs.c.seller_id == job.seller_id,
            jobs.c.kind == job.kind.value,
            jobs.c.state == QUEUED,
            jobs.c.not_before <= time.time(),
            jobs.c.payload["photo"].as_integer() == job.number("photo"),
        )
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return found


async def start(connection: AsyncConnection, job_id: int) -> Job | None:
    """Mark an open job as running and return it; None where it has ended."""
    result = await connection.execute(
        sa.update(jobs)
        .where(jobs.c.id == job_id, jobs.c.state.in_(OPEN))
        .values(state=RUNNING, attempts=jobs.c.attempts + 1, claims=jobs.c.claims + 1)
        .returning(*jobs.c)
    )
    row = result.one_or_none()
    return None if row is None else job_of(row)


async def advance(connection: AsyncConnection, job: Job, payload: Mapping[str, Any]) -> bool:
    """Write down how far a running job came; False where a newer start has taken it over."""
    return await _leave(connection, job, payload=dict(payload))


async def is_open(connection: AsyncConnection, kind: JobKind, seller_id: int) -> bool:
    """Tell whether a seller has a job of a kind that is still to be done."""
    found = sa.exists().where(
        jobs.c.seller_id == seller_id, jobs.c.kind == kind.value, jobs.c.state.in_(OPEN)
    )
    return bool(await connection.scalar(sa.select(found)))


async def postpone(connection: AsyncConnection, job: Job, **values: object) -> bool:
    """Queue a running job again; False where a newer start has taken it over."""
    return await _leave(connection, job, state=QUEUED, **values)


async def end(connection: AsyncConnection, job: Job, state: str, error: str | None = None) -> bool:
    """Write a job's end down; False where a newer start has taken it over: one winner ends it."""
    values: dict[str, Any] = {} if error is None else {"last_error": error}
    return await _leave(connection, job, state=state, finished_at=time.time(), **values)


async def _leave(connection: AsyncConnection, job: Job, **values: object) -> bool:
    result = await connection.execute(
        sa.update(jobs)
        .where(jobs.c.id == job.id, jobs.c.state == RUNNING, jobs.c.claims == job.claim)
        .values(**values)
    )
    return bool(result.rowcount)


async def depths(connection: AsyncConnection) -> list[Depth]:
    """Return how much is open of each kind that has anything open."""
    rows = await connection.execute(
        sa.select(jobs.c.kind, sa.func.count(), sa.func.min(jobs.c.created_at))
        .where(jobs.c.state.in_(OPEN))
        .group_by(jobs.c.kind)
    )
    return [Depth(*row) for row in rows]


def job_of(row: Any) -> Job:
    """Read a row of the job table."""
    return Job(
        kind=JobKind(row.kind),
        seller_id=row.seller_id,
        payload=row.payload,
        id=row.id,
        attempts=row.attempts,
        claim=row.claims,
        backlog=row.backlog,
        deaths=row.deaths,
    )
