"""Filters that do not leave the event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram.filters import Filter

if TYPE_CHECKING:
    from aiogram.types import TelegramObject
    from aiogram.utils.magic_filter import MagicFilter


class Where(Filter):
    """A magic filter that is asked here.

    aiogram asks a plain one in a thread, for each update, behind the pictures that are being drawn
    in the same threads.
    """

    def __init__(self, magic: MagicFilter) -> None:
        """``magic`` is asked of the event."""
        self._magic = magic

    async def __call__(self, event: TelegramObject) -> bool:
        """Tell whether it holds."""
        return bool(self._magic.resolve(event))
