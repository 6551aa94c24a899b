"""One tip after a seller's first result and one after the fifth: what a seller meets by then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import jobs
from storage import sellers

if TYPE_CHECKING:
    from bot.services import StepServices
    from storage.photos import PhotoRecord

TIPS = {1: "tip-first", 5: "tip-fifth"}
"""What is told after so many results."""


async def count_results(services: StepServices, photo: PhotoRecord, more: int = 1) -> None:
    """Count results that a seller was shown; in private some are followed by a tip."""
    if not services.rules.tips:
        return
    async with services.database.write() as connection:
        count = await sellers.count_results(connection, photo.seller_id, more)
        due = [TIPS[number] for number in TIPS if count - more < number <= count]
        if due and photo.chat_id == photo.seller_id:
            told = jobs.tell_text(photo.seller_id, photo.chat_id, due[0])
            await services.jobs.submit(connection, told)
