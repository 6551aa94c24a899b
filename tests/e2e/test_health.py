"""The real process, its private port and systemd's socket, while Telegram refuses or goes away."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

import aiohttp
import pytest
import pytest_asyncio

from playground.api.faults import Fault, FaultKind
from playground.errors import RefusedError
from tests.e2e.bot import Bot
from tests.stands.sockets import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.stands.server import Served

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

    def __init__(self, folder: Path, telegram: Served) -> None:
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
async def watched(tmp_path: Path, telegram: Served) -> AsyncIterator[Watched]:
    watched = Watched(tmp_path, telegram)
    try:
        await watched.bot.start()
    except AssertionError:
        watched.close()
        raise
    yield watched
    telegram.server.faults.clear()
    status = await watched.bot.stop()
    watched.close()
    assert status == 0, watched.bot.log.read_text()
    assert "STOPPING=1" in watched.heard


async def test_it_is_ready_only_while_telegram_gives_it_updates(
    watched: Watched, telegram: Served
) -> None:
    await watched.until(200, "ok")
    await asyncio.sleep(1.5)
    assert "READY=1" in watched.heard
    assert "WATCHDOG=1" in watched.heard
    for refusal, told in (
        (RefusedError("terminated by other", 409), "another process takes this bot's updates"),
        (RefusedError("Unauthorized", 401), "Telegram refuses the token"),
        (RefusedError("Bad Gateway", 502), "Telegram has not answered for"),
    ):
        fault = Fault(FaultKind.REFUSED, ("getUpdates",), times=1000, refusal=refusal)
        telegram.server.faults.add(fault)
        await watched.until(503, told)
        assert await watched.ask("/healthz") == (200, "ok\n"), "a restart would not help"
        telegram.server.faults.clear()
        await watched.until(200, "ok")
    _, figures = await watched.ask("/metrics")
    for code in ("409", "401", "5xx"):
        assert f'vitrina_telegram_poll_errors_total{{code="{code}"}}' in figures
    assert any(line.startswith("STATUS=another process") for line in watched.heard)
