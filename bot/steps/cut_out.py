"""Fetch an accepted photo, let SAM see it, and keep what was found."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from bot.download import download
from bot.steps.load import photo_of
from bot.steps.tell import telling
from pipeline.errors import NothingFoundError, PhotoError
from pipeline.studio import Mask
from storage import photos
from storage.jobs import Job, JobKind
from storage.photos import PhotoState

if TYPE_CHECKING:
    from bot.services import Services

log = structlog.get_logger(__name__)


async def cut_out(services: Services, job: Job) -> None:
    """Make the photo ready, with the render that was wished for meanwhile; or say why not."""
    photo, seller, _ = await photo_of(services, job)
    if photo.state is not PhotoState.ACCEPTED:
        return
    try:
        source = await download(services.bot, photo.file_id)
        picture = await asyncio.to_thread(services.studio.decode, source)
        mask = Mask.of(await services.studio.choose(picture))
        cut = await asyncio.to_thread(services.studio.cut_out, picture, mask)
    except (PhotoError, NothingFoundError) as error:
        log.info("photo declined", photo=photo.id, error=str(error))
        async with services.database.write() as connection:
            await photos.update(connection, photo.id, state=PhotoState.FAILED.value)
            tell = telling(seller.id, photo.chat_id, error, photo_id=photo.id)
            await services.jobs.submit(connection, tell)
        return
    services.cut_outs.put(photo.id, cut)
    source_file = await services.files.put(source)
    mask_file = await services.files.put(mask.to_bytes())
    async with services.database.write() as connection:
        await photos.update(
            connection,
            photo.id,
            state=PhotoState.READY.value,
            source_file=source_file,
            mask_file=mask_file,
            confidence=mask.confidence,
        )
        now = await photos.get(connection, photo.id)
        if now is not None and now.wanted_backdrop is not None:
            await services.jobs.submit(
                connection, Job(JobKind.RENDER, seller.id, {"photo": photo.id})
            )
        await services.jobs.submit(
            connection, Job(JobKind.DESCRIBE, seller.id, {"photo": photo.id, "announce": False})
        )
