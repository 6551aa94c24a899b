"""Tell a seller that something did not work, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from bot.delivery import reply_to
from storage import photos, sellers
from storage.chats import CHAT, NO_MESSAGE, REPLY
from storage.jobs import Job, JobKind
from storage.photos import PhotoState

if TYPE_CHECKING:
    from bot.services import Services, Workshop
    from pipeline.errors import VitrinaError
    from storage.photos import PhotoRecord

log = structlog.get_logger(__name__)


def telling(
    seller_id: int,
    chat_id: int,
    error: VitrinaError,
    *,
    photo_id: int | None = None,
    reply: int = NO_MESSAGE,
) -> Job:
    """Make the job that tells of ``error``, as an answer to a photo or to the message ``reply``."""
    payload: dict[str, Any] = {
        CHAT: chat_id,
        REPLY: reply,
        "key": error.text_key,
        "details": dict(error.details),
    }
    if photo_id is not None:
        payload["photo"] = photo_id
    return Job(JobKind.TELL, seller_id, payload)


def telling_text(
    seller_id: int, chat_id: int, key: str, *, reply: int = NO_MESSAGE, **details: str | int
) -> Job:
    """Make the job that says a sentence of the catalogue, as an answer to the message ``reply``."""
    payload = {CHAT: chat_id, REPLY: reply, "key": key, "details": details}
    return Job(JobKind.TELL, seller_id, payload)


async def decline(room: Services | Workshop, photo: PhotoRecord, error: VitrinaError) -> None:
    """End a photo that nothing can be made of, and tell why; its album goes on without it."""
    log.info("photo declined", photo=photo.id, error=str(error))
    async with room.database.write() as connection:
        if not await photos.finish(connection, photo.id, state=PhotoState.FAILED.value):
            return
        tell = telling(photo.seller_id, photo.chat_id, error, photo_id=photo.id)
        await room.jobs.submit(connection, tell)
        if photo.album_id is not None:
            album = Job(JobKind.ALBUM, photo.seller_id, {"album": photo.album_id})
            await room.jobs.submit(connection, album)


async def tell(services: Services, job: Job) -> None:
    """Say it; where nothing can come of the photo any more, in place of its offer."""
    async with services.database.read() as connection:
        seller = await sellers.get(connection, job.seller_id)
        photo = (
            await photos.get(connection, job.number("photo")) if "photo" in job.payload else None
        )
    chat_id = job.number(CHAT)
    details = job.payload["details"]
    text = services.texts(seller.language, str(job.payload["key"]), **details)
    if photo is not None and photo.state is PhotoState.FAILED and photo.panel_id is not None:
        # Nothing can come of the photo any more: its message makes way for the sentence.
        services.tasks.spawn(
            services.bot.delete_message(photo.chat_id, photo.panel_id), "delete-panel"
        )
    await services.bot.send_message(
        chat_id,
        text,
        reply_parameters=reply_to(
            job.payload.get(REPLY, NO_MESSAGE) if photo is None else photo.message_id
        ),
    )
