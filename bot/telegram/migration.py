"""Groups that become supergroups: https://core.telegram.org/bots/api#responseparameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import structlog
from aiogram import BaseMiddleware
from aiogram.client.session.middlewares.base import BaseRequestMiddleware
from aiogram.exceptions import TelegramBadRequest, TelegramMigrateToChat
from aiogram.types import Message
from cachetools import LRUCache

from storage import chats

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiogram import Bot
    from aiogram.client.session.middlewares.base import NextRequestMiddlewareType
    from aiogram.methods import Response, TelegramMethod
    from aiogram.types import TelegramObject

    from bot.services import Services
    from storage.database import Database

CHATS: Final = 1000
"""So many moves are remembered for what was already on its way to the old chat."""

log = structlog.get_logger(__name__)


class FollowMigration(BaseRequestMiddleware):
    """Sends to the supergroup what a group that is no more does not take."""

    def __init__(self, database: Database) -> None:
        """``database`` holds the rows that follow."""
        self._database = database
        self._moved = LRUCache[int, int](CHATS)

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[Any],
        bot: Bot,
        method: TelegramMethod[Any],
    ) -> Response[Any]:
        """Make the request; once more where the chat has moved."""
        old: int | str | None = getattr(method, "chat_id", None)
        if isinstance(old, int) and old in self._moved:
            return await make_request(bot, _moved(method, self._moved[old]))
        try:
            return await make_request(bot, method)
        except TelegramMigrateToChat as error:
            new = error.migrate_to_chat_id
            if not isinstance(old, int) or new == old:
                raise
            await migrate(self._database, old, new)
            self._moved[old] = new
            return await make_request(bot, _moved(method, new))


class MigrationNotices(BaseMiddleware):
    """Has the rows follow when a group says itself that it has moved."""

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Take the notice, of either chat; hand on everything else."""
        if isinstance(event, Message):
            services: Services = data["services"]
            if event.migrate_to_chat_id is not None:
                return await migrate(services.database, event.chat.id, event.migrate_to_chat_id)
            if event.migrate_from_chat_id is not None:
                return await migrate(services.database, event.migrate_from_chat_id, event.chat.id)
        return await handler(event, data)


async def migrate(database: Database, old: int, new: int) -> None:
    """Have the rows of a group follow it. Private chats, above 0, never move."""
    if old >= 0 or new >= 0:
        log.warning("a chat that cannot move", old=old, new=new)
        return
    async with database.write() as connection:
        await chats.move(connection, old, new)
    log.info("a group became a supergroup", old=old, new=new)


def _moved(method: TelegramMethod[Any], new: int) -> TelegramMethod[Any]:
    """Address a method to the supergroup. Raises TelegramBadRequest for one about a message.

    That message has another id there, and its own may be somebody else's.
    """
    if getattr(method, "message_id", None) is not None:
        raise TelegramBadRequest(method, "Bad Request: message to edit not found")
    changed: dict[str, Any] = {"chat_id": new}
    if getattr(method, "reply_parameters", None) is not None:
        changed["reply_parameters"] = None
    return method.model_copy(update=changed)
