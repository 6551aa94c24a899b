"""The one message that tells what went wrong with a photo or an album, until that is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.jobs import NOT_FOUND
from bot.telegram.delivery import reply_to, reword
from pipeline.errors import CaptionError, CaptionRefusedError
from storage import albums, photos
from storage.photos import PhotoRecord, PhotoState

if TYPE_CHECKING:
    from aiogram.types import InlineKeyboardMarkup

    from bot.payloads import Tell
    from bot.services import Services
    from storage.albums import Album
    from storage.sellers import Seller

OF_CAPTIONS = "caption-"
"""What the sentences about captions begin with; a picture that is shown does not answer them."""
LIMIT_KEY = "limit-captions"
"""The sentence that the day's captions are used up."""
TRIED_AGAIN = frozenset({CaptionError.text_key, CaptionRefusedError.text_key})
"""Sentences that have a button to try again at once."""


async def tell_failure(
    services: Services,
    seller: Seller,
    photo: PhotoRecord,
    album: Album | None,
    said: Tell,
) -> None:
    """Say what went wrong; with ``album`` of the whole album, as an answer to ``photo``.

    The same again is said in its place, anything else in a new message instead of the old one.
    """
    key, text = said.key, services.texts(seller.language, said.key, **said.details)
    of = photo if album is None else album
    keyboard = None
    if key in TRIED_AGAIN:
        keyboard = _again(services, seller, photo, album)
    elif key in NOT_FOUND and photo.state is PhotoState.FAILED:
        keyboard = services.panels.photo.not_found(seller.language, photo)
    standing = of.failure_id
    if standing is not None and of.failure_key == key and not said.asked:
        if await reword(services.bot, of.chat_id, standing, text, keyboard, is_text=True):
            return
    elif standing is not None:
        services.tasks.spawn(services.bot.delete_message(of.chat_id, standing), "delete-failure")
    message = await services.bot.send_message(
        of.chat_id,
        text,
        reply_markup=keyboard,
        message_thread_id=photo.thread_id,
        reply_parameters=reply_to(photo.message_id),
    )
    await _keep(services, of, message.message_id, key)


async def clear_failure(
    services: Services, seller: Seller, of: PhotoRecord | Album, *, caption: bool
) -> None:
    """Reword the message of a failure that is over: of a ``caption``, or of anything else."""
    is_caption = (of.failure_key or "").startswith(OF_CAPTIONS) or of.failure_key == LIMIT_KEY
    if of.failure_id is None or is_caption != caption:
        return
    text = services.texts(seller.language, "failure-over")
    said = reword(services.bot, of.chat_id, of.failure_id, text, None, is_text=True)
    services.tasks.spawn(said, "failure-over")
    await _keep(services, of, None, None)


def _again(
    services: Services, seller: Seller, photo: PhotoRecord, album: Album | None
) -> InlineKeyboardMarkup:
    if album is not None:
        return services.panels.album.again(seller.language, album)
    return services.panels.photo.again(seller.language, photo)


async def _keep(
    services: Services, of: PhotoRecord | Album, message_id: int | None, key: str | None
) -> None:
    async with services.database.write() as connection:
        if isinstance(of, PhotoRecord):
            await photos.update(connection, of.id, failure_id=message_id, failure_key=key)
        else:
            await albums.update(connection, of.id, failure_id=message_id, failure_key=key)
