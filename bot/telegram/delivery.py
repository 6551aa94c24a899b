"""Send a result to the chat, or swap it in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    BufferedInputFile,
    InputMediaDocument,
    InputMediaPhoto,
    ReplyParameters,
)

from storage.chats import NO_MESSAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiogram import Bot
    from aiogram.types import InlineKeyboardMarkup, Message


FILE_NAME = "vitrina.jpg"
GONE = ("message to edit not found", "can't be edited", "MESSAGE_ID_INVALID", "no media in the")
"""What Telegram says of a message that cannot take a picture any more."""


async def show_picture(
    bot: Bot,
    chat_id: int,
    panel_id: int | None,
    picture: bytes,
    words: str,
    keyboard: InlineKeyboardMarkup,
    *,
    thread_id: int | None,
    reply_to_id: int,
) -> int:
    """Show a JPEG in a message and return the message's id.

    A message that stands in the chat already is changed in place; where the seller has deleted
    it, a new one takes over.
    """
    if panel_id is not None and await swap(bot, chat_id, panel_id, picture, words, keyboard):
        return panel_id
    message = await bot.send_photo(
        chat_id,
        BufferedInputFile(picture, FILE_NAME),
        caption=words,
        reply_markup=keyboard,
        message_thread_id=thread_id,
        reply_parameters=reply_to(reply_to_id),
    )
    return message.message_id


async def send_together(
    bot: Bot,
    chat_id: int,
    media: Sequence[InputMediaPhoto] | Sequence[InputMediaDocument],
    *,
    thread_id: int | None,
    reply_parameters: ReplyParameters | None,
) -> list[Message]:
    """Send pictures or files as one album; one alone as a message, since no album holds one."""
    if len(media) > 1:
        return await bot.send_media_group(
            chat_id,
            [*media],
            message_thread_id=thread_id,
            reply_parameters=reply_parameters,
        )
    (item,) = media
    if isinstance(item, InputMediaPhoto):
        message = await bot.send_photo(
            chat_id,
            item.media,
            caption=item.caption,
            message_thread_id=thread_id,
            reply_parameters=reply_parameters,
        )
    else:
        message = await bot.send_document(
            chat_id,
            item.media,
            caption=item.caption,
            message_thread_id=thread_id,
            reply_parameters=reply_parameters,
        )
    return [message]


async def swap(
    bot: Bot,
    chat_id: int,
    message_id: int,
    picture: bytes,
    words: str,
    keyboard: InlineKeyboardMarkup | None,
) -> bool:
    """Put another picture in a message's place; False where that message is gone."""
    file = BufferedInputFile(picture, FILE_NAME)
    try:
        await bot.edit_message_media(
            InputMediaPhoto(media=file, caption=words),
            chat_id=chat_id,
            message_id=message_id,
            reply_markup=keyboard,
        )
    except TelegramBadRequest as error:
        if not unchanged(error) and not missing(error):
            raise
        return unchanged(error)
    return True


async def reword(
    bot: Bot,
    chat_id: int,
    message_id: int,
    words: str,
    keyboard: InlineKeyboardMarkup | None,
    *,
    is_text: bool = False,
) -> bool:
    """Put other words under a picture, or in a text; False where that message is gone."""
    try:
        if is_text:
            await bot.edit_message_text(
                words, chat_id=chat_id, message_id=message_id, reply_markup=keyboard
            )
        else:
            await bot.edit_message_caption(
                chat_id=chat_id, message_id=message_id, caption=words, reply_markup=keyboard
            )
    except TelegramBadRequest as error:
        if not unchanged(error) and not missing(error):
            raise
        return unchanged(error)
    return True


def reply_to(message_id: int) -> ReplyParameters | None:
    """Reply to a message, or just send where the seller has deleted it, or its chat has moved."""
    if message_id == NO_MESSAGE:
        return None
    return ReplyParameters(
        message_id=message_id, allow_sending_without_reply=True, quote_parse_mode=None
    )


def thread_of(message: Message) -> int | None:
    """Return the topic that a message was sent to, None outside a forum.

    Where the message that is answered has been deleted, only this keeps the answer in its topic. In
    other groups ``message_thread_id`` names a thread of answers, which cannot be sent to.
    """
    return message.message_thread_id if message.is_topic_message else None


def unchanged(error: TelegramBadRequest) -> bool:
    """Tell whether Telegram only says that the message is already as asked."""
    return "message is not modified" in error.message


def missing(error: TelegramBadRequest) -> bool:
    """Tell whether the message to edit is no longer there, or too old to be edited."""
    return any(words in error.message for words in GONE)
