"""Change a photo's mask as the seller asked: to an alternative, or by parts put in or out."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from bot import jobs, payloads
from bot.doubt import is_asked_first
from bot.steps.delete_unreferenced import delete_unreferenced
from bot.steps.load import photo_of
from bot.steps.render import file_of
from pipeline.captions import thumbnail
from pipeline.errors import NothingFoundError
from pipeline.foreground import Clicks
from pipeline.foreground.offers import in_order
from pipeline.foreground.parts import mended, pack, unpack
from pipeline.foreground.rough_box import fills, speaks_for
from pipeline.selection import Selection
from storage import captions, photos
from storage.photos import PhotoState
from storage.render_key import View

if TYPE_CHECKING:
    from bot.services import WorkerContext
    from storage.jobs import Job
    from storage.photos import Changes, PhotoRecord
    from storage.sellers import Seller


async def edit_mask(context: WorkerContext, job: Job) -> None:
    """Keep the mask, show the result, and have it described anew where the product is another."""
    asked = payloads.EditMask.of(job)
    photo, seller, _ = await photo_of(context, job)
    if photo.state is not PhotoState.READY:
        return
    view = View.OFFER if photo.wanted_backdrop is None else View.RESULT
    values: Changes = {"view": view, "parts": []}
    try:
        mask = await (
            _anew(context, photo, values)
            if asked.anew
            else _in_box(context, photo, asked.box)
            if asked.box is not None
            else _mask(context, photo, asked.pick)
        )
    except NothingFoundError as error:
        async with context.database.write() as connection:
            tell = jobs.tell_failure(photo, error.text_key, error.details)
            await context.jobs.submit(connection, tell)
        return
    if asked.box is not None and mask is None:
        await _ask_the_seller(context, photo, seller)
        return
    if not asked.anew:
        values["is_doubtful"] = False  # the seller has said what it is
    changed = mask is not None and await keep_mask(context, photo, mask, values)
    async with context.database.write() as connection:
        await photos.update(connection, photo.id, **values)
        await context.jobs.submit(connection, jobs.render(photo))
        other = (asked.anew or asked.pick is not None or asked.box is not None) and changed
        if other or not await captions.of_photo(connection, photo.id):
            await context.jobs.submit(connection, jobs.describe(seller.id, photo.id))
    await delete_unreferenced(context, photo.mask_file, photo.thumbnail_file)


async def _ask_the_seller(context: WorkerContext, photo: PhotoRecord, seller: Seller) -> None:
    """Go on as in doubt: nothing came of a box that a model drew."""
    asked = is_asked_first(photo, seller)
    async with context.database.write() as connection:
        if asked:
            await photos.update(connection, photo.id, view=View.CHOICES)
        await context.jobs.submit(connection, jobs.render(photo))
        if not asked and photo.album_id is None:
            await context.jobs.submit(connection, jobs.describe(seller.id, photo.id))


async def _in_box(
    context: WorkerContext, photo: PhotoRecord, box: tuple[float, float, float, float]
) -> Selection | None:
    """Return what fills a rough box; None where nothing that was seen speaks for it."""
    now = Selection.from_bytes(await file_of(context, photo.mask_file))
    candidates = unpack(await file_of(context, photo.candidates_file))
    source = await file_of(context, photo.source_file)
    picture = await asyncio.to_thread(context.studio.decode, source)
    width, height = picture.size
    sides = box[0] * width, box[1] * height, box[2] * width, box[3] * height
    if not speaks_for(sides, candidates, picture.size):
        return None
    embedding = await context.studio.embed(picture)
    found = await context.studio.refine(embedding, Clicks(box=sides))
    if not fills(sides, found.logits, picture.size):
        return None
    return replace(now, logits=found.logits, confidence=1.0)


async def keep_mask(
    context: WorkerContext, photo: PhotoRecord, mask: Selection, values: Changes
) -> bool:
    """Make the cut-out, and add what is to be written of it; False where nothing is left of it."""
    source = await file_of(context, photo.source_file)
    try:
        cut = await asyncio.to_thread(
            lambda: context.studio.cut_out(context.studio.decode(source), mask)
        )
    except NothingFoundError:  # everything was taken out: the cut-out stays as it was
        return False
    mask_file = await context.files.put(mask.to_bytes())
    context.cut_outs.put(photo.id, mask_file, cut)
    small = await asyncio.to_thread(thumbnail, cut)
    values["mask_file"] = mask_file
    values["thumbnail_file"] = await context.files.put(small)
    values["confidence"] = mask.confidence
    return True


async def _anew(context: WorkerContext, photo: PhotoRecord, values: Changes) -> Selection | None:
    """Look for the product in a photo that counted as cut out; None where that is done already.

    Raises NothingFoundError.
    """
    if photo.candidates_file is not None:
        return None
    source = await file_of(context, photo.source_file)
    picture = await asyncio.to_thread(context.studio.decode, source)
    choice = await context.studio.choose(replace(picture, alpha=None), urgent=True)
    candidates = pack(in_order(choice.candidates))
    values["candidates_file"] = await context.files.put(candidates)
    if len(choice.candidates) > 1:
        values["view"] = View.CHOICES
    return Selection.of(choice)


async def _mask(context: WorkerContext, photo: PhotoRecord, pick: int | None) -> Selection | None:
    """Return what was pointed at as sure; None where nothing changes."""
    now = Selection.from_bytes(await file_of(context, photo.mask_file))
    if pick is not None:
        candidates = unpack(await file_of(context, photo.candidates_file))
        if not 1 <= pick <= len(candidates):
            return None
        logits = candidates[pick - 1]
    elif photo.parts:
        parts = unpack(await file_of(context, photo.parts_file))
        logits, _ = mended(now.logits, parts, photo.parts)
    else:
        return None
    return None if (logits == now.logits).all() else replace(now, logits=logits, confidence=1.0)
