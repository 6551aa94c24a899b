"""Answer an accepted photo at once, and say how far it is while it waits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Unpack

from bot import jobs, payloads
from bot.steps.load import photo_of
from bot.steps.photo_message import text_and_keyboard
from bot.telegram.delivery import reply_to, reword, show_picture
from storage import photos
from storage.jobs import Job, RetryLaterError
from storage.photos import PhotoState
from storage.render_key import View, Waiting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.services import StepServices
    from storage.backdrops import OwnBackdrop
    from storage.photos import Changes, PhotoRecord
    from storage.sellers import Seller

PROGRESS_SECONDS = 3.0
"""How often a photo that waits is looked at; its message changes only when its place does."""
EDITS_A_SECOND = 10.0
"""How often all that wait are looked at together, of the 30 calls that Telegram takes of a bot.
One chat takes one. https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""


async def offer(services: StepServices, job: Job) -> None:
    """Send the message that will show the photo; once sent, bring its text up to date.

    A ``progress`` job is submitted with it, which updates the text until the photo is cut out.
    """
    photo, seller, owns = await photo_of(services, job)
    if photo.state is not PhotoState.ACCEPTED:
        return
    if photo.panel_id is not None:
        await _reword(services, photo, seller, owns, ahead=payloads.Offer.of(job).ahead)
    elif photo.view is View.OFFER:
        picture = await asyncio.to_thread(services.swatches.draw)
        words, keyboard = text_and_keyboard(services, photo, seller, owns, None)
        panel_id = await show_picture(
            services.bot,
            photo.chat_id,
            None,
            picture,
            words,
            keyboard,
            thread_id=photo.thread_id,
            reply_to_id=photo.message_id,
        )
        await _keep(services, photo, panel_id=panel_id, shown=Waiting(), follow=True)
    else:
        label = services.names.label(seller.language, photo.wanted_backdrop, owns)
        message = await services.bot.send_message(
            photo.chat_id,
            services.texts(seller.language, "offer-default", backdrop=label),
            reply_markup=services.panels.photo.offer(seller.language, photo, owns),
            message_thread_id=photo.thread_id,
            reply_parameters=reply_to(photo.message_id),
        )
        await _keep(
            services, photo, panel_id=message.message_id, shown=Waiting(is_text=True), follow=True
        )


async def progress(services: StepServices, job: Job) -> None:
    """Have the photo's message say how many photos go first, until it is cut out."""
    photo, seller, _ = await photo_of(services, job)
    if photo.state is not PhotoState.ACCEPTED:
        return
    async with services.database.read() as connection:
        queue = await photos.queue_of(connection, photo)
    looked_before = job.claim > 1
    said = isinstance(photo.shown, Waiting) and photo.shown.ahead == queue.ahead
    if looked_before and photo.panel_id is not None and not said:
        again = jobs.offer(seller.id, photo.id, ahead=queue.ahead)
        async with services.database.write() as connection:
            await services.jobs.submit(connection, again)
    pause = max(PROGRESS_SECONDS, queue.own, queue.all / EDITS_A_SECOND)
    raise RetryLaterError(pause, "the photo is not cut out yet", counts=False)


async def _reword(
    services: StepServices,
    photo: PhotoRecord,
    seller: Seller,
    owns: Sequence[OwnBackdrop],
    *,
    ahead: int | None,
) -> None:
    if photo.panel_id is None or ahead is None or not isinstance(photo.shown, Waiting):
        return
    words = services.texts(seller.language, "waits" if ahead else "cutting", ahead=ahead)
    keyboard = services.panels.photo.offer(seller.language, photo, owns)
    is_text = photo.shown.is_text
    await reword(services.bot, photo.chat_id, photo.panel_id, words, keyboard, is_text=is_text)
    await _keep(services, photo, shown=Waiting(is_text=is_text, ahead=ahead))


async def _keep(
    services: StepServices, photo: PhotoRecord, *, follow: bool = False, **changes: Unpack[Changes]
) -> None:
    async with services.database.write() as connection:
        await photos.update(connection, photo.id, **changes)
        if follow:
            await services.jobs.submit(connection, jobs.progress(photo.seller_id, photo.id))
