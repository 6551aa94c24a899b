"""Magic filters that are evaluated on the event loop, not in a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram.filters import Filter

if TYPE_CHECKING:
    from aiogram.types import TelegramObject
    from aiogram.utils.magic_filter import MagicFilter


class Where(Filter):
    """A magic filter that is evaluated on the event loop.

    aiogram evaluates a plain one in a thread, for each update; there it would wait for the pictures
    that are drawn in the same threads.
    """

    def __init__(self, magic: MagicFilter) -> None:
        """``magic`` is evaluated for each event."""
        self._magic = magic

    async def __call__(self, event: TelegramObject) -> bool:
        """Tell whether it matches."""
        return bool(self._magic.resolve(event))
