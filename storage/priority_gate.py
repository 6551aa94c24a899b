"""Which transaction is next: there are few connections, and people's updates go before jobs."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

_PRIORITIZED = ContextVar("prioritized", default=False)


class PriorityGate:
    """A semaphore with two queues, each first come, first served: the prioritized goes first.

    SQLite takes one writer at a time, and its own waiting is blind: whoever polls at the right
    moment gets in, and under load some wait for seconds. PostgreSQL takes as many as there are
    connections, and there jobs would take them all while updates come.
    """

    def __init__(self, places: int = 1) -> None:
        """Begin with all ``places`` free."""
        self._free = places
        self._prioritized = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._priority: deque[asyncio.Future[None]] = deque()
        self._normal: deque[asyncio.Future[None]] = deque()

    @contextmanager
    def prioritized(self) -> Iterator[None]:
        """Have the transactions of the block go before those of jobs."""
        token = _PRIORITIZED.set(True)
        self._prioritized += 1
        self._idle.clear()
        try:
            yield
        finally:
            _PRIORITIZED.reset(token)
            self._prioritized -= 1
            if not self._prioritized:
                self._idle.set()

    async def wait_idle(self, seconds: float) -> None:
        """Wait until no prioritized block is running, for ``seconds`` at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._idle.wait()

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a place and keep it for the block."""
        if self._free:
            self._free -= 1
        else:
            ready = asyncio.get_running_loop().create_future()
            (self._priority if _PRIORITIZED.get() else self._normal).append(ready)
            try:
                await ready
            except asyncio.CancelledError:
                if ready.done() and not ready.cancelled():
                    self._next()
                raise
        try:
            yield
        finally:
            self._next()

    def _next(self) -> None:
        for queue in (self._priority, self._normal):
            while queue:
                ready = queue.popleft()
                if not ready.done():
                    ready.set_result(None)
                    return
        self._free += 1
