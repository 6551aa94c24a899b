"""Retries after Telegram's "too many requests"; what stands between it and the bot."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from aiogram.exceptions import ClientDecodeError, TelegramNetworkError, TelegramRetryAfter
from aiogram.methods import GetMe, TelegramMethod
from aiogram.types import File

from bot.process.metrics import Metrics
from bot.telegram.download import download
from bot.telegram.session import MAX_WAIT_SECONDS, RetryAfterMiddleware, connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiogram import Bot

BOT_ID = 42
TOKEN = f"{BOT_ID}:abcdefghijklmnopqrstuvwxyz0123456789"


class Server:
    """Answers 429 as many times as told."""

    def __init__(self, refusals: int, seconds: int) -> None:
        self.asked = 0
        self._refusals, self._seconds = refusals, seconds

    async def __call__(self, bot: Bot, method: TelegramMethod[Any]) -> Any:
        assert bot.id == BOT_ID
        self.asked += 1
        if self.asked <= self._refusals:
            raise TelegramRetryAfter(method, "slow down", self._seconds)
        return "answer"


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("bot.telegram.session.sleep", sleep)
    return waits


async def test_a_short_wait_is_waited_out(slept: list[float]) -> None:
    server = Server(1, 3)
    bot = connect(TOKEN, "http://127.0.0.1:1")
    answer: object = await RetryAfterMiddleware()(server, bot, GetMe())
    assert answer == "answer"
    await bot.session.close()
    assert slept == [3]


async def test_a_long_wait_is_left_to_the_job_engine(slept: list[float]) -> None:
    server = Server(1, MAX_WAIT_SECONDS + 1)
    bot = connect(TOKEN, "http://127.0.0.1:1")
    with pytest.raises(TelegramRetryAfter):
        await RetryAfterMiddleware()(server, bot, GetMe())
    await bot.session.close()
    assert (server.asked, slept) == (1, [])


async def test_a_second_refusal_is_told_and_each_is_counted() -> None:
    server, metrics = Server(2, 0), Metrics()
    bot = connect(TOKEN, "http://127.0.0.1:1")
    with pytest.raises(TelegramRetryAfter):
        await RetryAfterMiddleware(metrics)(server, bot, GetMe())
    await bot.session.close()
    assert server.asked == 2
    assert b'vitrina_telegram_429_total{method="GetMe"} 2.0' in metrics.expose(())


@asynccontextmanager
async def answering(*answers: bytes) -> AsyncIterator[int]:
    """Listen at the port that is returned; say one thing for each that is heard, then hang up."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for one in answers:
            await reader.read(4096)
            writer.write(one)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


REFUSES = (b"\x05\x00", b"\x05\x01\x00\x01" + bytes(6))


@pytest.mark.parametrize(
    ("scheme", "answers"),
    [
        ("socks5", REFUSES),
        ("socks5", (b"\x05\xff",)),
        ("socks5", (b"HTTP/1.1 400 Bad Request\r\n\r\n",)),
        ("socks5", (b"",)),
        ("socks4", (b"\x00\x5b" + bytes(6),)),
        ("http", (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",)),
        ("http", (b"\x00\x01\r\n\r\n",)),
        ("socks5", None),
    ],
)
async def test_a_proxy_in_trouble_is_a_network_in_trouble(
    scheme: str, answers: tuple[bytes, ...] | None
) -> None:
    """Polling, jobs and the start wait that out; anything else would end them."""
    async with answering(*answers or ()) as port:
        place = port if answers is not None else 1
        bot = connect(TOKEN, "https://example.invalid", proxy=f"{scheme}://127.0.0.1:{place}")
        with pytest.raises(TelegramNetworkError):
            await bot.get_me()
        file = File(file_id="f", file_unique_id="u", file_path="photos/1.jpg")
        with (
            patch.object(type(bot), "get_file", return_value=file),
            pytest.raises(TelegramNetworkError),
        ):
            await download(bot, "f")
        await bot.session.close()


@pytest.mark.parametrize(
    ("content_type", "body"), [("text/html", b"\xe9\xff"), ("text/html; charset=rot13", b"{}")]
)
async def test_an_answer_that_is_no_text_cannot_be_read(content_type: str, body: bytes) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: 2\r\n\r\n"
    async with answering(head.encode() + body) as port:
        bot = connect(TOKEN, f"http://127.0.0.1:{port}")
        with pytest.raises(ClientDecodeError, match="Not a text"):
            await bot.get_me()
        await bot.session.close()
