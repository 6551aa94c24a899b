"""Put a ready photo's product on the wished backdrop and show it in the chat."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.delivery import show_picture
from bot.steps.load import photo_of
from bot.steps.words import words_under
from pipeline.errors import BackdropError
from storage import backdrops, captions, photos
from storage.backdrops import OWN, PRESET
from storage.jobs import Job, JobKind
from storage.photos import PhotoState

if TYPE_CHECKING:
    from bot.services import Services
    from pipeline.backdrops import Backdrop


async def render(services: Services, job: Job) -> None:
    """Show the newest wish; an older one that was overtaken is passed over."""
    photo, seller, own = await photo_of(services, job)
    wanted = photo.wanted_backdrop
    shown = photo.result_message_id is not None and photo.shown_backdrop == wanted
    if photo.state is not PhotoState.READY or wanted is None or shown:
        return
    cut = await services.cut_outs.get(photo)
    backdrop = await _backdrop(services, wanted, seller.id)
    picture = await asyncio.to_thread(services.studio.render, cut, backdrop)
    async with services.database.read() as connection:
        written = await captions.of_photo(connection, photo.id)
    caption = written[-1] if written else None
    message_id = await show_picture(
        services.bot,
        photo,
        picture,
        words_under(services.texts, seller.language, caption),
        services.keyboards.result(seller.language, photo.id, own, chosen=wanted),
    )
    async with services.database.write() as connection:
        await photos.update(
            connection,
            photo.id,
            shown_backdrop=wanted,
            shown_caption_id=caption and caption.id,
            result_message_id=message_id,
        )
        newer = await captions.of_photo(connection, photo.id)
        if len(newer) > len(written):
            await services.jobs.submit(
                connection, Job(JobKind.SHOW_CAPTION, seller.id, {"photo": photo.id})
            )
    if photo.result_message_id is None and photo.offer_message_id is not None:
        # The result carries the same buttons; the offer has served.
        services.tasks.spawn(
            services.bot.delete_message(photo.chat_id, photo.offer_message_id), "delete-offer"
        )


async def _backdrop(services: Services, ref: str, seller_id: int) -> Backdrop:
    if ref.startswith(PRESET):
        return await asyncio.to_thread(services.studio.preset, ref.removeprefix(PRESET))
    number = ref.removeprefix(OWN)
    if not number.isdecimal():  # no button of ours carries this, but a client may send anything
        raise BackdropError(f"{ref!r} names no backdrop")
    async with services.database.read() as connection:
        own = await backdrops.get(connection, int(number))
    if own is None or own.file is None or own.seller_id != seller_id:
        raise BackdropError(f"seller {seller_id} has no backdrop {ref}")
    data = await services.files.get(own.file)
    return await asyncio.to_thread(services.studio.own_backdrop, data)
