"""Tell a seller that something did not work, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from aiogram.exceptions import TelegramAPIError

from bot import jobs, payloads
from bot.steps.failure import tell_failure
from bot.telegram.delivery import reply_to
from bot.telegram.refusals import Refusal, refusal
from bot.words.answers import buttons_under
from bot.words.replies import Answer
from storage import albums, awaited, backdrops, photos, sellers
from storage.photos import PhotoState

if TYPE_CHECKING:
    from bot.services import Services, WorkerContext
    from pipeline.errors import VitrinaError
    from storage.backdrops import OwnBackdrop
    from storage.jobs import Job
    from storage.photos import PhotoRecord

log = structlog.get_logger(__name__)


async def decline(
    context: Services | WorkerContext, photo: PhotoRecord, error: VitrinaError
) -> None:
    """End a photo that nothing can be made of, and tell why; its album goes on without it."""
    log.info("photo declined", photo=photo.id, error=str(error))
    async with context.database.write() as connection:
        if not await photos.update_accepted(connection, photo.id, state=PhotoState.FAILED):
            return
        tell = jobs.tell_failure(photo, error.text_key, error.details)
        await context.jobs.submit(connection, tell)
        if photo.album_id is not None:
            album = jobs.show_album(photo.seller_id, photo.album_id)
            await context.jobs.submit(connection, album)


async def decline_backdrop(
    context: Services | WorkerContext, own: OwnBackdrop, error: VitrinaError
) -> None:
    """Forget a background that cannot be used, tell why, and await another in its place."""
    async with context.database.write() as connection:
        await backdrops.delete(connection, own.id)
        await awaited.expect_backdrop(connection, own.seller_id, own.purpose)
        tell = jobs.tell(
            own.seller_id, own.chat_id, error, reply=own.message_id, thread=own.thread_id
        )
        await context.jobs.submit(connection, tell)


async def tell(services: Services, job: Job) -> None:
    """Say it; where nothing can come of the photo any more, in place of its offer.

    In private where a group does not even take words.
    """
    said = payloads.Tell.of(job)
    async with services.database.read() as connection:
        seller = await sellers.get(connection, job.seller_id)
        photo = None if said.photo is None else await photos.get(connection, said.photo)
        album = None if said.album is None else await albums.get(connection, said.album)
    text = services.texts(seller.language, said.key, **said.details)
    if photo is not None and photo.state is PhotoState.FAILED and photo.panel_id is not None:
        # There will be no result of this photo: the sentence takes its message's place.
        services.tasks.spawn(
            services.bot.delete_message(photo.chat_id, photo.panel_id), "delete-panel"
        )
    send = services.bot.send_message
    try:
        if photo is not None and said.failure:
            await tell_failure(services, seller, photo, album, said)
        else:
            await send(
                said.chat,
                text,
                message_thread_id=said.thread if photo is None else photo.thread_id,
                reply_parameters=reply_to(said.reply if photo is None else photo.message_id),
            )
    except TelegramAPIError as error:
        if refusal(error) is not Refusal.CLOSED or said.chat == job.seller_id:
            raise
        await send(job.seller_id, text)


async def say_answer(services: Services, job: Job) -> None:
    """Answer a seller's words, with the buttons that go with it."""
    said = payloads.SayAnswer.of(job)
    async with services.database.read() as connection:
        seller = await sellers.get(connection, job.seller_id)
        answer = Answer(said.text, said.edit, said.under)
        buttons = await buttons_under(services, connection, seller, answer)
    await services.bot.send_message(
        said.chat,
        said.text,
        reply_markup=buttons,
        message_thread_id=said.thread,
        reply_parameters=reply_to(said.reply),
    )
