"""Updates that wait for the bot, until it confirms them by a higher offset."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Final

from playground.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Container

    from playground.errors import Json

BATCH: Final = 100
"""Updates in one answer."""
LONGEST_POLL: Final = 50.0
"""Seconds that a poll waits at most."""


class Updates:
    """A queue with one reader."""

    def __init__(self) -> None:
        self._waiting: dict[int, Json] = {}
        self._again: set[int] = set()
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
        self.wake()
        return number

    def confirm(self, offset: int) -> None:
        """Forget the updates below ``offset``; one below zero leaves that many of the last."""
        if offset < 0:
            offset = ([0, *self._waiting][offset:] or [0])[0]
        for number in [number for number in self._waiting if number < offset]:
            self.taken(number)

    def taken(self, number: int) -> None:
        """Forget an update that the bot has taken, unless it is to come a second time."""
        if self.twice and number in self._waiting and number not in self._again:
            self.twice -= 1
            self._again.add(number)
        else:
            self._again.discard(number)
            self._waiting.pop(number, None)

    def clear(self) -> None:
        """Forget all that wait."""
        self._waiting.clear()
        self._again.clear()

    def __contains__(self, number: int) -> bool:
        """Tell whether an update waits."""
        return number in self._waiting

    async def first(self, but: Container[int] = ()) -> Json:
        """Wait for the oldest update ``but`` those of these numbers, and leave it in its place."""
        while True:
            changed = self._changed
            for number, update in self._waiting.items():
                if number not in but:
                    return update
            await changed.wait()

    async def poll(self, offset: int, limit: int, timeout: float) -> list[Json]:  # noqa: ASYNC109 - the Bot API's own parameter
        """Confirm, then return what waits; wait ``timeout`` seconds for one where none does.

        Raises RefusedError in an earlier poll that still waits.
        """
        self._poll = mine = next(self._polls)
        self.wake()
        self.polled.set()
        self.confirm(offset)
        try:
            async with asyncio.timeout(min(timeout, LONGEST_POLL)):
                while not self._waiting:
                    await self._changed.wait()
                    if self._poll != mine:
                        raise RefusedError(
                            "terminated by other getUpdates request; "
                            "make sure that only one bot instance is running",
                            409,
                        )
        except TimeoutError:
            return []
        return list(itertools.islice(self._waiting.values(), min(max(limit, 1), BATCH)))

    def wake(self) -> None:
        """Have those who wait look again."""
        self._changed.set()
        self._changed = asyncio.Event()
