"""Have a caption written for a ready photo, and show it under the result."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import structlog

from bot import jobs, payloads
from bot.keyboards.callbacks import Page
from bot.markets.sell_on import length_for
from bot.render_options import emoji_of, selected_codes
from bot.steps.caption_failure import caption_failed
from bot.steps.caption_request import request_key, write
from bot.steps.caption_text import album_caption_html, caption_html, copy_text, result_html
from bot.steps.failure import clear_failure
from bot.steps.listing import put_listing
from bot.steps.load import photo_of
from bot.steps.streaming_caption import StreamingCaption
from bot.telegram.delivery import reply_to, reword
from pipeline.captions import TELEGRAM, Length, Request, Tone, market_of_text
from pipeline.errors import CaptionError, CaptionServiceError, StorageError
from storage import albums, captions, costs, photos
from storage.captions import CaptionRecord
from storage.jobs import Job, RetryLaterError
from storage.photos import PhotoState
from storage.render_key import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.services import StepServices
    from pipeline.captions import Listing, Spending
    from storage.backdrops import OwnBackdrop
    from storage.photos import PhotoRecord
    from storage.sellers import Seller

RETRY_SECONDS = 60.0
WAIT_SECONDS = 1.0

log = structlog.get_logger(__name__)


async def describe(services: StepServices, job: Job) -> None:
    """Write one more caption, unlike the earlier ones; or show again what was written so before.

    Where the service is down the seller is told so at once; the first caption of a photo is tried
    again later.
    """
    photo, seller, _ = await photo_of(services, job)
    if photo.state.is_over:
        return
    if photo.state is PhotoState.ACCEPTED:
        raise RetryLaterError(WAIT_SECONDS, "the photo is not cut out yet", counts=False)
    if photo.thumbnail_file is None:
        raise StorageError(f"photo {photo.id} has no thumbnail")
    beside = payloads.Describe.of(job).market
    async with services.database.read() as connection:
        written = [] if beside else await captions.of_photo(connection, photo.id)
    if job.attempts > 1 and written and written[-1].text and not all(c.text for c in written):
        return  # it was tried again by a tap meanwhile
    codes = selected_codes(photo, seller)
    if beside is not None:
        codes = {**codes, Page.MARKET: beside, Page.LENGTH: length_for(beside)}
    request = Request(
        picture=await services.files.get(photo.thumbnail_file),
        language=codes[Page.CAPTION_LANGUAGE] or seller.language,
        tone=Tone(codes[Page.TONE]),
        facts=photo.facts,
        earlier=tuple(caption.text for caption in written if caption.text),
        emoji=emoji_of(photo, seller),
        market=market_of_text(codes[Page.MARKET] or None),
        length=Length(codes[Page.LENGTH]),
    )
    blank = CaptionRecord(
        photo_id=photo.id,
        text="",
        text_key=None,
        listing={},
        tone=request.tone,
        language=request.language,
        market=request.market,
        key=request_key(request, photo.thumbnail_file),
        beside=beside is not None,
    )
    shown = [caption for caption in written if caption.id == photo.shown_caption_id]
    standing = next(iter([*shown, *reversed(written)]), None)
    # Who has this very caption before them and asks again wants another one.
    if standing is None or standing.key != blank.key or not standing.text:
        async with services.database.read() as connection:
            kept = await captions.of_seller(connection, seller.id, blank.key or "")
        if kept is not None:
            await _keep(services, job, replace(kept, photo_id=photo.id))
            return
    await _write(services, job, photo, request, blank, standing)


async def _write(
    services: StepServices,
    job: Job,
    photo: PhotoRecord,
    request: Request,
    blank: CaptionRecord,
    standing: CaptionRecord | None,
) -> None:
    streaming = StreamingCaption(
        _show_nothing if blank.beside else partial(_show_partial, services, job)
    )
    try:
        async with streaming:
            caption = await write(services, job.seller_id, request, streaming)
    except CaptionError as error:
        log.warning("no caption", photo=photo.id, error=repr(error))
        if streaming.shown and standing is not None:
            await _show_again(services, job, standing)
        asked = standing is not None or payloads.Describe.of(job).announce
        if blank.beside and job.attempts == 1:
            await _keep(services, job, replace(blank, text_key=error.text_key))
        elif job.attempts == 1:
            await caption_failed(services, photo, blank, error.text_key, asked=asked)
        if isinstance(error, CaptionServiceError) and not request.earlier:
            raise RetryLaterError(RETRY_SECONDS * job.attempts, str(error)) from error
    else:
        record = replace(
            blank,
            text=copy_text(caption.listing, request.market),
            listing=caption.listing.model_dump(mode="json"),
        )
        notes = [note_of(photo, caption.listing)] if caption.listing.contradictions else []
        await _keep(services, job, record, caption.spent, notes)


async def _keep(
    services: StepServices,
    job: Job,
    record: CaptionRecord,
    spent: Sequence[Spending] = (),
    notes: Sequence[Job] = (),
) -> None:
    """Write a caption and its cost down together with the job that shows it."""
    asked = payloads.Describe.of(job)
    record = replace(record, beside=asked.market is not None)
    async with services.database.write() as connection:
        caption_id = record.id
        if record.id == 0 or not await _is_of(connection, record):
            caption_id = await captions.add(connection, record)
        await costs.add(connection, job.seller_id, spent, caption_id)
        if asked.market is not None:
            shown = jobs.show_listing(job.seller_id, record.photo_id)
        else:
            shown = jobs.show_caption(
                job.seller_id, record.photo_id, caption_id=caption_id, announce=asked.announce
            )
        await services.jobs.submit(connection, shown)
        for note in notes:
            await services.jobs.submit(connection, note)


async def _is_of(connection: AsyncConnection, record: CaptionRecord) -> bool:
    """Tell whether a caption is there already, of the photo and the place that are to show it."""
    found = await captions.get(connection, record.id)
    return (
        found is not None
        and found.photo_id == record.photo_id
        and (record.beside or not found.beside)
    )


async def _show_again(services: StepServices, job: Job, standing: CaptionRecord) -> None:
    """Put back what stood under the picture before a new text began to grow there."""
    shown = jobs.show_caption(job.seller_id, standing.photo_id, caption_id=standing.id)
    async with services.database.write() as connection:
        await photos.update(connection, standing.photo_id, shown_caption_id=None)
        await services.jobs.submit(connection, shown)


def note_of(photo: PhotoRecord, listing: Listing) -> Job:
    """Make the job that points out where the seller's words and the picture disagree."""
    found = "\n".join(f"• {one}" for one in listing.contradictions)
    return jobs.tell_text(
        photo.seller_id,
        photo.chat_id,
        "caption-contradictions",
        photo_id=photo.id,
        found=found,
    )


