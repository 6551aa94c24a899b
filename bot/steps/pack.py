"""A pack: one photo's picture for each market, by its rules, sent together.

The listings are written beside by jobs of their own, and stand in the listing's message.
"""

from __future__ import annotations

import asyncio
import html
import tempfile
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from aiogram.types import (
    BufferedInputFile,
    FSInputFile,
    InputMediaDocument,
    InputMediaPhoto,
)

from bot import jobs, payloads
from bot.keyboards.callbacks import PackForm
from bot.markets.rules import picture_notes
from bot.steps.caption_text import CAPTION_AT_MOST
from bot.steps.card_set import make_set, offer_files
from bot.steps.delete_unreferenced import delete_unreferenced
from bot.steps.load import photo_of
from bot.steps.market_picture import market_picture
from bot.telegram.delivery import reply_to, send_together
from pipeline.captions.text import length
from pipeline.markets import load_markets
from storage import captions, job_rows
from storage.jobs import RetryLaterError
from storage.photos import PhotoState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.payloads import Pack, PackItem
    from bot.services import StepServices, WorkerContext
    from storage.jobs import Job
    from storage.photos import PhotoRecord
    from storage.sellers import Seller

LISTINGS_SECONDS, WAIT_SECONDS = 150.0, 2.0
"""How long a ZIP waits for its listings, and how often it looks."""
UPLOAD_SECONDS = 100


async def make_pack(context: WorkerContext, job: Job) -> None:
    """Make the pictures one after another; how far it came is written into the job."""
    photo, seller, _ = await photo_of(context, job)
    pack = payloads.Pack.of(job)
    if photo.state is not PhotoState.READY:
        return
    if pack.cards is not None:
        pack = await make_set(context, job, pack, photo, seller)
    for name in () if pack.cards is not None else pack.markets[len(pack.made) :]:
        market = load_markets().get(name)
        if market is not None:
            item = await market_picture(context, photo, seller, market)
            pack = pack.model_copy(update={"made": (*pack.made, item)})
        else:  # its file has gone since
            pack = pack.model_copy(
                update={"markets": tuple(one for one in pack.markets if one != name)}
            )
        async with context.database.write() as connection:
            await job_rows.advance(connection, job, pack.model_dump(mode="json"))
    if pack.made:
        nothing = pack.model_copy(update={"markets": (), "cards": None, "made": ()})
        async with context.database.write() as connection:
            await context.jobs.submit(connection, jobs.send_pack(seller.id, pack))
            # From here on the files are the other job's, and a further run has nothing to do.
            await job_rows.advance(connection, job, nothing.model_dump(mode="json"))


async def send_pack(services: StepServices, job: Job) -> None:
    """Send the pictures together, with what each breaks; then, of a set, the offer of files.

    What was sent is written into the job, so that a run that takes over from one that died sends
    the rest alone. Raises StorageError where a picture was lost.
    """
    photo, seller, _ = await photo_of(services, job)
    pack = payloads.Pack.of(job)
    if not pack.sent:
        found = [(item, await services.files.get(item.file)) for item in pack.made]
        if pack.form is PackForm.ZIP:
            await _send_zip(services, photo, seller, pack, found)
        else:
            await _send_album(services, photo, seller, pack, found)
        pack = await _wrote(services, job, pack, 1)
    if pack.sent == 1 and pack.cards is not None and pack.form is PackForm.PICTURES:
        await offer_files(services, photo, seller, summary(services, seller, pack.made))
        pack = await _wrote(services, job, pack, 2)
    await delete_unreferenced(services, *(item.file for item in pack.made), done=job)


async def _wrote(services: StepServices, job: Job, pack: Pack, sent: int) -> Pack:
    """Write down how many messages were sent."""
    pack = pack.model_copy(update={"sent": sent})
    async with services.database.write() as connection:
        await job_rows.advance(connection, job, pack.model_dump(mode="json"))
    return pack


