"""Check a fetched background of the seller's own, keep it, and use it at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.steps.tell import telling, telling_text
from pipeline.errors import PhotoError
from storage import backdrops, photos, sellers
from storage.backdrops import own_ref
from storage.jobs import Job, JobKind
from storage.photos import PhotoState
from storage.sellers import AS_DEFAULT

if TYPE_CHECKING:
    from bot.services import Workshop


async def keep_backdrop(workshop: Workshop, job: Job) -> None:
    """Make the background usable; an unusable one is told of and asked for again."""
    async with workshop.database.read() as connection:
        own = await backdrops.get(connection, job.number("backdrop"))
    if own is None or own.file is not None:
        return
    file = str(job.payload["file"])
    data = await workshop.files.get(file)
    try:
        backdrop = await asyncio.to_thread(workshop.studio.own_backdrop, data)
    except PhotoError as error:
        async with workshop.database.write() as connection:
            await sellers.await_backdrop(connection, own.seller_id, own.for_photo_id)
            tell = telling(own.seller_id, own.chat_id, error)
            await workshop.jobs.submit(connection, tell)
        return
    height, width = backdrop.pixels.shape[:2]
    async with workshop.database.write() as connection:
        await backdrops.keep(connection, own.id, file)
        told = []
        if backdrop.is_small:
            size = f"{width}x{height}"
            told.append(telling_text(own.seller_id, own.chat_id, "own-small", size=size))
        if own.for_photo_id == AS_DEFAULT:
            await sellers.prefer(connection, own.seller_id, default_backdrop=own_ref(own.id))
            told.append(telling_text(own.seller_id, own.chat_id, "own-kept"))
        else:
            await photos.update(connection, own.for_photo_id, wanted_backdrop=own_ref(own.id))
            photo = await photos.get(connection, own.for_photo_id)
            if photo is not None and photo.state is PhotoState.READY:
                told.append(Job(JobKind.RENDER, own.seller_id, {"photo": photo.id}))
        for next_job in told:
            await workshop.jobs.submit(connection, next_job)
