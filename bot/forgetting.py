"""What a worker keeps beside the storage, dropped where any worker has erased it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from storage import erasures

if TYPE_CHECKING:
    from bot.services import Workshop

MARGIN_SECONDS: Final = 600.0
"""So far machines' clocks may be apart, and so long may the write of an erasure take."""


class Forgetting:
    """Looks for new erasures; at its first look, for all that are still written down."""

    def __init__(self, workshop: Workshop) -> None:
        """Nothing has been looked at yet."""
        self._workshop = workshop
        self._looked_at = 0.0

    async def look(self) -> None:
        """Drop the cut-outs and embeddings of photos that were erased since the last look."""
        now = time.time()
        async with self._workshop.database.read() as connection:
            found = await erasures.since(connection, self._looked_at - MARGIN_SECONDS)
        for erasure in found:
            for photo_id in erasure.photos:
                self._workshop.cut_outs.drop(photo_id)
        gone = {key for erasure in found for key in erasure.embeddings}
        await asyncio.to_thread(self._workshop.studio.forget, gone)
        self._looked_at = now
