"""Notifies systemd: https://www.freedesktop.org/software/systemd/man/sd_notify.html."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.process.health import Health

IDLE_SECONDS = 10.0
"""How often the status is told where systemd watches nothing."""
EXTENSION = "EXTEND_TIMEOUT_USEC=60000000"
"""Before it is ready the process may wait for Telegram longer than the unit's time to start."""

log = structlog.get_logger(__name__)


class Systemd:
    """Tells systemd that the process is ready, well, or stopping; silent where none started it."""

    def __init__(self, health: Health) -> None:
        """Read where systemd listens and how often it wants to hear."""
        self._health = health
        self._address = os.environ.get("NOTIFY_SOCKET", "")
        watched = os.environ.get("WATCHDOG_PID") in {None, str(os.getpid())}
        micros = int(os.environ.get("WATCHDOG_USEC", "0")) if watched else 0
        self._seconds = min(IDLE_SECONDS, micros / 3e6) if micros else IDLE_SECONDS
        self._ready = False

    def ready(self) -> None:
        """Tell that the start is over."""
        self._ready = True
        self._tell("READY=1", "STATUS=ok")

    @asynccontextmanager
    async def notifying(self) -> AsyncIterator[None]:
        """Tell how the process is while the block runs, and at its end that it stops."""
        if not self._address:
            yield
            return
        task = asyncio.create_task(self._keep_telling(), name="systemd")
        try:
            yield
        finally:
            task.cancel()
            self._tell("STOPPING=1")

    async def _keep_telling(self) -> None:
        while True:
            troubles = await self._health.troubles()
            lines = ["STATUS=" + ("; ".join(one.text for one in troubles) or "ok")]
            if not self._ready:
                lines.append(EXTENSION)
            elif not any(one.restart for one in troubles):
                lines.append("WATCHDOG=1")
            self._tell(*lines)
            await asyncio.sleep(self._seconds)

    def _tell(self, *lines: str) -> None:
        if not self._address:
            return
        # "@" stands for the zero byte of an abstract address.
        address = self._address.replace("@", "\0", 1)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.setblocking(False)  # the loop must not wait for systemd
                sender.sendto("\n".join(lines).replace("\0", " ").encode(), address)
        except OSError as error:
            log.warning("systemd does not listen", reason=str(error))
