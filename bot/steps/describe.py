"""Have a caption written for a ready photo, and show it under the result."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import structlog
from aiogram.exceptions import TelegramBadRequest

from bot.delivery import reply_to, unchanged
from bot.steps.load import photo_of
from bot.steps.tell import telling
from bot.steps.words import words_under
from pipeline.captions import Length, Request, Tone, market_of_text
from pipeline.errors import CaptionError, CaptionServiceError, StorageError
from storage import captions, photos
from storage.captions import CaptionRecord
from storage.jobs import AgainError, Job, JobKind
from storage.photos import PhotoState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.services import Services
    from storage.photos import PhotoRecord
    from storage.sellers import Seller

RETRY_SECONDS = 60.0
WAIT_SECONDS = 1.0

log = structlog.get_logger(__name__)


async def describe(services: Services, job: Job) -> None:
    """Write one more caption, unlike the earlier ones.

    Where the service is down the line that says so is shown at once; the first caption of a
    photo is tried again later and then takes that line's place.
    """
    photo, seller, _ = await photo_of(services, job)
    if photo.state is PhotoState.FAILED:
        return
    if photo.state is PhotoState.ACCEPTED:
        raise AgainError(WAIT_SECONDS, "the photo is not cut out yet", counts=False)
    async with services.database.read() as connection:
        written = await captions.of_photo(connection, photo.id)
    earlier = [caption for caption in written if caption.text]
    if photo.thumbnail_file is None:
        raise StorageError(f"photo {photo.id} has no thumbnail")
    picture = await services.files.get(photo.thumbnail_file)
    request = Request(
        picture=picture,
        language=seller.caption_language or seller.language,
        tone=Tone(seller.tone),
        facts=photo.facts,
        earlier=tuple(caption.text for caption in earlier),
        emoji=seller.emoji,
        market=market_of_text(seller.market),
        length=Length(seller.caption_length),
    )
    try:
        caption = await services.describer.describe(request)
    except CaptionError as error:
        log.warning("no caption", photo=photo.id, error=repr(error))
        if earlier:
            await _submit(services, telling(seller.id, photo.chat_id, error))
            return
        if job.attempts == 1:
            await _keep(services, job, _record(photo, seller, text_key=error.text_key))
        if isinstance(error, CaptionServiceError):
            raise AgainError(RETRY_SECONDS * job.attempts, str(error)) from error
    else:
        services.metrics.caption_written(caption)
        listing = caption.listing.model_dump(mode="json")
        await _keep(services, job, _record(photo, seller, text=caption.text, listing=listing))


def _record(
    photo: PhotoRecord,
    seller: Seller,
    *,
    text: str = "",
    text_key: str | None = None,
    listing: Mapping[str, Any] = MappingProxyType({}),
) -> CaptionRecord:
    return CaptionRecord(
        photo_id=photo.id,
        text=text,
        text_key=text_key,
        listing=listing,
        tone=seller.tone,
        language=seller.language,
    )


async def _keep(services: Services, job: Job, record: CaptionRecord) -> None:
    """Write a caption down together with the job that shows it."""
    payload = {"photo": record.photo_id, "announce": job.payload["announce"]}
    async with services.database.write() as connection:
        await captions.add(connection, record)
        await services.jobs.submit(connection, Job(JobKind.SHOW_CAPTION, job.seller_id, payload))


async def _submit(services: Services, job: Job) -> None:
    async with services.database.write() as connection:
        await services.jobs.submit(connection, job)


async def show_caption(services: Services, job: Job) -> None:
    """Put the newest caption under the result; after /caption, also send it as a message."""
    photo, seller, own = await photo_of(services, job)
    async with services.database.read() as connection:
        written = await captions.of_photo(connection, photo.id)
    if not written:
        return
    newest = written[-1]
    text = words_under(services.texts, seller.language, newest)
    if photo.result_message_id is not None and photo.shown_caption_id != newest.id:
        keyboard = services.keyboards.result(
            seller.language, photo.id, own, chosen=photo.shown_backdrop or ""
        )
        try:
            await services.bot.edit_message_caption(
                chat_id=photo.chat_id,
                message_id=photo.result_message_id,
                caption=text,
                reply_markup=keyboard,
            )
        except TelegramBadRequest as error:
            if not unchanged(error):
                log.info("result is gone from the chat", photo=photo.id, error=str(error))
        async with services.database.write() as connection:
            await photos.update(connection, photo.id, shown_caption_id=newest.id)
    if job.payload.get("announce"):
        await _announce(services, photo, text)


async def _announce(services: Services, photo: PhotoRecord, text: str) -> None:
    await services.bot.send_message(
        photo.chat_id,
        text,
        reply_parameters=reply_to(photo.result_message_id or photo.message_id),
    )
