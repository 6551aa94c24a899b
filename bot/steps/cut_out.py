"""Let SAM see a fetched photo, and keep what was found."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from bot.steps.load import photo_of
from bot.steps.tell import telling
from pipeline.captions import thumbnail
from pipeline.errors import NothingFoundError, PhotoError, StorageError
from pipeline.studio import Mask
from storage import photos
from storage.jobs import Job, JobKind
from storage.photos import PhotoState

if TYPE_CHECKING:
    from bot.services import Workshop

log = structlog.get_logger(__name__)


async def cut_out(workshop: Workshop, job: Job) -> None:
    """Make the photo ready, with the render that was wished for meanwhile; or say why not."""
    photo, seller, _ = await photo_of(workshop, job)
    if photo.state is not PhotoState.ACCEPTED:
        return
    if photo.source_file is None:
        raise StorageError(f"photo {photo.id} was not fetched")
    source = await workshop.files.get(photo.source_file)
    try:
        picture = await asyncio.to_thread(workshop.studio.decode, source)
        mask = Mask.of(await workshop.studio.choose(picture))
        cut = await asyncio.to_thread(workshop.studio.cut_out, picture, mask)
    except (PhotoError, NothingFoundError) as error:
        log.info("photo declined", photo=photo.id, error=str(error))
        async with workshop.database.write() as connection:
            if await photos.finish(connection, photo.id, state=PhotoState.FAILED.value):
                tell = telling(seller.id, photo.chat_id, error, photo_id=photo.id)
                await workshop.jobs.submit(connection, tell)
        return
    workshop.cut_outs.put(photo.id, cut)
    small = await asyncio.to_thread(thumbnail, cut)
    mask_file = await workshop.files.put(mask.to_bytes())
    thumbnail_file = await workshop.files.put(small)
    async with workshop.database.write() as connection:
        if not await photos.finish(
            connection,
            photo.id,
            state=PhotoState.READY.value,
            mask_file=mask_file,
            thumbnail_file=thumbnail_file,
            confidence=mask.confidence,
        ):
            return
        now = await photos.get(connection, photo.id)
        if now is not None and now.wanted_backdrop is not None:
            await workshop.jobs.submit(
                connection, Job(JobKind.RENDER, seller.id, {"photo": photo.id})
            )
        await workshop.jobs.submit(
            connection, Job(JobKind.DESCRIBE, seller.id, {"photo": photo.id, "announce": False})
        )
