"""Memory for photos in work: each reserves its bytes before it takes them, in turn."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipeline.errors import OverloadedError

if TYPE_CHECKING:
    from collections.abc import Iterator

TOTAL_BYTES = 512 * 1024 * 1024
"""Bytes; what a single photo of the most pixels takes, to decode it or to cut it out."""
WAIT_SECONDS = 90.0
"""Seconds for a turn; whoever holds memory is done in a few."""


class MemoryBudget:
    """Bytes that threads reserve for as long as they need them.

    One large photo, or many small ones, are in work at a time. What a small one waits for is
    bounded: first come, first served, and no one reserves twice.
    """

    def __init__(self, total: int = TOTAL_BYTES, *, patience: float = WAIT_SECONDS) -> None:
        self._total = self._free = total
        self._patience = patience
        self._changed = threading.Condition()
        self._turns = deque[object]()

    @property
    def free(self) -> int:
        """Bytes that nobody has reserved."""
        return self._free

    @contextmanager
    def reserve(self, needed: int) -> Iterator[None]:
        """Hold ``needed`` bytes in the block; of more than there are, all.

        Raises OverloadedError where they do not become free in time.
        """
        needed = min(needed, self._total)
        turn = object()
        with self._changed:
            self._turns.append(turn)
            try:
                came = self._changed.wait_for(
                    lambda: self._turns[0] is turn and self._free >= needed, self._patience
                )
                if not came:
                    raise OverloadedError(f"{needed} bytes of memory were not free in time")
                self._free -= needed
            finally:
                self._turns.remove(turn)
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._free += needed
                self._changed.notify_all()