async def show_caption(services: StepServices, job: Job) -> None:
    """Put the newest caption, or the one named, under the result; announced, also as a message.

    A market's listing is longer than what stands under a picture: its parts have a message too.
    """
    photo, seller, owns = await photo_of(services, job)
    asked = payloads.ShowCaption.of(job)
    async with services.database.read() as connection:
        caption = await captions.standing(connection, photo.id, asked.caption)
        album = None if photo.album_id is None else await albums.get(connection, photo.album_id)
    if caption is None:
        return
    async with services.database.write() as connection:
        await photos.update(connection, photo.id, shown_caption_id=caption.id)
    photo = replace(photo, shown_caption_id=caption.id)
    words = result_html(services.texts, seller.language, photo, caption)
    await _put_under(services, photo, owns, seller, words)
    if photo.album_message_id is not None:
        words = await album_caption_html(services, photo, seller)
        await reword(services.bot, photo.chat_id, photo.album_message_id, words, None)
    if caption.text:
        await clear_failure(services, seller, photo, caption=True)
        if album is not None:
            await clear_failure(services, seller, album, caption=True)
    if photo.listing_id is not None or (caption.text and caption.market not in {None, TELEGRAM}):
        await put_listing(services, photo, seller)
    elif asked.announce and caption.text:
        await services.bot.send_message(
            photo.chat_id,
            caption_html(services.texts, seller.language, caption),
            message_thread_id=photo.thread_id,
            reply_parameters=reply_to(photo.panel_id or photo.album_message_id or photo.message_id),
        )


async def _show_nothing(text: str) -> bool:
    """Stream nothing: a listing for another market has its own message, once it is whole."""
    del text
    return False


async def _show_partial(services: StepServices, job: Job, text: str) -> bool:
    """Put the caption so far under the result; False where there is no result yet."""
    photo, seller, owns = await photo_of(services, job)
    return await _put_under(services, photo, owns, seller, text)


async def _put_under(
    services: StepServices,
    photo: PhotoRecord,
    owns: Sequence[OwnBackdrop],
    seller: Seller,
    text: str,
) -> bool:
    """Put words under the photo's result, above the buttons that are there.

    False where its message shows something else.
    """
    if photo.panel_id is None or photo.view is not View.RESULT or not photo.shows_result:
        return False
    async with services.database.read() as connection:
        written = await captions.of_photo(connection, photo.id)
    keyboard = services.panels.photo.page(
        seller.language,
        photo,
        Page(photo.page),
        owns=owns,
        written=written,
        now=selected_codes(photo, seller),
    )
    return await reword(services.bot, photo.chat_id, photo.panel_id, text, keyboard)
