"""Shutdown by SIGTERM or SIGINT: graceful at the first, immediate at the second."""

from __future__ import annotations

import asyncio
import logging
import os
import signal

import structlog

log = structlog.get_logger(__name__)


class Stop:
    """Listens to SIGTERM and SIGINT.

    After the first the program finishes or hands back what runs. At the second it is gone at
    once, as after a crash: what ran is taken up at the next start.
    """

    def __init__(self) -> None:
        """Begin to listen; needs a running event loop."""
        self.asked = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._signalled)

    def _signalled(self) -> None:
        if self.asked.is_set():
            log.warning("ended at once")
            logging.shutdown()
            os._exit(1)
        self.asked.set()
