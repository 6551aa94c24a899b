"""Pictures: a product photo or an awaited background is written down with its job."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiogram import F, Router
from aiogram.enums import ChatAction
from aiogram.methods import SendChatAction

from bot import jobs
from bot.handlers.sender import seller_of
from bot.handlers.where import Where
from bot.middlewares.limits import admit
from bot.middlewares.token_bucket import Verdict
from bot.telegram.delivery import reply_to, thread_of
from bot.words.answers import hear_under
from bot.words.wishes import Target
from pipeline.photo.formats import SUFFIXES
from storage import albums, awaited, backdrops, photos, updates
from storage.albums import AlbumState
from storage.awaited import AwaitedKind
from storage.photos import Arrival

if TYPE_CHECKING:
    from aiogram.types import Document, Message, PhotoSize, Update
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.services import Services
    from storage.backdrops import Purpose
    from storage.sellers import Seller

MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
"""Bytes that the cloud Bot API hands to bots, https://core.telegram.org/bots/api#getfile."""


def router() -> Router:
    """Build the pictures' router."""
    pictures = Router(name="pictures")
    pictures.message.register(photo, Where(F.photo))
    pictures.message.register(document, Where(F.document))
    pictures.message.register(document, Where(F.animation))
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
    if (file.file_size or 0) > MAX_DOWNLOAD_BYTES:
        await _decline(message, services, "file-too-large")
        return
    if services.files.is_full:
        await _decline(message, services, "storage-full")
        return
    action = SendChatAction(chat_id=message.chat.id, action=ChatAction.UPLOAD_PHOTO)
    services.tasks.spawn(action.as_(services.bot), "action")
    async with services.database.write() as connection:
        seller = await seller_of(connection, message.from_user)
        if not await updates.first_time(connection, event_update.update_id):
            return
        refusal = await admit(connection, services.rules, seller.id, message.media_group_id)
        if refusal is not None:
            if refusal.key is not None:
                _refuse(message, services, seller, refusal.key, count=refusal.count)
            return
        arrival = Arrival(
            seller_id=seller.id,
            chat_id=message.chat.id,
            message_id=message.message_id,
            file_id=file.file_id,
            thread_id=thread_of(message),
            facts=message.caption or "",
        )
        # An album is never one background: what its pictures are is asked when it is whole.
        wanted = await awaited.expected(connection, seller.id, AwaitedKind.BACKDROP)
        logo = await awaited.expected(connection, seller.id, AwaitedKind.LOGO)
        await awaited.forget_fact(connection, seller.id)
        if message.media_group_id is not None:
            await _accept_in_album(services, connection, seller, arrival, message.media_group_id)
        elif wanted is not None:
            await awaited.forget(connection, seller.id)
            await accept_backdrop(services, connection, arrival, wanted.purpose)
        elif logo is not None and arrival.chat_id == seller.id:
            await awaited.forget(connection, seller.id)
            fetch = jobs.fetch_logo(seller.id, arrival.chat_id, arrival.message_id, arrival.file_id)
            await services.jobs.submit(connection, fetch)
        else:
            await accept_product(services, connection, seller, arrival)


async def accept_product(
    services: Services, connection: AsyncConnection, seller: Seller, arrival: Arrival
) -> None:
    """Write a product photo down; words under it do at once what they ask for."""
    words, arrival = arrival.facts, replace(arrival, facts="")
    photo_id = await photos.accept(connection, arrival, wanted_backdrop=default_of(seller))
    if words and (photo := await photos.get(connection, photo_id)) is not None:
        await hear_under(services, connection, seller, Target((photo,)), words)
    for job in (jobs.offer(seller.id, photo_id), jobs.fetch(seller.id, photo_id)):
        await services.jobs.submit(connection, job)


async def accept_backdrop(
    services: Services, connection: AsyncConnection, arrival: Arrival, purpose: Purpose
) -> None:
    """Write an own background down unless there are enough; the words under it are its title."""
    if await backdrops.count(connection, arrival.seller_id) >= backdrops.MAX_OWN_BACKDROPS:
        told = jobs.tell_text(
            arrival.seller_id,
            arrival.chat_id,
            "owns-full",
            reply=arrival.message_id,
            thread=arrival.thread_id,
            most=backdrops.MAX_OWN_BACKDROPS,
        )
        await services.jobs.submit(connection, told)
        return
    backdrop_id = await backdrops.accept(connection, arrival, purpose)
    await services.jobs.submit(connection, jobs.fetch_backdrop(arrival.seller_id, backdrop_id))


async def _accept_in_album(
    services: Services,
    connection: AsyncConnection,
    seller: Seller,
    arrival: Arrival,
    group_id: str,
) -> None:
    """Write one photo of an album down; the first one starts the wait for the others."""
    album, first = await albums.join(
        connection,
        seller_id=seller.id,
        chat_id=arrival.chat_id,
        group_id=group_id,
        captions=seller.album_captions,
        wanted_backdrop=default_of(seller),
    )
    if album.state is not AlbumState.OPEN:  # it came too late for its album
        await accept_product(services, connection, seller, arrival)
        return
    photo_id = await photos.accept(
        connection, arrival, wanted_backdrop=album.wanted_backdrop, album_id=album.id
    )
    await services.jobs.submit(connection, jobs.fetch(seller.id, photo_id))
    if first:
        await services.jobs.submit(connection, jobs.gather(seller.id, album.id))


def default_of(seller: Seller) -> str | None:
    """Return the backdrop that is used without a tap, if any."""
    return seller.default_backdrop if seller.automatic else None


async def _decline(message: Message, services: Services, key: str) -> None:
    async with services.database.write() as connection:
        seller = await seller_of(connection, message.from_user)
    _refuse(message, services, seller, key)


def _refuse(message: Message, services: Services, seller: Seller, key: str, **details: int) -> None:
    """Say why a picture is not taken, unless that was said often enough this minute."""
    if services.refusals.take(seller.id) is Verdict.PASS:
        text = services.texts(seller.language, key, **details)
        reply = reply_to(message.message_id)
        services.tasks.spawn(message.answer(text, reply_parameters=reply), "decline")


def _looks_like_picture(file: Document) -> bool:
    return (file.mime_type or "").startswith("image/") or (file.file_name or "").lower().endswith(
        SUFFIXES
    )
