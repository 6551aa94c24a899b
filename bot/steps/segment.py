"""Find the parts that SAM sees in a photo, so that the seller can put the cut-out right."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot import jobs
from bot.steps.load import photo_of
from bot.steps.render import file_of
from pipeline.foreground.parts import pack
from pipeline.selection import Selection
from storage import photos
from storage.photos import PhotoState
from storage.render_key import View

if TYPE_CHECKING:
    from bot.services import WorkerContext
    from storage.jobs import Job
    from storage.photos import Changes


async def segment(context: WorkerContext, job: Job) -> None:
    """Keep the photo's parts and show them."""
    photo, _, _ = await photo_of(context, job)
    if photo.state is not PhotoState.READY:
        return
    values: Changes = {"view": View.PARTS, "parts": []}
    if photo.parts_file is None:
        source = await file_of(context, photo.source_file)
        picture = await asyncio.to_thread(context.studio.decode, source)
        mask = Selection.from_bytes(await file_of(context, photo.mask_file))
        parts = await context.studio.parts(picture, mask)
        values["parts_file"] = await context.files.put(pack(parts))
    async with context.database.write() as connection:
        await photos.update(connection, photo.id, **values)
        await context.jobs.submit(connection, jobs.render(photo))
