"""A caption that could not be had: the picture stays without words, and a message says why."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from bot import jobs
from storage import captions

if TYPE_CHECKING:
    from bot.services import StepServices
    from storage.captions import CaptionRecord
    from storage.photos import PhotoRecord

TOLD_SECONDS = 3600.0
"""Seconds for which a failure is not told again for other photos, unless the seller asked."""
ONE_PHOTO = "caption-refused"
"""The sentence about the very photo, not about the service."""


async def caption_failed(
    services: StepServices, photo: PhotoRecord, blank: CaptionRecord, key: str, *, asked: bool
) -> None:
    """Write down that there is no caption and why, by the sentence ``key``.

    What stands under a picture may be forwarded with it, so the sentence is a message of its own.
    It is sent where the seller ``asked`` for this caption; else once for many photos.
    """
    async with services.database.write() as connection:
        written = await captions.of_photo(connection, photo.id)
        since = time.time() - TOLD_SECONDS
        known = key != ONE_PHOTO and await captions.failed_since(
            connection, photo.seller_id, key, since
        )
        if not any(caption.text for caption in written):
            caption_id = await captions.add(connection, replace(blank, text_key=key))
            shown = jobs.show_caption(photo.seller_id, photo.id, caption_id=caption_id)
            await services.jobs.submit(connection, shown)
        if asked or not known:
            await services.jobs.submit(connection, jobs.tell_failure(photo, key, {}, asked=asked))
