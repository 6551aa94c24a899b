"""The rate limit of commands and taps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from aiogram import BaseMiddleware
from aiogram.types import CallbackQuery, Message

from bot.handlers.answer import say
from bot.middlewares.token_bucket import RateLimiter, Verdict
from bot.texts import language_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiogram.types import TelegramObject, User

    from bot.middlewares.rules import Rules
    from bot.services import Services

log = structlog.get_logger(__name__)


class RateLimitMiddleware(BaseMiddleware):
    """Limits how many messages and taps of a user are handled in a minute.

    The first refusal is told in a sentence; then messages get no answer, and taps an empty one,
    which stops the button's spinner. Pictures have limits of their own,
    see ``bot.middlewares.limits``.
    """

    def __init__(self, rules: Rules) -> None:
        """Give commands, and all other words, one bucket; taps another."""
        self._operators = rules.operators
        self._messages = RateLimiter(rules.commands_a_minute)
        self._taps = RateLimiter(rules.taps_a_minute)

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Hand an event on, or end it here without the database."""
        user: User | None = data.get("event_from_user")
        if user is None or user.id in self._operators or _is_picture(event):
            return await handler(event, data)
        services: Services = data["services"]
        verdict = (self._taps if isinstance(event, CallbackQuery) else self._messages).take(user.id)
        if verdict is Verdict.PASS:
            return await handler(event, data)
        if verdict is Verdict.TELL:
            log.info("too fast", seller=user.id)
        text = services.texts(language_of(user.language_code), "too-fast")
        if isinstance(event, CallbackQuery):
            answer = event.answer(text if verdict is Verdict.TELL else None)
            services.tasks.spawn(answer, "too-fast")
        elif isinstance(event, Message) and verdict is Verdict.TELL:
            say(event, services, text, reply=True)
        return None


def _is_picture(event: TelegramObject) -> bool:
    return isinstance(event, Message) and bool(event.photo or event.document)
