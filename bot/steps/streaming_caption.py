"""A caption that streams into the result's message while it is being written."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

import structlog
from aiogram.exceptions import AiogramError

from pipeline.captions import telegram_html
from pipeline.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pipeline.captions import Listing

PAUSE_SECONDS = 1.0
"""Telegram takes about one change a second in a chat."""
EDIT_SECONDS = 5.0

log = structlog.get_logger(__name__)


class StreamingCaption:
    """Edits the message to the newest text, at most once every `PAUSE_SECONDS`.

    An edit that Telegram refuses or delays ends the streaming, never the writing: whoever writes
    shows the whole text at the end in any case.
    """

    def __init__(self, show: Callable[[str], Awaitable[bool]]) -> None:
        """``show`` puts Telegram HTML under the result, and tells whether there is one by now."""
        self._show = show
        self._newest = ""
        self._changed = asyncio.Event()
        self.shown = False
        """Whether anything was put there."""

    def __call__(self, listing: Listing) -> None:
        """Take note of a longer text."""
        self._newest = telegram_html(listing)
        self._changed.set()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="streaming-caption")
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._task.cancel()
        await asyncio.wait({self._task})

    async def _run(self) -> None:
        standing = None
        try:
            while True:
                await self._changed.wait()
                self._changed.clear()
                if self._newest != standing and await self._put(text := self._newest):
                    standing = text
                await asyncio.sleep(PAUSE_SECONDS)
        except (AiogramError, TimeoutError, StorageError) as error:
            log.info("a caption is not streamed", reason=str(error))

    async def _put(self, text: str) -> bool:
        # Shielded: an edit on its way must be over before the whole text is put in its place.
        edit = asyncio.ensure_future(self._show(text))
        try:
            async with asyncio.timeout(EDIT_SECONDS):
                stands = await asyncio.shield(edit)
        except BaseException:
            self.shown = True  # perhaps: it may have been there before it was given up
            await asyncio.wait({edit}, timeout=EDIT_SECONDS)
            edit.cancel()
            raise
        self.shown |= stands
        return stands
