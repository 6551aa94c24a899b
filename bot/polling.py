"""Long polling: https://core.telegram.org/bots/api#getupdates."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING

import structlog
from aiogram.exceptions import (
    AiogramError,
    TelegramRetryAfter,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiogram import Bot, Dispatcher
    from aiogram.types import Update

LONG_SECONDS = 20
PAUSE_SECONDS = 1.0
LONGEST_PAUSE = 30.0

log = structlog.get_logger(__name__)


async def poll(dispatcher: Dispatcher, bot: Bot) -> None:
    """Take updates until cancelled, and confirm them only when their handlers have returned.

    The chats of a batch are served side by side, each one's updates in their order. aiogram's
    own loop either confirms updates whose handlers still run, and loses them in a crash, or
    serves one update at a time, and then a thousand sellers wait for each other.
    """
    offset, pause = None, PAUSE_SECONDS
    allowed = dispatcher.resolve_used_update_types()
    while True:
        try:
            batch = await bot.get_updates(
                offset=offset,
                timeout=LONG_SECONDS,
                allowed_updates=allowed,
                request_timeout=2 * LONG_SECONDS,
            )
        except AiogramError as error:
            asked = error.retry_after if isinstance(error, TelegramRetryAfter) else 0
            log.warning("no updates", reason=str(error), seconds=max(asked, pause))
            await asyncio.sleep(max(asked, pause))
            pause = min(2 * pause, LONGEST_PAUSE)
            continue
        pause = PAUSE_SECONDS
        chats: dict[int, list[Update]] = defaultdict(list)
        for update in batch:
            chats[_chat(update)].append(update)
            offset = update.update_id + 1
        async with asyncio.TaskGroup() as group:
            for updates in chats.values():
                group.create_task(_feed(dispatcher, bot, updates))


async def _feed(dispatcher: Dispatcher, bot: Bot, updates: Sequence[Update]) -> None:
    for update in updates:
        try:
            await dispatcher.feed_update(bot, update)
        except Exception:
            # What no error handler took; the database's moods are waited out before.
            log.exception("update broke", update=update.update_id)


def _chat(update: Update) -> int:
    """Tell whose turn an update waits for."""
    message = update.message or update.edited_message
    if message is not None:
        return message.chat.id
    return 0 if update.callback_query is None else update.callback_query.from_user.id
