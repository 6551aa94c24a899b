"""An owner for short tasks that a handler starts and does not wait for."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from aiogram.exceptions import AiogramError
from aiogram.methods import AnswerCallbackQuery, SendChatAction

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator

    from aiogram.methods import TelegramMethod

BRIEF = (AnswerCallbackQuery, SendChatAction)
"""Answers whose outcome nobody looks at."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Reply:
    """What a webhook's call is replied with, as long as it is ``open``."""

    method: TelegramMethod[Any] | None = None
    is_open: bool = True


_REPLY = ContextVar[Reply | None]("reply", default=None)


@contextmanager
def replying() -> Iterator[Reply]:
    """Keep the first brief answer of the block for the webhook's reply: it spares a call.

    https://core.telegram.org/bots/api#making-requests-when-getting-updates
    """
    reply = Reply()
    token = _REPLY.set(reply)
    try:
        yield reply
    finally:
        reply.is_open = False
        _REPLY.reset(token)


class Tasks:
    """Runs answers beside the handlers. What must not be lost is a job instead."""

    def __init__(self, *, seconds: float = 30.0) -> None:
        """``seconds`` bounds each task."""
        self._seconds = seconds
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Awaitable[object], name: str) -> None:
        """Start ``work``; Telegram's refusals are logged."""
        reply = _REPLY.get()
        if reply is not None and reply.is_open and not reply.method and isinstance(work, BRIEF):
            reply.method = work
            return
        task = asyncio.create_task(self._run(work, name), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Wait for what still runs; each task ends by its own time-out."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _run(self, work: Awaitable[object], name: str) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await work
        except (AiogramError, TimeoutError) as error:
            log.warning("answer not delivered", task=name, error=str(error))
        except Exception:
            log.exception("answer broke", task=name)
