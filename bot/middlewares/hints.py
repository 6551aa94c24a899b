"""Helpful sentences, each chat's at most once a minute."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from cachetools import TTLCache

if TYPE_CHECKING:
    from collections.abc import Callable

PAUSE_SECONDS: Final = 60.0
CHATS: Final = 10_000


class Hints:
    """Remembers when a chat was last given a hint."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock`` counts seconds."""
        self._given = TTLCache[int, None](CHATS, PAUSE_SECONDS, clock)

    def due(self, chat_id: int) -> bool:
        """Tell whether a hint may be given now, and take it as given."""
        if chat_id in self._given:
            return False
        self._given[chat_id] = None
        return True
