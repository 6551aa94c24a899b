"""Fetch what a seller sent from Telegram into the file store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import jobs, payloads
from bot.steps.load import photo_of
from bot.steps.tell import decline, decline_backdrop
from bot.telegram.download import download
from pipeline.errors import PhotoError, PhotoUnavailableError
from storage import backdrops, photos
from storage.jobs import Job, RetryLaterError
from storage.photos import PhotoState

if TYPE_CHECKING:
    from bot.services import Services
    from storage.photos import PhotoRecord
    from storage.sellers import Seller


TRIES = 4
"""Runs after which a file that Telegram does not hand out is given up; jobs end at five."""
PAUSE_SECONDS = 2.0
"""Before the second of them, doubling."""


async def fetch(services: Services, job: Job) -> None:
    """Fetch a product photo and have it cut out."""
    photo, seller, _ = await photo_of(services, job)
    if photo.state is not PhotoState.ACCEPTED or photo.source_file is not None:
        return
    try:
        source_file = await fetched(services, job, photo.file_id)
    except PhotoError as error:
        await decline(services, photo, error)
        return
    async with services.database.write() as connection:
        if await photos.update_accepted(connection, photo.id, source_file=source_file):
            await services.jobs.submit(connection, _cut_out(services, photo, seller))


def _cut_out(services: Services, photo: PhotoRecord, seller: Seller) -> Job:
    consult = bool(services.chooser) and seller.outside
    return jobs.cut_out(seller.id, photo.id, consult=consult)


async def fetch_backdrop(services: Services, job: Job) -> None:
    """Fetch a background of the seller's own and have it checked."""
    async with services.database.read() as connection:
        own = await backdrops.get(connection, payloads.OfBackdrop.of(job).backdrop)
    if own is None or own.file is not None:
        return
    try:
        file = await fetched(services, job, own.file_id)
    except PhotoError as error:
        await decline_backdrop(services, own, error)
        return
    async with services.database.write() as connection:
        await services.jobs.submit(connection, jobs.keep_backdrop(own.seller_id, own.id, file))


async def fetched(services: Services, job: Job, file_id: str) -> str:
    """Put a file into the store and return its key. Raises PhotoError where it never comes."""
    try:
        return await services.files.put(await download(services.bot, file_id))
    except PhotoUnavailableError as error:
        if job.attempts >= TRIES:
            raise
        raise RetryLaterError(PAUSE_SECONDS * 2 ** (job.attempts - 1), str(error)) from error
