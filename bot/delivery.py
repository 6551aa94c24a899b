"""Send a result to the chat, or swap it in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiogram.exceptions import TelegramBadRequest
from aiogram.types import BufferedInputFile, InputMediaPhoto, Message, ReplyParameters

if TYPE_CHECKING:
    from aiogram import Bot
    from aiogram.types import InlineKeyboardMarkup

    from storage.photos import PhotoRecord


@dataclass(frozen=True, slots=True)
class Sent:
    """What Telegram made of a picture: the message that shows it, and its own id of the file."""

    message_id: int
    file_id: str | None


FILE_NAME = "vitrina.jpg"


async def show_picture(
    bot: Bot, photo: PhotoRecord, jpeg: bytes, caption: str, keyboard: InlineKeyboardMarkup
) -> Sent:
    """Show a photo's result and return what was sent.

    A result that stands in the chat already is swapped in place; where the seller has deleted
    it, a new message takes over.
    """
    file = BufferedInputFile(jpeg, FILE_NAME)
    if photo.result_message_id is not None:
        try:
            edited = await bot.edit_message_media(
                InputMediaPhoto(media=file, caption=caption),
                chat_id=photo.chat_id,
                message_id=photo.result_message_id,
                reply_markup=keyboard,
            )
        except TelegramBadRequest as error:
            if unchanged(error):
                return Sent(photo.result_message_id, photo.result_file_id)
            if not missing(error):
                raise
        else:
            return Sent(photo.result_message_id, _file_id(edited))
    message = await bot.send_photo(
        photo.chat_id,
        file,
        caption=caption,
        reply_markup=keyboard,
        reply_parameters=reply_to(photo.message_id),
    )
    return Sent(message.message_id, _file_id(message))


def _file_id(message: Message | bool) -> str | None:  # noqa: FBT001 Telegram's own answer
    return message.photo[-1].file_id if isinstance(message, Message) and message.photo else None


def reply_to(message_id: int) -> ReplyParameters:
    """Reply to a message, or just send where the seller has deleted it."""
    return ReplyParameters(
        message_id=message_id, allow_sending_without_reply=True, quote_parse_mode=None
    )


def unchanged(error: TelegramBadRequest) -> bool:
    """Tell whether Telegram only says that the message is already as asked."""
    return "message is not modified" in error.message


def missing(error: TelegramBadRequest) -> bool:
    """Tell whether the message to edit is no longer there, or too old to be edited."""
    return "message to edit not found" in error.message or "can't be edited" in error.message
