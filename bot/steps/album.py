"""Bring an album's messages to what is wanted: one keyboard, the results as one album."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from aiogram.types import BufferedInputFile, InputMediaPhoto

from bot import jobs
from bot.render_options import render_key
from bot.steps.caption_text import album_caption_html
from bot.steps.failure import clear_failure
from bot.steps.load import album_of
from bot.steps.tip import count_results
from bot.telegram.delivery import FILE_NAME, reply_to, reword, send_together, swap
from storage import albums, photos
from storage.albums import ONE, AlbumState
from storage.photos import PhotoState
from storage.render_key import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiogram.types import InlineKeyboardMarkup

    from bot.services import StepServices
    from storage.albums import Album
    from storage.jobs import Job
    from storage.photos import PhotoRecord
    from storage.sellers import Seller

ASK, PLACING, DONE, DOUBT = "ask", "placing", "done", "doubt"
"""What an album's message says. ASK has a picture; PLACING keeps the one that is there."""
EMPTY = "empty"
"""The sheet of backgrounds without a product."""


async def show_album(services: StepServices, job: Job) -> None:
    """Ask, send or swap, as far as the photos have come."""
    album, seller, owns = await album_of(services, job)
    async with services.database.read() as connection:
        members = await photos.of_album(connection, album.id)
    if album.state is AlbumState.DOUBTFUL:
        keyboard = services.panels.album.doubt(seller.language, album)
        await _panel(services, album, seller, members, DOUBT, keyboard)
    if album.state is not AlbumState.CLOSED:
        return
    ready = [photo for photo in members if photo.state is PhotoState.READY]
    pending = any(photo.state is PhotoState.ACCEPTED for photo in members)
    if not pending and not ready:
        await _drop_panel(services, album)
        return
    delivered = any(photo.album_message_id for photo in members)
    overtaken = [photo for photo in ready if photo.drawn != render_key(photo, seller)]
    if not pending and album.wanted_backdrop is not None and (delivered or not overtaken):
        if delivered:
            await _swap(services, ready, seller)
        else:
            await _deliver(services, album, seller, members, ready)
        async with services.database.read() as connection:
            members = await photos.of_album(connection, album.id)
        delivered = True
    elif not pending and album.wanted_backdrop is not None:
        await _draw(services, overtaken)
    stage = DONE if delivered else ASK if album.wanted_backdrop is None else PLACING
    delivery = members if delivered else None
    keyboard = services.panels.album.places(seller.language, album, owns, delivered=delivery)
    await _panel(services, album, seller, members, stage, keyboard)
    if delivered:
        await clear_failure(services, seller, album, caption=False)


async def _draw(services: StepServices, overtaken: Sequence[PhotoRecord]) -> None:
    """Have the photos drawn again whose wish has changed since their last drawing."""
    async with services.database.write() as connection:
        for photo in overtaken:
            await services.jobs.submit(connection, jobs.render(photo))


async def _deliver(
    services: StepServices,
    album: Album,
    seller: Seller,
    members: Sequence[PhotoRecord],
    ready: Sequence[PhotoRecord],
) -> None:
    """Send the results as one album in the seller's order."""
    media = []
    for photo in ready:
        picture = await services.files.get(photo.result_file or "")
        words = await album_caption_html(services, photo, seller)
        file = BufferedInputFile(picture, FILE_NAME)
        media.append(InputMediaPhoto(media=file, caption=words or None))
    sent = await send_together(
        services.bot,
        album.chat_id,
        media,
        thread_id=ready[0].thread_id,
        reply_parameters=reply_to(ready[0].message_id),
    )
    async with services.database.write() as connection:
        for photo, message in zip(ready, sent, strict=True):
            await photos.update(
                connection, photo.id, album_message_id=message.message_id, shown=photo.drawn
            )
        if album.captions == ONE and ready[0].id != members[0].id:
            # The one that was to be described has failed.
            await services.jobs.submit(connection, jobs.describe(seller.id, ready[0].id))
    await count_results(services, ready[0], len(ready))


async def _swap(services: StepServices, ready: Sequence[PhotoRecord], seller: Seller) -> None:
    """Swap each result in place that has changed; what was sent by itself too is shown there."""
    for photo in ready:
        overtaken = photo.drawn != render_key(photo, seller)
        item = photo.album_message_id
        if overtaken or photo.shown == photo.drawn or photo.panel_id is not None or item is None:
            continue
        if photo.view is not View.RESULT:  # it is asked about in a message of its own
            continue
        picture = await services.files.get(photo.result_file or "")
        words = await album_caption_html(services, photo, seller)
        await swap(services.bot, photo.chat_id, item, picture, words, None)
        async with services.database.write() as connection:
            await photos.update(connection, photo.id, shown=photo.drawn)


