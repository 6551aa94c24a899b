"""Long polling: https://core.telegram.org/bots/api#getupdates."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from typing import TYPE_CHECKING

import structlog
from aiogram.exceptions import AiogramError, ClientDecodeError, TelegramRetryAfter

from bot.telegram.incoming import GetRawUpdates, update_id_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiogram import Bot, Dispatcher
    from aiogram.types import Update

    from bot.telegram.incoming import Reader

LONG_SECONDS = 20
PAUSE_SECONDS = 1.0
MAX_PAUSE_SECONDS = 30.0
LOOK_SECONDS = 0.25
"""While updates are being handled, how soon those behind them are asked for."""
MAX_LOOK_SECONDS = 4.0

log = structlog.get_logger(__name__)


class Window:
    """The updates that are being handled: chats side by side, each one's in their order."""

    def __init__(
        self, dispatcher: Dispatcher, bot: Bot, reader: Reader, group: asyncio.TaskGroup
    ) -> None:
        """Begin with none; handlers run in ``group``."""
        self._dispatcher, self._bot, self._group = dispatcher, bot, group
        self._reader = reader
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

    def take(self, batch: Sequence[object], asked: int | None) -> bool:
        """Begin to handle what is new in ``batch``, ``asked`` for from there on; tell if any is.

        What was handled while it was asked for comes once more. Ids do not always grow: after a
        quiet week Telegram begins anywhere. What has no id cannot be confirmed: it goes with the
        next that has one.
        """
        self._handled = {n for n in self._handled if asked is not None and n >= asked}
        numbers = [update_id_of(raw) for raw in batch]
        new = False
        for number, raw in zip(numbers, batch, strict=True):
            if number is None:
                log.warning("an update without an id")
            elif number not in self._open | self._handled:
                new = True
                self._begin(number, self._reader.read(raw))
        known = [number for number in numbers if number is not None]
        self._next = max(known) + 1 if known else self._next
        return new

    def _begin(self, number: int, update: Update | None) -> None:
        if update is None:
            self._handled.add(number)
            return
        chat = _chat(update)
        self._open.add(number)
        self._waiting[chat].append(update)
        if chat not in self._serving:
            self._serving[chat] = self._group.create_task(self._serve(chat))

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
                # What no error handler took; a database that is away was waited for before.
                log.exception("update broke", update=update.update_id)
            self._open.discard(update.update_id)
            self._handled.add(update.update_id)
        del self._waiting[chat], self._serving[chat]


async def poll(dispatcher: Dispatcher, bot: Bot, reader: Reader) -> None:
    """Take updates until cancelled, and confirm each only when all up to it are handled.

    aiogram's own loop either confirms updates whose handlers still run, and loses them in a crash,
    or serves one update at a time, and then a thousand sellers wait for each other. While many
    updates of one seller's are handled, those that came later are asked for too. aiogram also
    validates a batch as a whole: here ``reader`` takes each update by itself.
    """
    pause, look = PAUSE_SECONDS, LOOK_SECONDS
    allowed = dispatcher.resolve_used_update_types()
    async with asyncio.TaskGroup() as group:
        window = Window(dispatcher, bot, reader, group)
        while True:
            asked = window.offset
            asking = GetRawUpdates(
                offset=asked,
                timeout=0 if window.is_busy else LONG_SECONDS,
                allowed_updates=allowed,
            )
            try:
                batch = await bot(asking, request_timeout=2 * LONG_SECONDS)
            except AiogramError as error:
                told = error.retry_after if isinstance(error, TelegramRetryAfter) else 0
                log.warning("no updates", reason=_reason(error), seconds=max(told, pause))
                await asyncio.sleep(max(told, pause))
                pause = min(2 * pause, MAX_PAUSE_SECONDS)
                continue
            new = window.take(batch or (), asked)
            look = LOOK_SECONDS if new else min(2 * look, MAX_LOOK_SECONDS)
            if batch and not new and not window.is_busy and window.offset == asked:
                await asyncio.sleep(pause)  # nothing of it can be confirmed: it comes again
                pause = min(2 * pause, MAX_PAUSE_SECONDS)
            else:
                pause = PAUSE_SECONDS
            await window.settle(look)


def _reason(error: AiogramError) -> str:
    """Name the trouble; an answer that could not be read is not quoted."""
    if isinstance(error, ClientDecodeError):
        return f"{error.message}: {type(error.original).__name__}"
    return str(error)


def _chat(update: Update) -> int:
    """Return the chat within which updates are handled in order."""
    message = update.message or update.edited_message
    if message is not None:
        return message.chat.id
    return 0 if update.callback_query is None else update.callback_query.from_user.id
