"""Long polling: https://core.telegram.org/bots/api#getupdates."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
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
LOOK_SECONDS = 0.25
"""While updates are being handled, how soon those behind them are asked for."""
LONGEST_LOOK = 4.0

log = structlog.get_logger(__name__)


class Window:
    """The updates that are being handled: chats side by side, each one's in their order."""

    def __init__(self, dispatcher: Dispatcher, bot: Bot, group: asyncio.TaskGroup) -> None:
        """Begin with none; handlers run in ``group``."""
        self._dispatcher, self._bot, self._group = dispatcher, bot, group
        self._waiting: dict[int, deque[Update]] = defaultdict(deque)
        self._serving: dict[int, asyncio.Task[None]] = {}
        self._open: set[int] = set()
        self._handled: set[int] = set()
        self._next: int | None = None

    @property
    def offset(self) -> int | None:
        """The first update that is not handled: those before it are confirmed by asking for it."""
        return min(self._open, default=self._next)

    @property
    def is_busy(self) -> bool:
        """Whether handlers run."""
        return bool(self._open)

    def take(self, batch: Sequence[Update], asked: int | None) -> bool:
        """Begin to handle what is new in ``batch``, ``asked`` for from there on; tell if any is.

        What was handled while it was asked for comes once more. Ids do not always grow: after a
        quiet week Telegram begins anywhere.
        """
        self._handled = {n for n in self._handled if asked is not None and n >= asked}
        new = [u for u in batch if u.update_id not in self._open | self._handled]
        for update in new:
            chat = _chat(update)
            self._open.add(update.update_id)
            self._waiting[chat].append(update)
            if chat not in self._serving:
                self._serving[chat] = self._group.create_task(self._serve(chat))
            self._next = update.update_id + 1
        return bool(new)

    async def settle(self, seconds: float) -> None:
        """Wait until all are handled, for ``seconds`` at most."""
        if self._serving:
            await asyncio.wait(self._serving.values(), timeout=seconds)

    async def _serve(self, chat: int) -> None:
        waiting = self._waiting[chat]
        while waiting:
            update = waiting.popleft()
            try:
                await self._dispatcher.feed_update(self._bot, update)
            except Exception:
                # What no error handler took; the database's moods are waited out before.
                log.exception("update broke", update=update.update_id)
            self._open.discard(update.update_id)
            self._handled.add(update.update_id)
        del self._waiting[chat], self._serving[chat]


async def poll(dispatcher: Dispatcher, bot: Bot) -> None:
    """Take updates until cancelled, and confirm each only when all up to it are handled.

    aiogram's own loop either confirms updates whose handlers still run, and loses them in a crash,
    or serves one update at a time, and then a thousand sellers wait for each other. While a heap
    of one seller's is being handled, what has come behind it is asked for too.
    """
    pause, look = PAUSE_SECONDS, LOOK_SECONDS
    allowed = dispatcher.resolve_used_update_types()
    async with asyncio.TaskGroup() as group:
        window = Window(dispatcher, bot, group)
        while True:
            seconds = 0 if window.is_busy else LONG_SECONDS
            asked = window.offset
            try:
                batch = await bot.get_updates(
                    offset=asked,
                    timeout=seconds,
                    allowed_updates=allowed,
                    request_timeout=2 * LONG_SECONDS,
                )
            except AiogramError as error:
                told = error.retry_after if isinstance(error, TelegramRetryAfter) else 0
                log.warning("no updates", reason=str(error), seconds=max(told, pause))
                await asyncio.sleep(max(told, pause))
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            pause = PAUSE_SECONDS
            look = LOOK_SECONDS if window.take(batch, asked) else min(2 * look, LONGEST_LOOK)
            await window.settle(look)


def _chat(update: Update) -> int:
    """Tell whose turn an update waits for."""
    message = update.message or update.edited_message
    if message is not None:
        return message.chat.id
    return 0 if update.callback_query is None else update.callback_query.from_user.id
