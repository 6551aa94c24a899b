"""How often a bot may send: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from playground.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Bucket:
    """Holds ``size`` calls, and gets ``rate`` back a second."""

    size: float
    rate: float
    left: float
    at: float

    def wait(self, now: float) -> float:
        """Return after how many seconds the next call may come."""
        self.left = min(self.size, self.left + (now - self.at) * self.rate)
        self.at = now
        return max(0.0, (1.0 - self.left) / self.rate)


OVERALL: Final = (30.0, 30.0)
"""Calls at once, and a second."""
PRIVATE: Final = (20.0, 1.0)
"""One a second in a chat; short bursts pass."""
GROUP: Final = (20.0, 20.0 / 60.0)


def too_many(seconds: int) -> RefusedError:
    """Return the refusal of a call that may come again after so many seconds."""
    return RefusedError(f"Too Many Requests: retry after {seconds}", 429, retry_after=seconds)


class Limits:
    """Counts what is sent, to each chat and in all."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock`` tells seconds."""
        self._clock = clock
        self._buckets: dict[int, Bucket] = {}

    def take(self, chat_id: int, count: int = 1) -> None:
        """Count what is sent to a chat. Raises RefusedError, code 429, where it is too much."""
        now = self._clock()
        buckets = [
            self._bucket(0, OVERALL, now),
            self._bucket(chat_id, GROUP if chat_id < 0 else PRIVATE, now),
        ]
        wait = max(bucket.wait(now) for bucket in buckets)
        if wait > 0:
            seconds = max(1, math.ceil(wait))
            raise too_many(seconds)
        for bucket in buckets:
            bucket.left -= count

    def _bucket(self, key: int, kind: tuple[float, float], now: float) -> Bucket:
        size, rate = kind
        return self._buckets.setdefault(key, Bucket(size, rate, size, now))
