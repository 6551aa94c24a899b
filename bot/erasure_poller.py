"""Drops what a worker keeps in memory of photos that another worker has erased."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from storage import erasures

if TYPE_CHECKING:
    from bot.services import WorkerContext

MARGIN_SECONDS: Final = 600.0
"""So far machines' clocks may be apart, and so long may the write of an erasure take."""


class ErasurePoller:
    """Asks for new erasures; at the first poll for all that are still written down."""

    def __init__(self, context: WorkerContext) -> None:
        """``context`` holds the caches and the database."""
        self._context = context
        self._polled_at = 0.0

    async def poll(self) -> None:
        """Drop the cut-outs and embeddings of photos that were erased since the last poll."""
        now = time.time()
        async with self._context.database.read() as connection:
            found = await erasures.since(connection, self._polled_at - MARGIN_SECONDS)
        for erasure in found:
            for photo_id in erasure.photos:
                self._context.cut_outs.drop(photo_id)
        gone = {key for erasure in found for key in erasure.embeddings}
        await asyncio.to_thread(self._context.studio.forget, gone)
        self._polled_at = now
