"""Access: who is not allowed, or is blocked or banned, gets no further."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from aiogram import BaseMiddleware
from aiogram.types import CallbackQuery, Message, Update

from bot.texts import language_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiogram.types import TelegramObject, User

    from bot.services import Services

log = structlog.get_logger(__name__)


class AccessMiddleware(BaseMiddleware):
    """Lets in whom the rules admit.

    Where there is a list of those allowed, others are told their number, so that they can ask the
    operator. Who is blocked or banned is not answered.
    """

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Hand the update on, or end it here."""
        services: Services = data["services"]
        user: User | None = data.get("event_from_user")
        if user is None or (
            services.rules.admits(user.id) and not await self._is_banned(services, user)
        ):
            return await handler(event, data)
        log.info("not let in")
        if not isinstance(event, Update):
            return None
        self._turn_away(services, user, event.callback_query or event.message)
        return None

    async def _is_banned(self, services: Services, user: User) -> bool:
        """Ask the list, which operators change while the bot runs."""
        return user.id not in services.rules.operators and await services.bans.has(user.id)

    def _turn_away(
        self, services: Services, user: User, at: CallbackQuery | Message | None
    ) -> None:
        told = not services.rules.admits(user.id) and user.id not in services.rules.blocked
        text = services.texts(language_of(user.language_code), "closed", number=user.id)
        if isinstance(at, CallbackQuery):
            services.tasks.spawn(at.answer(text if told else ""), "closed")
        elif at is not None and told and at.chat.type == "private" and services.hints.due(user.id):
            services.tasks.spawn(at.answer(text), "closed")