async def _panel(
    services: StepServices,
    album: Album,
    seller: Seller,
    members: Sequence[PhotoRecord],
    stage: str,
    keyboard: InlineKeyboardMarkup,
) -> None:
    """Keep the album's one message with buttons; once the results are there it moves below them."""
    was_stage, *_, was_sheet = (album.shown or "||").split("|")
    offered = next((p for p in members if p.drawn and p.drawn.view is View.OFFER), None)
    sheet = ""
    if stage == ASK:
        sheet = offered.drawn.file if offered and offered.drawn else was_sheet or EMPTY
    elif stage == PLACING:
        sheet = was_sheet
    count = _count(members, stage)
    if _line(album, stage, count, sheet) == album.shown:
        return
    words = _words(services, seller, stage, count)
    panel_id = album.panel_id
    stands = True
    if stage in {DONE, DOUBT} and was_stage != stage:
        await _drop_panel(services, album)
        panel_id = None
    elif panel_id is not None and sheet == was_sheet:
        bot, is_text = services.bot, not sheet
        stands = await reword(bot, album.chat_id, panel_id, words, keyboard, is_text=is_text)
    elif panel_id is not None and offered is not None:
        picture = await services.files.get(offered.result_file or "")
        stands = await swap(services.bot, album.chat_id, panel_id, picture, words, keyboard)
    if panel_id is None or not stands:
        if stage != ASK:  # sent as a text
            sheet = ""
        above = await _sheet(services, offered) if stage == ASK else None
        panel_id = await _send_panel(services, album, members[0], stage, above, words, keyboard)
    shown = _line(album, stage, count, sheet)
    async with services.database.write() as connection:
        await albums.update(connection, album.id, panel_id=panel_id, shown=shown)


def _line(album: Album, stage: str, count: _Count, sheet: str) -> str:
    """Return what the album's message says and shows, as its row keeps it."""
    return f"{stage}|{count}|{album.wanted_backdrop}|{album.captions}|{sheet}"


async def _sheet(services: StepServices, offered: PhotoRecord | None) -> bytes:
    """Return the sheet of backgrounds as a JPEG, with the product of ``offered`` on each."""
    if offered is None:
        return await asyncio.to_thread(services.swatches.draw)
    return await services.files.get(offered.result_file or "")


async def _send_panel(
    services: StepServices,
    album: Album,
    first: PhotoRecord,
    stage: str,
    picture: bytes | None,
    words: str,
    keyboard: InlineKeyboardMarkup,
) -> int:
    """Send the album's message anew, under a picture where there is one; return its id."""
    # In a group others write between the album and its results: an answer finds it again.
    is_answer = stage != DONE or album.chat_id != album.seller_id
    reply = reply_to(first.message_id) if is_answer else None
    if picture is None:
        message = await services.bot.send_message(
            album.chat_id,
            words,
            reply_markup=keyboard,
            message_thread_id=first.thread_id,
            reply_parameters=reply,
        )
    else:
        message = await services.bot.send_photo(
            album.chat_id,
            BufferedInputFile(picture, FILE_NAME),
            caption=words,
            reply_markup=keyboard,
            message_thread_id=first.thread_id,
            reply_parameters=reply,
        )
    return message.message_id


@dataclass(frozen=True, slots=True)
class _Count:
    """What an album's message says of its photos; those named by their places in it, from 1."""

    all: int
    done: int
    failed: str
    doubtful: str
    small: str

    def __str__(self) -> str:
        return f"{self.done}/{self.all} -{self.failed} ?{self.doubtful} <{self.small}"


def _count(members: Sequence[PhotoRecord], stage: str) -> _Count:
    numbered = list(enumerate(members, 1))
    failed = [number for number, photo in numbered if photo.state is PhotoState.FAILED]
    doubtful = [number for number, photo in numbered if photo.is_doubtful and stage == DONE]
    small = [number for number, photo in numbered if photo.small and stage == DONE]
    return _Count(
        all=len(members),
        done=sum(photo.state is PhotoState.READY for photo in members),
        failed=", ".join(map(str, failed)),
        doubtful=", ".join(map(str, doubtful)),
        small=", ".join(map(str, small)),
    )


def _words(services: StepServices, seller: Seller, stage: str, count: _Count) -> str:
    """Say how many are done, first which ones are not or may be wrong."""
    say = partial(services.texts, seller.language)
    lines = [say(f"album-{stage}", all=count.all, done=count.done)]
    if count.failed:
        lines.insert(0, say("album-failed", numbers=count.failed))
    if count.small:
        lines.insert(0, say("album-small", numbers=count.small))
    if count.doubtful:
        lines.insert(0, say("album-unsure", numbers=count.doubtful))
    return "\n".join(lines)


async def _drop_panel(services: StepServices, album: Album) -> None:
    if album.panel_id is not None:
        services.tasks.spawn(
            services.bot.delete_message(album.chat_id, album.panel_id), "delete-panel"
        )
