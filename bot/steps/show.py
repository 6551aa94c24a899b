"""Show a finished picture in the chat, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot import jobs
from bot.keyboards.callbacks import Page
from bot.render_options import render_key, selected_codes
from bot.steps.caption_text import album_caption_html
from bot.steps.failure import clear_failure
from bot.steps.load import photo_of
from bot.steps.photo_message import text_and_keyboard
from bot.steps.tip import count_results
from bot.telegram.delivery import show_picture, swap
from pipeline.errors import StorageError
from storage import captions, photos
from storage.jobs import RetryLaterError
from storage.render_key import View

if TYPE_CHECKING:
    from bot.services import StepServices
    from storage.jobs import Job
    from storage.photos import PhotoRecord

log = structlog.get_logger(__name__)


async def show(services: StepServices, job: Job) -> None:
    """Bring the photo's message to the newest picture, and write down what was sent.

    A picture that was overtaken by another wish is passed over, and that one's drawn.
    """
    photo, seller, owns = await photo_of(services, job)
    if photo.result_file is None or (photo.panel_id is not None and photo.shown == photo.drawn):
        return
    if photo.drawn != render_key(photo, seller):
        async with services.database.write() as connection:
            await services.jobs.submit(connection, jobs.render(photo))
        return
    try:
        picture = await services.files.get(photo.result_file)
    except StorageError as error:
        now, _, _ = await photo_of(services, job)
        if now.result_file != photo.result_file:
            reason = "a newer picture has taken its place"
            raise RetryLaterError(0.0, reason, counts=False) from error
        await _draw_again(services, photo)
        return
    async with services.database.read() as connection:
        caption = await captions.standing(connection, photo.id, photo.shown_caption_id)
        written = await captions.of_photo(connection, photo.id)
        lists = photo.view is View.SCENES
        used = await photos.recent_backdrops(connection, seller.id) if lists else ()
    words, keyboard = text_and_keyboard(services, photo, seller, owns, caption, used)
    page: str = photo.page if photo.view is View.SCENES else Page.MAIN
    if photo.view is View.RESULT and photo.shows_result:  # another look leaves the page open
        page = opened = Page(photo.page) if photo.page in set(Page) else Page.MAIN
        codes = selected_codes(photo, seller)
        keyboard = services.panels.photo.page(
            seller.language, photo, opened, owns=owns, written=written, now=codes
        )
    panel_id = await show_picture(
        services.bot,
        photo.chat_id,
        photo.panel_id,
        picture,
        words,
        keyboard,
        thread_id=photo.thread_id,
        reply_to_id=photo.message_id,
    )
    async with services.database.write() as connection:
        await photos.update(
            connection,
            photo.id,
            shown=photo.drawn,
            page=page,
            panel_id=panel_id,
            shown_caption_id=None if caption is None else caption.id,
        )
    await clear_failure(services, seller, photo, caption=False)
    if photo.view is View.RESULT and not photo.shows_result:
        services.metrics.delivered(photo.created_at)
        await count_results(services, photo)
    if photo.album_message_id is not None and photo.view is View.RESULT:
        words = await album_caption_html(services, photo, seller)
        await swap(services.bot, photo.chat_id, photo.album_message_id, picture, words, None)


async def _draw_again(services: StepServices, photo: PhotoRecord) -> None:
    """Have a result that was deleted under its row drawn once more."""
    log.warning("a result is gone", photo=photo.id)
    async with services.database.write() as connection:
        await photos.update(connection, photo.id, result_file=None, drawn=None)
        await services.jobs.submit(connection, jobs.render(photo))
