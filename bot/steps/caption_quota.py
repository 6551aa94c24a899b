"""The quota of captions a day: beyond it a message says so."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from bot import jobs, payloads
from bot.steps.caption_failure import caption_failed
from bot.steps.describe import describe
from bot.steps.failure import LIMIT_KEY
from bot.steps.load import photo_of
from storage import captions, costs, sellers, usage
from storage.captions import CaptionRecord
from storage.photos import PhotoState
from storage.usage import DAY, Used

if TYPE_CHECKING:
    from bot.services import StepServices
    from storage.jobs import Job
    from storage.photos import PhotoRecord
    from storage.sellers import Seller


async def describe_within_limits(services: StepServices, job: Job) -> None:
    """Describe a photo unless its seller has asked for all captions of the day.

    Every attempt counts, before it is made; one that came to nothing and cost nothing is given
    back.
    """
    limit = services.rules.captions_a_day
    photo, seller, _ = await photo_of(services, job)
    if not limit or seller.id in services.rules.operators or photo.state is not PhotoState.READY:
        await describe(services, job)
        return
    entry = await _count(services, seller, limit)
    if entry is None:
        await _decline(services, job, photo, seller)
        return
    began = time.time()
    try:
        await describe(services, job)
    finally:
        async with services.database.write() as connection:
            if not await captions.any_since(
                connection, photo.id, began
            ) and not await costs.any_since(connection, seller.id, began):
                await usage.refund(connection, entry)


async def _count(services: StepServices, seller: Seller, limit: int) -> int | None:
    """Count an attempt and return its entry; None where the day's are used up."""
    async with services.database.write() as connection:
        await sellers.get(connection, seller.id)  # locked: captions are counted one by one
        owner = await usage.pseudonym(connection, seller.id)
        (asked,) = await usage.counts(connection, owner, Used.CAPTION, time.time() - DAY)
        return None if asked >= limit else await usage.note(connection, owner, Used.CAPTION)


async def _decline(services: StepServices, job: Job, photo: PhotoRecord, seller: Seller) -> None:
    """Say that there are no more captions today."""
    async with services.database.read() as connection:
        written = await captions.of_photo(connection, photo.id)
    blank = CaptionRecord(photo.id, "", LIMIT_KEY, {}, seller.tone, seller.language)
    described = payloads.Describe.of(job)
    if described.market is not None:
        beside = replace(blank, market=described.market, beside=True)
        async with services.database.write() as connection:
            await captions.add(connection, beside)
            await services.jobs.submit(connection, jobs.show_listing(seller.id, photo.id))
        return
    asked = bool(written) or described.announce
    await caption_failed(services, photo, blank, LIMIT_KEY, asked=asked)
