"""Short answers to a tap or a message, given beside the handler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram.exceptions import TelegramBadRequest
from aiogram.types import Message

from bot.telegram.delivery import reply_to, thread_of, unchanged

if TYPE_CHECKING:
    from aiogram.types import CallbackQuery, InlineKeyboardMarkup

    from bot.services import Services
    from storage.albums import Album
    from storage.photos import PhotoRecord
    from storage.sellers import Seller


def say(
    message: Message,
    services: Services,
    text: str,
    keyboard: InlineKeyboardMarkup | None = None,
    *,
    reply: bool = False,
) -> None:
    """Send ``text`` to the chat that a message came from, as its answer if ``reply``."""
    parameters = reply_to(message.message_id) if reply else None
    services.tasks.spawn(
        message.answer(text, reply_markup=keyboard, reply_parameters=parameters), "say"
    )


def toast(
    query: CallbackQuery,
    services: Services,
    seller: Seller,
    key: str,
    **details: str | int,
) -> None:
    """Answer a tap with a sentence of the catalogue that fades away."""
    said = services.texts(seller.language, key, **details)
    services.tasks.spawn(query.answer(said), "toast")


def ask_for(
    query: CallbackQuery, services: Services, seller: Seller, chat_id: int, key: str
) -> None:
    """Ask for words or a picture, in a message of its own with a button that cancels."""
    services.tasks.spawn(query.answer(), "tap")
    at = query.message
    asking = services.bot.send_message(
        chat_id,
        services.texts(seller.language, key),
        reply_markup=services.keyboards.cancel(seller.language),
        message_thread_id=thread_of(at) if isinstance(at, Message) else None,
        reply_parameters=None if at is None or is_private(query) else reply_to(at.message_id),
    )
    services.tasks.spawn(asking, key)


def is_private(query: CallbackQuery) -> bool:
    """Tell whether the message that was tapped is in the private chat of who tapped it."""
    if query.message is None:
        return False
    chat = query.message.chat
    return chat.type == "private" and chat.id == query.from_user.id


def is_at(query: CallbackQuery, panel: PhotoRecord | Album) -> bool:
    """Tell whether the message that was tapped is the one of this photo or album.

    Other clients may send any button's data with any message of a group.
    """
    at = query.message
    return at is not None and (at.chat.id, at.message_id) == (panel.chat_id, panel.panel_id)


def may_touch(query: CallbackQuery, panel: PhotoRecord | Album) -> bool:
    """Tell whether the message that was tapped may be changed.

    In a private chat, where all messages are the seller's own, an older one will do.
    """
    return is_private(query) or is_at(query, panel)


def buttons(
    query: CallbackQuery,
    services: Services,
    keyboard: InlineKeyboardMarkup,
    panel: PhotoRecord | Album,
) -> None:
    """Put other buttons under the message that was tapped, where it is the ``panel``'s."""
    if may_touch(query, panel):
        services.tasks.spawn(_buttons(query, services, keyboard), "buttons")


def own_buttons(query: CallbackQuery, services: Services, keyboard: InlineKeyboardMarkup) -> None:
    """Put other buttons under the message that was tapped, in a private chat only."""
    if is_private(query):
        services.tasks.spawn(_buttons(query, services, keyboard), "buttons")


async def _buttons(
    query: CallbackQuery, services: Services, keyboard: InlineKeyboardMarkup
) -> None:
    if query.message is None:  # too old for Telegram to name it
        return
    try:
        await services.bot.edit_message_reply_markup(
            chat_id=query.message.chat.id,
            message_id=query.message.message_id,
            reply_markup=keyboard,
        )
    except TelegramBadRequest as error:
        if not unchanged(error):
            raise


def edit(
    query: CallbackQuery,
    services: Services,
    text: str,
    keyboard: InlineKeyboardMarkup | None = None,
) -> None:
    """Put another text and other buttons in the place of the message that was tapped.

    Only in a private chat: a group's message may be somebody else's.
    """
    if is_private(query):
        services.tasks.spawn(_edit(query, services, text, keyboard), "edit")


async def _edit(
    query: CallbackQuery, services: Services, text: str, keyboard: InlineKeyboardMarkup | None
) -> None:
    if query.message is None:  # too old for Telegram to name it
        return
    try:
        await services.bot.edit_message_text(
            text,
            chat_id=query.message.chat.id,
            message_id=query.message.message_id,
            reply_markup=keyboard,
        )
    except TelegramBadRequest as error:
        if not unchanged(error):
            raise
