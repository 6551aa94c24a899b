"""Let SAM see a fetched photo, and keep what was found."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from bot import jobs, payloads
from bot.doubt import is_asked_first
from bot.steps.load import photo_of
from bot.steps.tell import decline
from pipeline.captions import thumbnail
from pipeline.errors import NothingFoundError, PhotoError, StorageError
from pipeline.foreground import ASK_BELOW
from pipeline.foreground.offers import in_order
from pipeline.foreground.parts import pack
from pipeline.selection import Selection
from storage import photos
from storage.photos import PhotoState
from storage.render_key import View

if TYPE_CHECKING:
    from bot.services import WorkerContext
    from storage.jobs import Job
    from storage.photos import Changes

log = structlog.get_logger(__name__)


async def cut_out(context: WorkerContext, job: Job) -> None:
    """Cut the photo out and have it shown as its row asks now; or say why not."""
    photo, seller, _ = await photo_of(context, job)
    if photo.state is not PhotoState.ACCEPTED:
        return
    if photo.source_file is None:
        raise StorageError(f"photo {photo.id} was not fetched")
    source = await context.files.get(photo.source_file)
    async with context.database.read() as connection:
        insist = await photos.was_declined(connection, photo)
    try:
        picture = await asyncio.to_thread(context.studio.decode, source)
        choice = await context.studio.choose(picture, urgent=job.is_first, insist=insist)
        mask = Selection.of(choice)
        cut = await asyncio.to_thread(context.studio.cut_out, picture, mask)
    except (PhotoError, NothingFoundError) as error:
        await decline(context, photo, error)
        return
    small = await asyncio.to_thread(thumbnail, cut)
    mask_file = await context.files.put(mask.to_bytes())
    context.cut_outs.put(photo.id, mask_file, cut)
    values: Changes = {
        "state": PhotoState.READY,
        "mask_file": mask_file,
        "thumbnail_file": await context.files.put(small),
        "confidence": mask.confidence,
        "is_doubtful": len(choice.candidates) > 1 and choice.confidence < ASK_BELOW,
    }
    if choice.candidates:
        packed = pack(in_order(choice.candidates))
        values["candidates_file"] = await context.files.put(packed)
    consults = values["is_doubtful"] and payloads.CutOut.of(job).consult
    async with context.database.write() as connection:
        now = await photos.get(connection, photo.id)
        asked = now is not None and values["is_doubtful"] and is_asked_first(now, seller)
        if asked and not consults:
            values["view"] = View.CHOICES
        if not await photos.update_accepted(connection, photo.id, **values):
            return
        if consults:
            await context.jobs.submit(connection, jobs.mark_candidates(seller.id, photo.id))
            return
        await context.jobs.submit(connection, jobs.render(photo))
        if photo.album_id is None and not asked:
            await context.jobs.submit(connection, jobs.describe(seller.id, photo.id))
