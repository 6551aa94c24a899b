"""Captions within the seller's day: beyond it the line under the picture says so."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bot.steps.describe import describe
from bot.steps.load import photo_of
from bot.steps.tell import telling_text
from storage import captions
from storage.captions import CaptionRecord
from storage.jobs import Job, JobKind

if TYPE_CHECKING:
    from bot.services import Services

DAY = 86_400.0
KEY = "limit-captions"


async def describe_within_limits(services: Services, job: Job) -> None:
    """Describe a photo unless its seller has had all captions of the day."""
    limit = services.rules.captions_a_day
    if not limit or job.seller_id in services.rules.operators:
        await describe(services, job)
        return
    photo, seller, _ = await photo_of(services, job)
    async with services.database.read() as connection:
        count = await captions.count_since(connection, seller.id, time.time() - DAY)
        written = await captions.of_photo(connection, photo.id)
    if count < limit:
        await describe(services, job)
        return
    async with services.database.write() as connection:
        if written:
            told = telling_text(seller.id, photo.chat_id, KEY)
        else:
            record = CaptionRecord(photo.id, "", KEY, {}, seller.tone, seller.language)
            await captions.add(connection, record)
            payload = {"photo": photo.id, "announce": job.payload.get("announce", False)}
            told = Job(JobKind.SHOW_CAPTION, seller.id, payload)
        await services.jobs.submit(connection, told)
