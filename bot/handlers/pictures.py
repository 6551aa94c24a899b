"""Pictures: a product photo or an awaited background is written down with its job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram import F, Router

from bot.delivery import reply_to
from bot.handlers.sender import meet
from pipeline.photo import SUFFIXES
from storage import backdrops, photos, sellers, updates
from storage.jobs import Job, JobKind
from storage.photos import Arrival

if TYPE_CHECKING:
    from aiogram.types import Document, Message, PhotoSize, Update

    from bot.services import Services

LARGEST_DOWNLOAD = 20 * 1024 * 1024
"""Bytes that the cloud Bot API hands to bots, https://core.telegram.org/bots/api#getfile."""


def router() -> Router:
    """Build the pictures' router."""
    pictures = Router(name="pictures")
    pictures.message.register(photo, F.photo)
    pictures.message.register(document, F.document)
    pictures.message.register(document, F.animation)
    return pictures


async def photo(message: Message, event_update: Update, services: Services) -> None:
    """Accept the largest size of a photo."""
    sizes = message.photo or []
    await _accept(message, event_update, services, max(sizes, key=lambda s: s.width * s.height))


async def document(message: Message, event_update: Update, services: Services) -> None:
    """Accept a picture sent as a file; decline other files in a sentence."""
    file = message.document
    if file is None or not _looks_like_picture(file):
        await _decline(message, services, "send-photo")
    else:
        await _accept(message, event_update, services, file)


async def _accept(
    message: Message, event_update: Update, services: Services, file: PhotoSize | Document
) -> None:
    if (file.file_size or 0) > LARGEST_DOWNLOAD:
        await _decline(message, services, "file-too-large")
        return
    if services.files.is_full:
        await _decline(message, services, "storage-full")
        return
    async with services.database.write() as connection:
        seller = await meet(connection, message.from_user)
        if not await updates.first_time(connection, event_update.update_id):
            return
        arrival = Arrival(
            seller_id=seller.id,
            chat_id=message.chat.id,
            message_id=message.message_id,
            file_id=file.file_id,
            facts=message.caption or "",
        )
        if seller.awaiting_backdrop_for is None:
            photo_id = await photos.accept(
                connection, arrival, wanted_backdrop=seller.default_backdrop
            )
            jobs = [
                Job(JobKind.OFFER, seller.id, {"photo": photo_id}),
                Job(JobKind.FETCH, seller.id, {"photo": photo_id}),
            ]
        else:
            backdrop_id = await backdrops.accept(
                connection, arrival, for_photo_id=seller.awaiting_backdrop_for
            )
            await sellers.await_backdrop(connection, seller.id, None)
            jobs = [Job(JobKind.FETCH_BACKDROP, seller.id, {"backdrop": backdrop_id})]
        for job in jobs:
            await services.jobs.submit(connection, job)


async def _decline(message: Message, services: Services, key: str) -> None:
    async with services.database.write() as connection:
        seller = await meet(connection, message.from_user)
    text = services.texts(seller.language, key)
    reply = reply_to(message.message_id)
    services.tasks.spawn(message.answer(text, reply_parameters=reply), "decline")


def _looks_like_picture(file: Document) -> bool:
    return (file.mime_type or "").startswith("image/") or (file.file_name or "").lower().endswith(
        SUFFIXES
    )
