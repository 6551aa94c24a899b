"""Send what goes beside a result: a file, or the caption for copying."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from aiogram.types import BufferedInputFile

from bot import payloads
from bot.steps.delete_unreferenced import delete_unreferenced
from bot.steps.load import photo_of
from bot.telegram.delivery import reply_to
from pipeline.errors import StorageError, StorageUnavailableError
from storage import captions

if TYPE_CHECKING:
    from bot.services import Services
    from storage.jobs import Job


async def send_file(services: Services, job: Job) -> None:
    """Send the payload's file; without one the caption, which a tap copies."""
    photo, seller, _ = await photo_of(services, job)
    reply = reply_to(photo.panel_id or photo.message_id)
    asked = payloads.SendFile.of(job)
    if asked.file is not None:
        key = asked.file
        try:
            data = await services.files.get(key)
        except StorageUnavailableError:
            raise
        except StorageError:  # an earlier run has sent it
            return
        file = BufferedInputFile(data, asked.name)
        chat, thread = photo.chat_id, photo.thread_id
        if asked.as_photo:
            await services.bot.send_photo(
                chat, file, message_thread_id=thread, reply_parameters=reply
            )
        else:
            await services.bot.send_document(
                chat, file, message_thread_id=thread, reply_parameters=reply
            )
        await delete_unreferenced(services, key, done=job)
        return
    async with services.database.read() as connection:
        caption = await captions.standing(connection, photo.id, photo.shown_caption_id)
    text = services.texts(seller.language, "caption-writing")
    if caption is not None and caption.text:
        text = f"<pre>{html.escape(caption.text, quote=False)}</pre>"
    await services.bot.send_message(
        photo.chat_id, text, message_thread_id=photo.thread_id, reply_parameters=reply
    )
