"""Whether this process serves sellers: what `/readyz`, `/healthz` and systemd's watchdog tell."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from pipeline.errors import StorageError
from storage import job_rows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from storage.database import Database
    from storage.files import FileStore
    from storage.jobs import JobKind, JobPool

DATABASE_SECONDS = 2.0
THREAD_SECONDS = 30.0
"""How long a call may wait for one of the process's threads."""
PROBE_SECONDS = 1.0
JOB_SECONDS = 180.0
"""A run that lasts longer has not ended at its limit: nothing can end it but the process's end."""
MODEL_SECONDS = 180.0
"""No work of the model's takes this long; in this process nothing ends it either."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why sellers are not served; ``restart`` tells whether a new process would serve them."""

    text: str
    restart: bool = False


class Health:
    """Asks all parts of the process for their troubles."""

    def __init__(
        self, database: Database, files: FileStore, *checks: Callable[[], Trouble | None]
    ) -> None:
        """Take ``checks``, asked in their order after the database, the disk and the threads."""
        self._database = database
        self._files = files
        self._checks = list(checks)
        self._asked: float | None = None

    def add(self, check: Callable[[], Trouble | None]) -> None:
        """Ask one more part."""
        self._checks.append(check)

    async def troubles(self) -> list[Trouble]:
        """Return what keeps sellers from being served now; nothing where all is well."""
        found: list[Trouble | None] = []
        if await self.depths() is None:
            found.append(Trouble("the database does not answer"))
        if self._files.is_full:
            found.append(Trouble("the disk is full"))
        if self._asked is not None and time.monotonic() - self._asked > THREAD_SECONDS:
            found.append(Trouble("all threads are stuck", restart=True))
        found += [check() for check in self._checks]
        return [trouble for trouble in found if trouble is not None]

    async def depths(self) -> list[job_rows.Depth] | None:
        """Ask how much is queued; None where the database does not answer."""
        try:
            with self._database.gate.prioritized():
                async with asyncio.timeout(DATABASE_SECONDS), self._database.read() as connection:
                    return await job_rows.depths(connection)
        except (SQLAlchemyError, StorageError, TimeoutError):
            return None

    @asynccontextmanager
    async def probing(self) -> AsyncIterator[None]:
        """Try, while the block runs, whether a thread can be had."""
        probing = asyncio.create_task(self._probe(), name="probe")
        try:
            yield
        finally:
            probing.cancel()

    async def _probe(self) -> None:
        while True:
            self._asked = time.monotonic()
            await asyncio.to_thread(time.monotonic)
            self._asked = None
            await asyncio.sleep(PROBE_SECONDS)


def stuck_pools(
    pools: Sequence[JobPool], running: Callable[[], Mapping[JobKind, Sequence[float]]]
) -> Callable[[], Trouble | None]:
    """Check for a pool all of whose jobs hang; ``running`` tells how long each has run, seconds."""

    def check() -> Trouble | None:
        runs = running()
        for pool in pools:
            lasting = [seconds for kind in pool.kinds for seconds in runs.get(kind, ())]
            if sum(seconds > JOB_SECONDS for seconds in lasting) >= pool.concurrency:
                return Trouble(f"all workers of {pool.name} are stuck", restart=True)
        return None

    return check


def stuck_model(busy_seconds: Callable[[], float]) -> Callable[[], Trouble | None]:
    """Look whether the model has been at one piece of work for too long, on every host."""

    def check() -> Trouble | None:
        seconds = busy_seconds()
        if seconds <= MODEL_SECONDS:
            return None
        return Trouble(f"the model has not answered for {seconds:.0f} seconds", restart=True)

    return check
