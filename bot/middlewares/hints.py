"""Helpful sentences, each chat's at most once a minute."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

PAUSE_SECONDS: Final = 60.0
CHATS: Final = 10_000


class Hints:
    """Remembers when a chat was last given a hint."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock`` counts seconds."""
        self._clock = clock
        self._given: OrderedDict[int, float] = OrderedDict()

    def due(self, chat_id: int) -> bool:
        """Tell whether a hint may be given now, and take it as given."""
        now = self._clock()
        if now - self._given.get(chat_id, -PAUSE_SECONDS) < PAUSE_SECONDS:
            return False
        self._given[chat_id] = now
        self._given.move_to_end(chat_id)
        while len(self._given) > CHATS:
            self._given.popitem(last=False)
        return True
