"""A circuit breaker: a service that is down is left alone for a while, and costs nobody a wait."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Breaker:
    """Opens after ``failures`` in a row, for ``pause`` seconds; then lets one trial through.

    A trial that neither succeeds nor fails (it was cancelled) is followed by the next one a
    pause later, so nothing has to be given back.
    """

    def __init__(
        self,
        failures: int = 5,
        pause: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = failures
        self._pause = pause
        self._clock = clock
        self._failures = 0
        self._shut_until = 0.0

    def lets_through(self) -> bool:
        """Tell whether a call may be made now; ask once per call."""
        if self._failures < self._limit:
            return True
        now = self._clock()
        if now < self._shut_until:
            return False
        self._shut_until = now + self._pause
        return True

    def succeeded(self) -> None:
        """Note that the service answered."""
        self._failures = 0

    def failed(self) -> None:
        """Note that the service did not answer, or answered that it cannot."""
        self._failures += 1
        self._shut_until = self._clock() + self._pause
