"""Put a ready photo's product on the wished backdrop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.steps.load import photo_of
from pipeline.errors import BackdropError
from storage import backdrops, photos
from storage.backdrops import OWN, PRESET
from storage.jobs import Job, JobKind
from storage.photos import PhotoState

if TYPE_CHECKING:
    from bot.services import Workshop
    from pipeline.backdrops import Backdrop


async def render(workshop: Workshop, job: Job) -> None:
    """Compose the newest wish and have it shown; an older one that was overtaken is passed over."""
    photo, seller, _ = await photo_of(workshop, job)
    wanted = photo.wanted_backdrop
    if photo.state is not PhotoState.READY or wanted is None:
        return
    if photo.result_file is None or photo.result_backdrop != wanted:
        cut = await workshop.cut_outs.get(photo)
        backdrop = await _backdrop(workshop, wanted, seller.id)
        picture = await asyncio.to_thread(workshop.studio.render, cut, backdrop)
        result_file = await workshop.files.put(picture)
    else:
        result_file = photo.result_file
    async with workshop.database.write() as connection:
        await photos.update(connection, photo.id, result_file=result_file, result_backdrop=wanted)
        await workshop.jobs.submit(connection, Job(JobKind.SHOW, seller.id, {"photo": photo.id}))


async def _backdrop(workshop: Workshop, ref: str, seller_id: int) -> Backdrop:
    if ref.startswith(PRESET):
        return await asyncio.to_thread(workshop.studio.preset, ref.removeprefix(PRESET))
    number = ref.removeprefix(OWN)
    if not number.isdecimal():  # no button of ours carries this, but a client may send anything
        raise BackdropError(f"{ref!r} names no backdrop")
    async with workshop.database.read() as connection:
        own = await backdrops.get(connection, int(number))
    if own is None or own.file is None or own.seller_id != seller_id:
        raise BackdropError(f"seller {seller_id} has no backdrop {ref}")
    data = await workshop.files.get(own.file)
    return await asyncio.to_thread(workshop.studio.own_backdrop, data)
