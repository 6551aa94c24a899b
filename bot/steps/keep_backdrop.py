"""Check a fetched background of the seller's own, keep it, and use it at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot import jobs, payloads
from bot.steps.tell import decline_backdrop
from pipeline.errors import PhotoError
from storage import backdrops, photos, sellers
from storage.backdrops import MAX_OWN_BYTES, own_ref
from storage.photos import PhotoState
from storage.render_key import View

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.services import WorkerContext
    from storage.backdrops import OwnBackdrop
    from storage.jobs import Job


async def keep_backdrop(context: WorkerContext, job: Job) -> None:
    """Make the background usable; an unusable one is told of and asked for again."""
    asked = payloads.KeepBackdrop.of(job)
    async with context.database.read() as connection:
        own = await backdrops.get(connection, asked.backdrop)
    if own is None or own.file is not None:
        return
    data = await context.files.get(asked.file)
    try:
        backdrop = await asyncio.to_thread(context.studio.own_backdrop, data)
    except PhotoError as error:
        await decline_backdrop(context, own, error)
        return
    height, width = backdrop.pixels.shape[:2]
    async with context.database.write() as connection:
        await sellers.get(connection, own.seller_id)  # locked: backgrounds are kept one by one
        if await backdrops.bytes_of(connection, own.seller_id) + len(data) > MAX_OWN_BYTES:
            await backdrops.delete(connection, own.id)
            too_large = _answer(own, "owns-too-large", limit=MAX_OWN_BYTES // 1024**2)
            await context.jobs.submit(connection, too_large)
            return
        await backdrops.keep(connection, own.id, asked.file, len(data))
        if backdrop.is_small:
            small = _answer(own, "own-small", size=f"{width}x{height}")
            await context.jobs.submit(connection, small)
        await _use(context, connection, own)
        await context.jobs.submit(connection, jobs.confirm_backdrop(own.seller_id, own.id))


def _answer(own: OwnBackdrop, key: str, **details: str | int) -> Job:
    """Make the job that says a sentence as an answer to the picture that was sent."""
    return jobs.tell_text(
        own.seller_id,
        own.chat_id,
        key,
        photo_id=None,
        reply=own.message_id,
        thread=own.thread_id,
        **details,
    )


async def _use(context: WorkerContext, connection: AsyncConnection, own: OwnBackdrop) -> None:
    """Do what the background was sent for."""
    ref = own_ref(own.id)
    photo_id = own.purpose.photo_id
    if own.purpose.as_default:
        await sellers.update(connection, own.seller_id, default_backdrop=ref)
    elif photo_id is not None:
        await photos.update(connection, photo_id, wanted_backdrop=ref, view=View.RESULT)
        photo = await photos.get(connection, photo_id)
        if photo is not None and photo.state is PhotoState.READY:
            await context.jobs.submit(connection, jobs.render(photo))
