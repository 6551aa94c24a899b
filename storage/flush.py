"""Group commit: many transactions wait for one flush of the disk.

A database that flushes in each commit has others wait meanwhile: SQLite the next writer, PostgreSQL
everybody who announces a job, because NOTIFY commits one after another. A disk that takes 10 ms for
a flush then takes less than a hundred transactions a second. Here a commit is in the log only, safe
from the death of the process, and who wrote waits for a flush that began after it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

GATHER_SECONDS = 0.005
"""While one flush follows another, how long more are gathered for the next."""


class Flush:
    """Flushes while there are waiting transactions."""

    def __init__(self, flush: Callable[[], Awaitable[None]]) -> None:
        """``flush`` returns when all that is committed at its start is on the disk."""
        self._flush = flush
        self._next: asyncio.Task[None] | None = None
        self._running: asyncio.Task[None] | None = None

    async def wait(self) -> None:
        """Return when all that is committed by now is on the disk."""
        if self._next is None:
            self._next = asyncio.create_task(self._run(self._running), name="flush")
        await asyncio.shield(self._next)

    async def _run(self, before: asyncio.Task[None] | None) -> None:
        if before is not None and not before.done():
            await asyncio.wait({before})
            await asyncio.sleep(GATHER_SECONDS)
        self._running, self._next = self._next, None
        await self._flush()
