"""Retries after Telegram's "too many requests"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aiogram.exceptions import TelegramRetryAfter
from aiogram.methods import GetMe, TelegramMethod

from bot.metrics import Metrics
from bot.telegram.session import MAX_WAIT_SECONDS, RetryAfterMiddleware, connect

if TYPE_CHECKING:
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