async def _send_album(
    services: StepServices,
    photo: PhotoRecord,
    seller: Seller,
    pack: Pack,
    found: Sequence[tuple[PackItem, bytes]],
) -> None:
    """Send files, each with its own words, or pictures, of which the first has all.

    What is said of a set stands below its pictures, where there are buttons too.
    """
    files = [BufferedInputFile(data, item.name) for item, data in found]
    items = [item for item, _ in found]
    media: list[InputMediaPhoto] | list[InputMediaDocument]
    if pack.form is PackForm.PICTURES:
        media = [InputMediaPhoto(media=file) for file in files]
        if pack.cards is None:
            media[0] = InputMediaPhoto(media=files[0], caption=summary(services, seller, items))
    else:
        media = [
            InputMediaDocument(media=file, caption=summary(services, seller, [item]))
            for file, item in zip(files, items, strict=True)
        ]
    await send_together(
        services.bot,
        photo.chat_id,
        media,
        thread_id=photo.thread_id,
        reply_parameters=reply_to(photo.panel_id or photo.message_id),
    )


async def _send_zip(
    services: StepServices,
    photo: PhotoRecord,
    seller: Seller,
    pack: Pack,
    found: Sequence[tuple[PackItem, bytes]],
) -> None:
    """Send pictures and listings in one file, once the listings are there or have had their time.

    The file lies on the disk, never in memory.
    """
    listings: dict[str, str] = {}
    async with services.database.read() as connection:
        for item, _ in found:
            if item.market:
                caption = await captions.for_market(connection, photo.id, item.market)
            else:
                caption = await captions.standing(connection, photo.id, photo.shown_caption_id)
            if caption is not None:
                listings[item.market] = caption.text
    known = load_markets()
    wanted = {
        item.market for item, _ in found if item.market and known[item.market].text is not None
    }
    if wanted - listings.keys() and time.time() < pack.began + LISTINGS_SECONDS:
        raise RetryLaterError(WAIT_SECONDS, "the listings are being written", counts=False)
    words = summary(services, seller, [item for item, _ in found])
    if missing := [name for name in sorted(wanted) if not listings.get(name)]:
        titles = ", ".join(_title(services, seller, name) for name in missing)
        said = services.texts(seller.language, "pack-unlisted", markets=titles)
        words = (
            f"{words}\n\n{said}" if length(words) + length(said) + 2 <= CAPTION_AT_MOST else words
        )
    with tempfile.TemporaryDirectory(prefix="vitrina-pack-") as folder:
        path = Path(folder) / "pack.zip"
        await asyncio.to_thread(_write, path, found, listings)
        await services.bot.send_document(
            photo.chat_id,
            FSInputFile(path, f"vitrina-{photo.id}.zip"),
            caption=words,
            message_thread_id=photo.thread_id,
            reply_parameters=reply_to(photo.panel_id or photo.message_id),
            request_timeout=UPLOAD_SECONDS,
        )


def _write(path: Path, found: Sequence[tuple[PackItem, bytes]], listings: dict[str, str]) -> None:
    with zipfile.ZipFile(path, "w") as archive:  # pictures are compressed already
        for item, data in found:
            archive.writestr(item.name, data)
            if not item.card and (text := listings.get(item.market)):
                archive.writestr(f"{Path(item.name).stem}.txt", text)


def summary(services: StepServices, seller: Seller, items: Sequence[PackItem]) -> str:
    """Name markets and sizes, and say which rules are broken: HTML that fits under a picture."""
    language = seller.language
    heads = [_head(services, seller, item) for item in items]
    if any(item.card for item in items):
        heads += _further(services, seller, items[0].market)
    head = "\n".join(heads)
    room = (CAPTION_AT_MOST - length(head) - 2) // len(items)
    said = [picture_notes(services.texts, language, item.broken, most=room - 1) for item in items]
    notes = "\n".join(filter(None, said))
    return f"{head}\n\n{notes}" if notes else head


def _head(services: StepServices, seller: Seller, item: PackItem) -> str:
    size = f"{item.size[0]}×{item.size[1]}"
    if item.card:
        title = services.panels.card.title(seller.language, item.card)
        return f"{html.escape(title)}, {size}"
    return f"{_title(services, seller, item.market)}, {size}"


def _further(services: StepServices, seller: Seller, name: str) -> list[str]:
    """Say that cards are no main picture, where their market forbids text on that."""
    market = load_markets().get(name)
    if market is None or market.picture is None or market.picture.overlay:
        return []
    title = _title(services, seller, name)
    return [services.texts(seller.language, "card-further", market=title)]


def _title(services: StepServices, seller: Seller, name: str) -> str:
    if not name:
        return services.texts(seller.language, "card-set-main")
    market = load_markets()[name]
    return services.texts.title(seller.language, market.titles, market.name)
