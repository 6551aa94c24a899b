"""Messages the bot has no use for: one helpful sentence each, in a group at most one a minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram import F, Router
from aiogram.enums import ContentType

from bot.handlers.answer import say, toast
from bot.handlers.sender import seller_of, sender
from bot.handlers.where import Where

if TYPE_CHECKING:
    from aiogram.types import CallbackQuery, Message

    from bot.services import Services

KEYS = {
    ContentType.VOICE: "other-voice",
    ContentType.AUDIO: "other-voice",
    ContentType.VIDEO: "other-video",
    ContentType.VIDEO_NOTE: "other-video",
    ContentType.ANIMATION: "other-video",
    ContentType.PAID_MEDIA: "other-video",
    ContentType.STORY: "other-video",
    ContentType.STICKER: "other-sticker",
    ContentType.DICE: "other-sticker",
    ContentType.TEXT: "other-text",
    ContentType.UNKNOWN: "other-unknown",
}
ANSWERED = {
    *KEYS,
    ContentType.PHOTO,
    ContentType.DOCUMENT,
    ContentType.CONTACT,
    ContentType.LOCATION,
    ContentType.VENUE,
    ContentType.POLL,
    ContentType.CHECKLIST,
    ContentType.GAME,
    ContentType.INVOICE,
}
"""What a person sends; the rest tells of the chat itself: a pinned message, a new member."""


def router() -> Router:
    """Build the last resort's router."""
    other = Router(name="other")
    other.message.register(unsupported, Where(F.content_type.in_(ANSWERED)))
    other.edited_message.register(edited)
    other.callback_query.register(unknown_tap)
    return other


async def unsupported(message: Message, services: Services) -> None:
    """Say what the bot takes in place of what was sent."""
    key = KEYS.get(ContentType(message.content_type), "other")
    if (message.text or "").startswith("/"):
        key = "other-command"
    # Each message is answered where one is alone with the bot; ten of an album are one, and so
    # is a flood of what cannot be read.
    alone = message.chat.type == "private" and message.media_group_id is None
    always = alone and message.content_type != ContentType.UNKNOWN
    await _hint(message, services, key, always=always)


async def edited(message: Message, services: Services) -> None:
    """Say that an edit changes nothing that was already sent."""
    await _hint(message, services, "other-edited")


async def unknown_tap(query: CallbackQuery, services: Services) -> None:
    """Answer a button of an earlier version, or one that was never ours."""
    async with services.database.write() as connection:
        seller = await seller_of(connection, query.from_user)
    toast(query, services, seller, "toast-unknown")


async def _hint(message: Message, services: Services, key: str, *, always: bool = False) -> None:
    seller = await sender(message, services)
    if always or services.hints.due(message.chat.id):
        say(message, services, services.texts(seller.language, key), reply=True)
