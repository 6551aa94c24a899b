"""Make a file of a result: the cut-out as a transparent PNG, or the picture at full size."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot import jobs, payloads
from bot.keyboards.callbacks import Delivery
from bot.render_options import style_of
from bot.steps.card_content import source_of
from bot.steps.load import photo_of
from bot.steps.render import backdrop_of
from storage.jobs import RetryLaterError
from storage.photos import PhotoState

if TYPE_CHECKING:
    from bot.services import WorkerContext
    from storage.jobs import Job


WAIT_SECONDS = 1.0


async def make_file(context: WorkerContext, job: Job) -> None:
    """Make it and have it sent."""
    photo, seller, _ = await photo_of(context, job)
    if photo.state is PhotoState.ACCEPTED:
        raise RetryLaterError(WAIT_SECONDS, "the photo is not cut out yet", counts=False)
    if photo.state is not PhotoState.READY:
        return
    cut = await context.cut_outs.get(photo)
    what = payloads.MakeFile.of(job).what
    if what is Delivery.CARD:
        source = await source_of(context, photo, seller)
        template = None if source.card is None else source.card.template
        if template is None or template not in source.fitting:
            return  # another was chosen meanwhile, or none
        card, form = context.studio.card, source.format(template)
        drawn = await asyncio.to_thread(card, template, cut, source.content, source.brand, form)
        data, suffix = drawn.jpeg, "jpg"
    elif what is Delivery.PNG or photo.wanted_backdrop is None:
        data, suffix = await asyncio.to_thread(context.studio.render_png, cut), "png"
    else:
        backdrop = await backdrop_of(context, photo, photo.wanted_backdrop)
        style = style_of(photo, seller)
        render = context.studio.render_full
        data, suffix = await asyncio.to_thread(render, cut, backdrop, style), "jpg"
    name = f"vitrina-{photo.id}.{suffix}"
    file = await context.files.put(data)
    sending = jobs.send_file(seller.id, photo.id, file=file, name=name)
    async with context.database.write() as connection:
        await context.jobs.submit(connection, sending)
