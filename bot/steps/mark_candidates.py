"""Draw a photo beside its numbered candidates, and have a model asked which one is the product."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot import jobs, payloads
from bot.steps.load import photo_of
from bot.steps.render import file_of
from pipeline.drawings.questions import draw_marked
from pipeline.foreground.offers import MOST_OFFERED
from pipeline.foreground.parts import unpack
from storage.photos import PhotoState

if TYPE_CHECKING:
    from bot.services import WorkerContext
    from storage.jobs import Job


async def mark_candidates(context: WorkerContext, job: Job) -> None:
    """Keep the picture, and submit the question about it."""
    asked = payloads.MarkCandidates.of(job)
    photo, seller, _ = await photo_of(context, job)
    if photo.state is not PhotoState.READY:
        return
    candidates = unpack(await file_of(context, photo.candidates_file))
    source = await file_of(context, photo.source_file)
    picture = await asyncio.to_thread(
        lambda: draw_marked(context.studio.decode(source), candidates)
    )
    file = await context.files.put(picture)
    question = payloads.Choose(
        photo=photo.id,
        picture_file=file,
        count=min(len(candidates), MOST_OFFERED),
        words=asked.words,
        reply=asked.reply,
    )
    async with context.database.write() as connection:
        await context.jobs.submit(connection, jobs.choose(seller.id, question))
