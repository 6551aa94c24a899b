"""Short answers to a tap or a message, given beside the handler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram.exceptions import TelegramBadRequest

from bot.delivery import reply_to, unchanged

if TYPE_CHECKING:
    from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

    from bot.services import Services
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
    *,
    objection: str | None = None,
    **details: str | int,
) -> None:
    """Answer a tap with a sentence of the catalogue that fades away, and what speaks against it."""
    said = services.texts(seller.language, key, **details)
    services.tasks.spawn(query.answer(f"{said} {objection}" if objection else said), "toast")


def buttons(query: CallbackQuery, services: Services, keyboard: InlineKeyboardMarkup) -> None:
    """Put other buttons under the message that was tapped."""
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
    """Put another text and other buttons in the place of the message that was tapped."""
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
