"""Updates that wait for the bot, until it confirms them by a higher offset."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Final

from playground.errors import RefusedError

if TYPE_CHECKING:
    from playground.errors import Json

BATCH: Final = 100
"""Updates in one answer."""
LONGEST_POLL: Final = 50.0
"""Seconds that a poll waits at most."""


class Updates:
    """A queue with one reader."""

    def __init__(self) -> None:
        self._waiting: dict[int, Json] = {}
        self._repeated: list[Json] = []
        self._numbers = itertools.count(1)
        self._changed = asyncio.Event()
        self._polls = itertools.count(1)
        self._poll = 0
        self.polled = asyncio.Event()
        """Set by the first poll: the bot is there."""
        self.twice = 0
        """How many of the next updates come a second time after they were confirmed."""

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._waiting)

    def add(self, update: Json) -> int:
        """Have an update wait; return its number."""
        number = next(self._numbers)
        self._waiting[number] = {"update_id": number, **update}
        self._wake()
        return number

    def confirm(self, offset: int) -> None:
        """Forget the updates below ``offset``; one below zero leaves that many of the last."""
        if offset < 0:
            offset = ([0, *self._waiting][offset:] or [0])[0]
        for number in [number for number in self._waiting if number < offset]:
            update = self._waiting.pop(number)
            if self.twice:
                self.twice -= 1
                self._repeated.append(update)

    def clear(self) -> None:
        """Forget all that wait."""
        self._waiting.clear()

    async def first(self) -> Json:
        """Wait for the oldest update, and leave it in its place."""
        while not self._waiting:
            await self._changed.wait()
        return next(iter(self._waiting.values()))

    async def poll(self, offset: int, limit: int, timeout: float) -> list[Json]:  # noqa: ASYNC109 - the Bot API's own parameter
        """Confirm, then return what waits; wait ``timeout`` seconds for one where none does.

        Raises RefusedError in an earlier poll that still waits.
        """
        self._poll = mine = next(self._polls)
        self._wake()
        self.polled.set()
        self.confirm(offset)
        try:
            async with asyncio.timeout(min(timeout, LONGEST_POLL)):
                while not self._waiting and not self._repeated:
                    await self._changed.wait()
                    if self._poll != mine:
                        raise RefusedError(
                            "terminated by other getUpdates request; "
                            "make sure that only one bot instance is running",
                            409,
                        )
        except TimeoutError:
            return []
        found = [*self._repeated, *self._waiting.values()]
        self._repeated.clear()
        return found[: min(max(limit, 1), BATCH)]

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
