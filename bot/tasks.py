"""An owner for short tasks that a handler starts and does not wait for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from aiogram.exceptions import AiogramError

if TYPE_CHECKING:
    from collections.abc import Awaitable

log = structlog.get_logger(__name__)


class Tasks:
    """Runs answers beside the handlers. What must not be lost is a job instead."""

    def __init__(self, *, seconds: float = 30.0) -> None:
        """``seconds`` bounds each task."""
        self._seconds = seconds
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Awaitable[object], name: str) -> None:
        """Start ``work``; Telegram's refusals are logged."""
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
