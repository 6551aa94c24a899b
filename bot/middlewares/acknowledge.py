"""Around every handler: the update's id in the log, a time-out, retries of the database."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import structlog
from aiogram import BaseMiddleware
from aiogram.types import Update

from bot.telegram.background_tasks import replying
from pipeline.errors import StorageUnavailableError
from storage.database import is_passing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractContextManager

    from aiogram.types import TelegramObject

PAUSE_SECONDS = 1.0
HANDLER_SECONDS = 40.0
"""Telegram waits a minute for a webhook's answer, and aiogram claims success after 55 s."""

log = structlog.get_logger(__name__)


class AcknowledgeMiddleware(BaseMiddleware):
    """Confirms an update only when its handler's transaction is through.

    ``retry``, for polling: a locked, full, absent or slow database is waited for, because what
    a handler raises here counts as handled. Otherwise, for a webhook, the error goes on and
    Telegram brings the update again; a brief answer goes back with the confirmation.
    """

    def __init__(
        self, prioritized: Callable[[], AbstractContextManager[None]], *, retry: bool
    ) -> None:
        """Say which of the two it is; ``prioritized`` has the handlers go before jobs."""
        self._prioritized = prioritized
        self._retry = retry

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Handle one update."""
        user = data.get("event_from_user")
        bound = {"update": event.update_id} if isinstance(event, Update) else {}
        if user is not None:
            bound["seller"] = user.id
        with structlog.contextvars.bound_contextvars(**bound), self._prioritized():
            while True:
                try:
                    async with asyncio.timeout(HANDLER_SECONDS):
                        if self._retry:
                            return await handler(event, data)
                        with replying() as reply:
                            result = await handler(event, data)
                        return reply.method or result
                except TimeoutError as error:
                    late = StorageUnavailableError("the update was not through in time")
                    if not self._retry:
                        raise late from error
                    log.warning("update waits for the database", reason=str(late))
                except Exception as error:
                    if not (self._retry and is_passing(error)):
                        raise
                    log.warning("update waits for the database", reason=str(error))
                await asyncio.sleep(PAUSE_SECONDS)
