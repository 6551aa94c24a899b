"""Faults on request: what networks and Telegram do to a bot now and then."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from aiohttp import web

from playground.api.limits import too_many

if TYPE_CHECKING:
    from playground.chats.updates import Updates
    from playground.errors import RefusedError

MOST: Final = 1000
"""Faults that one request may ask for."""


class FaultKind(StrEnum):
    """What goes wrong."""

    TOO_MANY = "429"
    SERVER_ERROR = "502"
    REFUSED = "refused"
    """In Telegram's words, whichever the fault has."""
    SLOW = "slow"
    CUT_OFF = "cut"
    TWICE = "twice"
    """The next updates come a second time."""


@dataclass
class Fault:
    """``times`` calls go wrong: of ``methods``, or of any but `getUpdates` where none is named.

    ``seconds`` are the wait that some have, ``refusal`` is what a refused call is told.
    """

    kind: FaultKind
    methods: tuple[str, ...] = ()
    times: int = 1
    seconds: float = 3.0
    refusal: RefusedError | None = None


class Faults:
    """The faults that are still to come."""

    def __init__(self, updates: Updates) -> None:
        self._updates = updates
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Have a fault come."""
        fault.times = min(max(fault.times, 1), MOST)
        if fault.kind is FaultKind.TWICE:
            self._updates.twice += fault.times
        else:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Have nothing go wrong any more."""
        self._waiting.clear()
        self._updates.twice = 0

    def waiting(self) -> dict[str, int]:
        """Return how many are to come, by kind and methods."""
        found = {" ".join((fault.kind, *fault.methods)): fault.times for fault in self._waiting}
        return found | ({FaultKind.TWICE.value: self._updates.twice} if self._updates.twice else {})

    async def strike(self, request: web.Request, method: str) -> web.Response | None:
        """Let one fault of the method happen; return the answer where it is one.

        Raises RefusedError for a 429 and for a refusal.
        """
        fault = self._next(method)
        if fault is None:
            return None
        seconds = fault.seconds
        if fault.kind is FaultKind.TOO_MANY:
            raise too_many(int(seconds))
        if fault.refusal is not None:
            raise fault.refusal.with_traceback(None)
        if fault.kind is FaultKind.SERVER_ERROR:
            return web.Response(
                text="<html><body><h1>502 Bad Gateway</h1></body></html>",
                status=502,
                content_type="text/html",
            )
        if fault.kind is FaultKind.SLOW:
            await asyncio.sleep(seconds)
            return None
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    def _next(self, method: str) -> Fault | None:
        for fault in self._waiting:
            if method in fault.methods or not (fault.methods or method == "getUpdates"):
                fault.times -= 1
                if fault.times == 0:
                    self._waiting.remove(fault)
                return fault
        return None
