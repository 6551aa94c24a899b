"""Who is served next by the database: there are few places, and a waiting person goes first."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

_URGENT = ContextVar("urgent", default=False)


class Turns:
    """A number of places with two lanes before them, each first come, first served.

    SQLite takes one writer at a time, and its own waiting is blind: whoever polls at the right
    moment gets in, and under load some wait for seconds. PostgreSQL takes as many as there are
    connections, and there jobs would take them all while updates come.
    """

    def __init__(self, places: int = 1) -> None:
        """Begin with all ``places`` free."""
        self._free = places
        self._people = 0
        self._calm = asyncio.Event()
        self._calm.set()
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._patient: deque[asyncio.Future[None]] = deque()

    @contextmanager
    def urgently(self) -> Iterator[None]:
        """Have the transactions of the block go before those of jobs."""
        token = _URGENT.set(True)
        self._people += 1
        self._calm.clear()
        try:
            yield
        finally:
            _URGENT.reset(token)
            self._people -= 1
            if not self._people:
                self._calm.set()

    async def calm(self, seconds: float) -> None:
        """Wait until nothing urgent is under way, for ``seconds`` at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._calm.wait()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a place and keep it for the block."""
        if self._free:
            self._free -= 1
        else:
            ready = asyncio.get_running_loop().create_future()
            (self._urgent if _URGENT.get() else self._patient).append(ready)
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
        for lane in (self._urgent, self._patient):
            while lane:
                ready = lane.popleft()
                if not ready.done():
                    ready.set_result(None)
                    return
        self._free += 1
