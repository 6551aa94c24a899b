"""Find the parts that SAM sees in a photo, so that the seller can put the cut-out right."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.looks import drawing
from bot.steps.load import photo_of
from bot.steps.render import file_of
from pipeline.foreground.parts import offered, pack
from pipeline.sam import LOW_RES
from storage import photos
from storage.photos import PhotoState, View

if TYPE_CHECKING:
    from bot.services import Workshop
    from storage.jobs import Job


async def segment(workshop: Workshop, job: Job) -> None:
    """Keep the photo's parts and show them."""
    photo, _, _ = await photo_of(workshop, job)
    if photo.state is not PhotoState.READY:
        return
    values: dict[str, object] = {"view": View.PARTS.value, "parts": []}
    if photo.parts_file is None:
        source = await file_of(workshop, photo.source_file)
        picture = await asyncio.to_thread(workshop.studio.decode, source)
        found = await workshop.studio.segments(picture)
        unit = LOW_RES / max(picture.size)
        columns, rows = (round(side * unit) for side in picture.size)
        parts = await asyncio.to_thread(offered, [one.logits for one in found], rows, columns)
        values["parts_file"] = await workshop.files.put(pack(parts))
    async with workshop.database.write() as connection:
        await photos.update(connection, photo.id, **values)
        await workshop.jobs.submit(connection, drawing(photo))
