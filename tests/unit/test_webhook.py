"""A webhook's update is confirmed, by the status 200, only when its transaction is through."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import aiohttp
import pytest
import pytest_asyncio
from sqlalchemy.exc import OperationalError

from bot.dispatcher import dispatcher
from bot.middlewares import acknowledge as middleware
from bot.telegram.incoming import Reader
from bot.telegram.webhook import Webhook, listening
from storage import sellers
from tests.stands.bot import Person
from tests.stands.sockets import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiogram.methods import SetWebhook

    from tests.stands.bot import Stand


class Caller:
    """Telegram, which calls with a person's words until it gets a 200."""

    def __init__(self, stand: Stand, url: str) -> None:
        self.person = Person(stand, 7)
        self.url = url
        announced = next(c for c in stand.telegram.calls if type(c).__name__ == "SetWebhook")
        self._secret = cast("SetWebhook", announced).secret_token or ""

    async def call(self, *, secret: str | None = None) -> int:
        message = self.person.message(text="?", date=1)
        return (await self.post({"update_id": 1, "message": message}, secret=secret))[0]

    async def post(self, body: dict[str, Any], *, secret: str | None = None) -> tuple[int, str]:
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret or self._secret}
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.url, json=body, headers=headers) as answer,
        ):
            return answer.status, await answer.text()


@pytest_asyncio.fixture
async def telegram(stand: Stand) -> AsyncIterator[Caller]:
    webhook = Webhook("https://example.org/telegram", "127.0.0.1", free_port())
    taking = dispatcher(stand.services, retry=False)
    bot = stand.services.bot
    async with listening(taking, bot, Reader(bot, stand.services.metrics), webhook):
        yield Caller(stand, f"http://127.0.0.1:{webhook.port}/telegram")


async def test_only_telegram_knows_the_secret(telegram: Caller, stand: Stand) -> None:
    assert await telegram.call(secret="guessed") == 401
    assert await telegram.call() == 200
    await stand.services.tasks.aclose()
    assert telegram.person.shown


async def test_a_stranger_s_secret_of_any_bytes_is_refused(
    telegram: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    address = urlsplit(telegram.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    name = b"X-Telegram-Bot-Api-Secret-Token"
    writer.write(b"POST /telegram HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n")
    writer.write(name + b": \xff\xc3\x28\r\nConnection: close\r\n\r\n")
    assert b" 401 " in await reader.readline()
    writer.close()
    assert not [one for one in caplog.records if one.name.startswith("aiohttp")]


@pytest.mark.parametrize("trouble", ["away", "hanging"])
async def test_a_database_in_trouble_leaves_it_unconfirmed(
    telegram: Caller, stand: Stand, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def troubled(*_: object, **__: object) -> None:
        if trouble == "hanging":
            await asyncio.Event().wait()
        raise OperationalError("BEGIN", {}, Exception("connection refused"))

    with monkeypatch.context() as patched:
        patched.setattr(sellers, "get_or_create", troubled)
        patched.setattr(middleware, "HANDLER_SECONDS", 0.2)
        assert await telegram.call() == 500
    assert await telegram.call() == 200
    await stand.services.tasks.aclose()
    assert len(telegram.person.shown) == 1, "told nothing but the answer"


async def test_a_tap_is_answered_in_the_reply_itself(telegram: Caller, stand: Stand) -> None:
    person = {"id": 7, "is_bot": False, "first_name": "A"}
    query = {"id": "q", "from": person, "chat_instance": "1", "data": "place|1|preset:white"}
    status, reply = await telegram.post({"update_id": 2, "callback_query": query})
    assert status == 200
    assert "answerCallbackQuery" in reply
    await stand.services.tasks.aclose()
    assert not any(type(call).__name__ == "AnswerCallbackQuery" for call in stand.telegram.calls)
