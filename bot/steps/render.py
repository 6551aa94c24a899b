"""Draw what a photo's message is to show."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot import jobs
from bot.markets.rules import to_row
from bot.render_options import picture_market, render_key, style_of
from bot.steps.delete_unreferenced import delete_unreferenced
from bot.steps.load import photo_of
from pipeline.backdrops import gradient, plain
from pipeline.blurred import blurred_backdrop
from pipeline.drawings.questions import draw_alternatives, draw_parts
from pipeline.errors import BackdropError, StorageError
from pipeline.foreground.offers import MOST_OFFERED
from pipeline.foreground.parts import unpack
from pipeline.palette import suggested
from pipeline.photo.enlarge import least_side
from pipeline.pictures import Viewpoint
from pipeline.selection import Selection
from storage import backdrops, photos
from storage.backdrops import BLURRED, OWN, PALETTE, PRESET
from storage.photos import PhotoState
from storage.render_key import View

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.services import WorkerContext
    from pipeline.backdrops import Backdrop
    from storage.jobs import Job
    from storage.photos import PhotoRecord
    from storage.sellers import Seller


@dataclass(frozen=True, slots=True)
class Drawing:
    """A JPEG, and of each thing that it numbers whether it is in.

    Of a result: which rules it breaks, and the photo's size where it is too small for it. Of what
    a product's colours suggest: the backgrounds' references.
    """

    picture: bytes
    numbers: Sequence[bool] = ()
    broken: Sequence[Mapping[str, Any]] = ()
    small: str | None = None
    palette: Sequence[str] = ()


async def render(context: WorkerContext, job: Job) -> None:
    """Draw the newest wish and have it shown; one that was overtaken meanwhile is drawn anew."""
    photo, seller, _ = await photo_of(context, job)
    if photo.state is not PhotoState.READY:
        return
    key = render_key(photo, seller)
    file, numbers, small = photo.result_file, photo.numbers, photo.small
    broken, palette = photo.broken, photo.palette or ()
    if file is None or photo.drawn != key:
        drawing = await _draw(context, photo, seller)
        numbers, broken = list(drawing.numbers), list(drawing.broken)
        palette = drawing.palette or palette
        if photo.view is View.RESULT:
            small = drawing.small
        file = await context.files.put(drawing.picture)
    async with context.database.write() as connection:
        now = await photos.with_seller(connection, photo.id)
        if now is not None and render_key(*now) == key:
            await photos.update(
                connection,
                photo.id,
                drawn=key,
                result_file=file,
                numbers=numbers,
                small=small,
                broken=broken,
                palette=list(palette),
            )
            await _have_shown(context, connection, now[0])
        elif now is not None:
            await context.jobs.submit(connection, jobs.render(photo))
    await delete_unreferenced(context, photo.result_file, file)


async def _have_shown(
    context: WorkerContext, connection: AsyncConnection, photo: PhotoRecord
) -> None:
    if photo.album_id is not None:
        album = jobs.show_album(photo.seller_id, photo.album_id)
        await context.jobs.submit(connection, album)
    asks = photo.view in {View.CHOICES, View.PARTS, View.SCENES}
    if photo.album_id is None or photo.panel_id is not None or asks:
        await context.jobs.submit(connection, jobs.show(photo))


async def _result(context: WorkerContext, photo: PhotoRecord, seller: Seller) -> Drawing:
    """Put the product on its backdrop. Raises BackdropError, StorageError."""
    cut = await context.cut_outs.get(photo)
    backdrop = await backdrop_of(context, photo, photo.wanted_backdrop or "")
    style, market = style_of(photo, seller), picture_market(photo, seller)
    height, width = cut.alpha.shape
    small = f"{width}×{height}" if min(width, height) < least_side(style) else None
    render = context.studio.render_checked
    picture, broken = await asyncio.to_thread(render, cut, backdrop, style)
    return Drawing(picture, broken=to_row(market, broken) if market else (), small=small)


async def _draw(context: WorkerContext, photo: PhotoRecord, seller: Seller) -> Drawing:
    """Draw what is wanted. Raises BackdropError, StorageError."""
    match photo.view:
        case View.OFFER:
            cut = await context.cut_outs.get(photo)
            return Drawing(await asyncio.to_thread(context.previews.draw, cut))
        case View.SCENES if photo.page == PALETTE:
            return await _palette(context, photo)
        case View.SCENES:
            cut = await context.cut_outs.get(photo)
            return Drawing(await asyncio.to_thread(context.previews.draw, cut, photo.page))
        case View.RESULT:
            return await _result(context, photo, seller)
        case View.CHOICES:
            return await _choices(context, photo)
        case View.PARTS:
            return await _parts(context, photo)


async def _palette(context: WorkerContext, photo: PhotoRecord) -> Drawing:
    """Draw the product on what its colours suggest, and on its own background out of focus."""
    cut = await context.cut_outs.get(photo)
    colours, ends = await asyncio.to_thread(suggested, cut)
    refs = [*map(backdrops.colour_ref, colours), backdrops.gradient_ref(*ends)]
    if not photo.is_transparent:
        refs.append(BLURRED)
    on = [await backdrop_of(context, photo, ref) for ref in refs]
    return Drawing(await asyncio.to_thread(context.previews.draw_on, cut, on), palette=refs)


async def _choices(context: WorkerContext, photo: PhotoRecord) -> Drawing:
    """Draw each alternative by itself."""
    candidates = unpack(await file_of(context, photo.candidates_file))
    source = await file_of(context, photo.source_file)

    picture = await asyncio.to_thread(
        lambda: draw_alternatives(context.studio.decode(source), candidates)
    )
    return Drawing(picture, [True] * min(len(candidates), MOST_OFFERED))


async def _parts(context: WorkerContext, photo: PhotoRecord) -> Drawing:
    """Draw the cut-out as it is now, with the parts that can be put in or taken out."""
    mask = Selection.from_bytes(await file_of(context, photo.mask_file))
    parts = unpack(await file_of(context, photo.parts_file))
    source = await file_of(context, photo.source_file)

    picture, numbers = await asyncio.to_thread(
        lambda: draw_parts(context.studio.decode(source), mask.logits, parts, photo.parts or ())
    )
    return Drawing(picture, numbers)


async def file_of(context: WorkerContext, key: str | None) -> bytes:
    """Return a file of a photo. Raises StorageError where there is none."""
    if key is None:
        raise StorageError("the photo has no such file")
    return await context.files.get(key)


async def backdrop_of(context: WorkerContext, photo: PhotoRecord, ref: str) -> Backdrop:
    """Load a backdrop by its reference. Raises BackdropError where the seller has none such."""
    if ref == BLURRED:
        source = await file_of(context, photo.source_file)
        cut = await context.cut_outs.get(photo)
        return await asyncio.to_thread(lambda: blurred_backdrop(context.studio.decode(source), cut))
    if ref.startswith(PRESET):
        return await asyncio.to_thread(context.studio.preset, ref.removeprefix(PRESET))
    if (digits := backdrops.colour_of(ref)) is not None:
        return plain(digits)
    if (ends := backdrops.gradient_of(ref)) is not None:
        return gradient(*ends)
    number = ref.removeprefix(OWN)
    if not number.isdecimal():  # no button of ours sends this, but a client may send anything
        raise BackdropError(f"{ref!r} names no backdrop")
    async with context.database.read() as connection:
        own = await backdrops.get(connection, int(number))
    if own is None or own.file is None or own.seller_id != photo.seller_id:
        raise BackdropError(f"seller {photo.seller_id} has no backdrop {ref}")
    data = await context.files.get(own.file)
    if own.painted is not None:
        paint = context.studio.painted_backdrop
        return await asyncio.to_thread(lambda: paint(data, above=own.painted == Viewpoint.ABOVE))
    return await asyncio.to_thread(context.studio.own_backdrop, data)
