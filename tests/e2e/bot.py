"""The real program as its own process, before the stand-in Telegram."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING, Final

from tests.stands.server import TOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.stands.captions import Captions
    from tests.stands.server import Served

START_SECONDS: Final = 150.0


class Bot:
    def __init__(
        self,
        folder: Path,
        telegram: Served,
        captions: Captions | None,
        *,
        only: Mapping[str, str] | None = None,
        program: tuple[str, ...] = ("-m", "vitrina"),
        **settings: str,
    ) -> None:
        """``only`` takes the place of this process's environment, ``settings`` come on top."""
        self._program = program
        self.folder = folder
        self.log = folder / "bot.log"
        self._telegram = telegram
        self.environment = {
            **(os.environ if only is None else only),
            "BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": telegram.url,
            "DATA_DIR": str(folder / "data"),
            "OPENAI_API_KEY": "sk-test-key-0123456789" if captions else "",
            "OPENAI_BASE_URL": captions.url if captions else "",
            "LOG_FORMAT": "json",
            "TIPS": "false",
            **settings,
        }

    async def start(self) -> None:
        self._telegram.polled.clear()
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self._program,
                "bot",
                env=self.environment,
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )
        waiting = asyncio.create_task(self._telegram.polled.wait())
        ended = asyncio.create_task(self.process.wait())
        await asyncio.wait(
            {waiting, ended}, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        started = waiting.done() and not ended.done()
        waiting.cancel()
        ended.cancel()
        assert started, self.log.read_text()

    async def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            return await self.process.wait()

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()
