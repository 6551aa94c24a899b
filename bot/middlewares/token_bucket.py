"""Token buckets: how fast a seller may ask for something."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from cachetools import LRUCache

if TYPE_CHECKING:
    from collections.abc import Callable

MINUTE: Final = 60.0
SELLERS: Final = 10_000
"""So many sellers' buckets are remembered; who is evicted starts with a full one."""


class Verdict(Enum):
    """What a rate limiter says: go on, refuse and say so, refuse without a word."""

    PASS = auto()
    TELL = auto()
    SILENT = auto()


@dataclass(slots=True)
class Bucket:
    """One seller's tokens at a moment, and when they were last told that there are none."""

    tokens: float
    at: float
    told_at: float = float("-inf")


class RateLimiter:
    """A token bucket per seller, in this process's memory.

    It holds ``a_minute`` tokens and gains as many over each minute; 0 sets no limit.
    """

    def __init__(self, a_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock`` counts seconds."""
        self._a_minute, self._clock = a_minute, clock
        self._buckets = LRUCache[int, Bucket](SELLERS)

    def take(self, seller_id: int) -> Verdict:
        """Take a token; where there is none the seller is to be told once a minute."""
        if not self._a_minute:
            return Verdict.PASS
        now = self._clock()
        bucket = self._buckets.setdefault(seller_id, Bucket(self._a_minute, now))
        gained = (now - bucket.at) * self._a_minute / MINUTE
        bucket.tokens, bucket.at = min(self._a_minute, bucket.tokens + gained), now
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return Verdict.PASS
        if now - bucket.told_at < MINUTE:
            return Verdict.SILENT
        bucket.told_at = now
        return Verdict.TELL
