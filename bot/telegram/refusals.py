"""What Telegram refuses for good: trying again changes nothing."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
)

if TYPE_CHECKING:
    from aiogram.exceptions import TelegramAPIError

CLOSED: Final = (
    "not enough rights",
    "have no rights",
    "need administrator rights",
    "CHAT_ADMIN_REQUIRED",
    "CHAT_RESTRICTED",
    "CHAT_SEND_",
    "CHAT_WRITE_FORBIDDEN",
    "TOPIC_CLOSED",
    "TOPIC_DELETED",
    "message thread not found",
)
GONE: Final = (
    "chat not found",
    "user not found",
    "PEER_ID_INVALID",
    "USER_DEACTIVATED",
    "USER_IS_BLOCKED",
)
CONTENT: Final = (
    "can't parse entities",
    "is too long",
    "file is too big",
    "PHOTO_INVALID_DIMENSIONS",
    "BUTTON_",
    "REPLY_MARKUP_",
)
"""Words of errors with status 400. What is not among them may pass: an upload that broke off."""


class Refusal(Enum):
    """Why it is final."""

    GONE = auto()
    """Nobody is there to read it: the seller has left, or blocked the bot."""
    CLOSED = auto()
    """The bot has no right to send this there."""
    CONTENT = auto()
    """Telegram takes such from nobody."""


def refusal(error: TelegramAPIError) -> Refusal | None:
    """Tell why a refusal is final, None where it may pass."""
    if isinstance(error, TelegramEntityTooLarge):
        return Refusal.CONTENT
    if not isinstance(error, TelegramBadRequest | TelegramForbiddenError):
        return None
    words = {Refusal.CLOSED: CLOSED, Refusal.GONE: GONE, Refusal.CONTENT: CONTENT}
    for why, known in words.items():
        if any(one in error.message for one in known):
            return why
    return Refusal.GONE if isinstance(error, TelegramForbiddenError) else None
