"""The real process, its private port and systemd's socket, while Telegram refuses or goes away."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

import aiohttp
import pytest
import pytest_asyncio

from tests.e2e.bot import Bot
from tests.e2e.telegram import Telegram, free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400), pytest.mark.asyncio(loop_scope="module")]

PROGRAM = """
import bot.telegram.connection_health, bot.telegram.polling
bot.telegram.connection_health.SILENCE_SECONDS = 3.0  # two minutes, for those who cannot wait
bot.telegram.polling.LONG_SECONDS = 1
from vitrina.cli import main
main()
"""
UNTIL_SECONDS = 60


class Watched:
    """A bot whose private port is asked, and what systemd has heard of it."""

    def __init__(self, folder: Path, telegram: Telegram) -> None:
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.listener.bind(str(folder / "notify"))
        self.listener.setblocking(False)
        self.heard: list[str] = []
        asyncio.get_running_loop().add_reader(self.listener, self.listen)
        self.port = free_port()
        self.bot = Bot(
            folder,
            telegram,
            None,
            program=("-c", PROGRAM),
            METRICS_PORT=str(self.port),
            NOTIFY_SOCKET=str(folder / "notify"),
            WATCHDOG_USEC="1500000",
        )

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.listener)
        self.listen()
        self.listener.close()

    async def ask(self, path: str) -> tuple[int, str]:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{self.port}{path}") as answer,
        ):
            return answer.status, await answer.text()

    async def until(self, status: int, text: str) -> None:
        told = (0, "")
        for _ in range(UNTIL_SECONDS * 10):
            told = await self.ask("/readyz")
            if told[0] == status and text in told[1]:
                return
            await asyncio.sleep(0.1)
        raise AssertionError((told, self.bot.log.read_text()[-3000:]))

    def listen(self) -> None:
        """Take what systemd is told: its queue holds few messages."""
        with suppress(BlockingIOError):
            while True:
                self.heard += self.listener.recv(4096).decode().splitlines()


@pytest_asyncio.fixture(loop_scope="module")
async def watched(tmp_path: Path, telegram: Telegram) -> AsyncIterator[Watched]:
    watched = Watched(tmp_path, telegram)
    try:
        await watched.bot.start()
    except AssertionError:
        watched.close()
        raise
    yield watched
    telegram.faults.clear()
    status = await watched.bot.stop()
    watched.close()
    assert status == 0, watched.bot.log.read_text()
    assert "STOPPING=1" in watched.heard


def refusal(code: int, description: str) -> tuple[int, str]:
    return code, json.dumps({"ok": False, "error_code": code, "description": description})


async def test_it_is_ready_only_while_telegram_gives_it_updates(
    watched: Watched, telegram: Telegram
) -> None:
    await watched.until(200, "ok")
    await asyncio.sleep(1.5)
    assert "READY=1" in watched.heard
    assert "WATCHDOG=1" in watched.heard
    conflict = refusal(409, "Conflict: terminated by other getUpdates request")
    for fault, told in (
        (conflict, "another process takes this bot's updates"),
        (refusal(401, "Unauthorized"), "Telegram refuses the token"),
        (refusal(502, "Bad Gateway"), "Telegram has not answered for"),
    ):
        telegram.faults["getUpdates"] = [fault] * 1000
        await watched.until(503, told)
        assert await watched.ask("/healthz") == (200, "ok\n"), "a restart would not help"
        telegram.faults["getUpdates"] = []
        await watched.until(200, "ok")
    _, figures = await watched.ask("/metrics")
    for code in ("409", "401", "5xx"):
        assert f'vitrina_telegram_poll_errors_total{{code="{code}"}}' in figures
    assert any(line.startswith("STATUS=another process") for line in watched.heard)
