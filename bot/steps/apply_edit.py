"""Do what a seller did in the editor: the picture in the chat is replaced, or a copy sent."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from bot import jobs, payloads
from bot.render_options import style_of
from bot.steps.delete_unreferenced import delete_unreferenced
from bot.steps.edit_mask import keep_mask
from bot.steps.load import photo_of
from bot.steps.render import backdrop_of, file_of
from pipeline.foreground.parts import pack
from pipeline.selection import Selection
from storage import captions, photos
from storage.photos import PhotoState
from storage.render_key import View

if TYPE_CHECKING:
    from bot.services import WorkerContext
    from storage.jobs import Job
    from storage.photos import Changes, PhotoRecord
    from storage.sellers import Seller


async def apply_edit(context: WorkerContext, job: Job) -> None:
    """Keep the mask and the look and show the result, or draw a copy and have it sent."""
    asked = payloads.ApplyEdit.of(job)
    photo, seller, _ = await photo_of(context, job)
    if photo.state not in {PhotoState.READY, PhotoState.FAILED}:
        return
    if asked.copied:
        await _copy(context, replace(photo, **asked.look), seller, asked)
        return
    look = cast("Changes", asked.look)
    backdrop = look.get("wanted_backdrop", photo.wanted_backdrop)
    view = View.OFFER if backdrop is None else View.RESULT
    values: Changes = {**look, "view": view, "parts": [], "is_doubtful": False}
    changed = False
    if asked.mask != photo.mask_file:
        mask = Selection.from_bytes(await file_of(context, asked.mask))
        changed = await keep_mask(context, photo, mask, values)
        if photo.state is PhotoState.FAILED and changed:  # the seller has shown what it is
            values["state"] = PhotoState.READY
            values["candidates_file"] = await context.files.put(pack([mask.logits]))
    if photo.state is PhotoState.FAILED and not changed:
        return
    async with context.database.write() as connection:
        await photos.update(connection, photo.id, **values)
        await context.jobs.submit(connection, jobs.render(photo))
        if changed or not await captions.of_photo(connection, photo.id):
            await context.jobs.submit(connection, jobs.describe(seller.id, photo.id))
    await delete_unreferenced(context, photo.mask_file, photo.thumbnail_file)


async def _copy(
    context: WorkerContext, wished: PhotoRecord, seller: Seller, asked: payloads.ApplyEdit
) -> None:
    mask = Selection.from_bytes(await file_of(context, asked.mask))
    cut = await context.cut_outs.of(wished, mask)
    if wished.wanted_backdrop is None:
        data, name = await asyncio.to_thread(context.studio.render_png, cut), "png"
    else:
        backdrop = await backdrop_of(context, wished, wished.wanted_backdrop)
        style = style_of(wished, seller)
        data = await asyncio.to_thread(context.studio.render, cut, backdrop, style)
        name = "jpg"
    file = await context.files.put(data)
    sending = jobs.send_file(
        seller.id, wished.id, file=file, name=f"vitrina-{wished.id}.{name}", as_photo=name == "jpg"
    )
    async with context.database.write() as connection:
        await context.jobs.submit(connection, sending)
    await delete_unreferenced(context, asked.mask)
