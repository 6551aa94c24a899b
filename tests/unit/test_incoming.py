"""What Telegram sends is read update by update: one that cannot be read stops no other."""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import asynccontextmanager, suppress
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot.dispatcher import dispatcher
from bot.telegram import polling
from bot.telegram.incoming import Reader, loads
from bot.telegram.polling import poll
from bot.telegram.webhook import MAX_UPDATE_BYTES, Webhook, listening
from tests.fuzz.shapes import BASES, GROUP, SAID, shapes
from tests.stands.bot import Person
from tests.stands.server import BOT_NAME
from tests.stands.sockets import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from aiogram.methods import SetWebhook

    from tests.stands.bot import Stand

GOOD = {"id": 77, "is_bot": False, "first_name": "A", "language_code": "en"}
ORIGIN = {"type": "new_kind", "date": 0}


def good(number: int) -> str:
    said = {
        "message_id": 1,
        "date": 1,
        "chat": {"id": 77, "type": "private"},
        "from": GOOD,
        "text": "/start",
    }
    return json.dumps({"update_id": number, "message": said})


@asynccontextmanager
async def polled(stand: Stand) -> AsyncIterator[None]:
    bot = stand.services.bot
    taking = poll(stand.dispatcher, bot, Reader(bot, stand.services.metrics))
    polls = asyncio.create_task(taking)
    try:
        yield
        assert not polls.done()
    finally:
        polls.cancel()
        with suppress(asyncio.CancelledError):
            await polls
    await stand.services.tasks.aclose()


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - the stand-in has no event for it
            await asyncio.sleep(0.01)


async def until_answered(stand: Stand, *chats: int) -> None:
    for chat in (77, *chats):
        await until(lambda: stand.telegram.shown(chat))  # noqa: B023 - awaited within its turn


@asynccontextmanager
async def called(stand: Stand) -> AsyncIterator[Callable[[str | bytes], Awaitable[int]]]:
    bot = stand.services.bot
    webhook = Webhook("https://example.org/telegram", "127.0.0.1", free_port())
    taking = dispatcher(stand.services, retry=False)
    reader = Reader(bot, stand.services.metrics)
    async with listening(taking, bot, reader, webhook), aiohttp.ClientSession() as session:
        announced = next(c for c in stand.telegram.calls if type(c).__name__ == "SetWebhook")
        secret = cast("SetWebhook", announced).secret_token or ""
        url = f"http://127.0.0.1:{webhook.port}/telegram"

        async def call(body: str | bytes) -> int:
            data = body if isinstance(body, bytes) else body.encode()
            headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
            async with session.post(url, data=BytesIO(data), headers=headers) as answer:
                return answer.status

        yield call
        await stand.services.tasks.aclose()


def counted(stand: Stand) -> float:
    for line in stand.services.metrics.expose(()).decode().splitlines():
        if line.startswith("vitrina_updates_passed_over_total"):
            return float(line.split()[1])
    raise AssertionError("not counted at all")


def wrong(logs: list[Any]) -> list[Any]:
    return [log for log in logs if log["log_level"] in {"error", "critical"}]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(polling, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(polling, "MAX_LOOK_SECONDS", 0.02)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("seed", range(4))
async def test_any_shape_polled_leaves_the_good_one_answered(stand: Stand, seed: int) -> None:
    stand.telegram.updates += shapes(random.Random(seed), 150, 1)
    stand.telegram.updates.append((1000, good(1000)))
    with capture_logs() as logs:
        async with polled(stand):
            await until_answered(stand)
            left = stand.telegram.updates
            await until(lambda: all(number is None for number, _ in left))
        await stand.settle()
    assert wrong(logs) == []
    assert counted(stand) > 10


@pytest.mark.parametrize("seed", range(4))
async def test_any_shape_called_is_confirmed(stand: Stand, seed: int) -> None:
    with capture_logs() as logs:
        async with called(stand) as call:
            for _, text in shapes(random.Random(seed), 150, 1):
                assert await call(text) == 200, text
            assert await call(good(1000)) == 200
        await stand.settle()
    assert wrong(logs) == []
    assert stand.telegram.shown(77)
    assert counted(stand) > 10


@pytest.mark.parametrize("depth", [1, 70, 500, 100_000])
def test_what_is_nested_too_deep_is_cut(depth: int) -> None:
    deep = "[" * depth + '"]}"' + "]" * depth
    text = f'{{"a": [{deep}, {{"b": "]}}\\"["}}], "c": 1}}'
    read = loads(text)
    assert read["c"] == 1
    assert read["a"][1] == {"b": ']}"['}


@pytest.mark.parametrize("body", [b"", b"{", b"no json", b"\xff\xfe\xff", b'{"update_id": 1,}'])
async def test_what_is_no_json_is_refused(stand: Stand, body: bytes) -> None:
    async with called(stand) as call:
        assert await call(body) == 400
        assert await call(good(1)) == 200


async def test_what_is_too_large_is_refused_unread(stand: Stand) -> None:
    async with called(stand) as call:
        assert await call(b'{"update_id": 1, "x": "' + b"x" * MAX_UPDATE_BYTES + b'"}') == 413


@pytest.mark.usefixtures("quick")
async def test_the_seller_is_told_once(stand: Stand) -> None:
    update = {"message": {**SAID, "photo": [], "forward_origin": ORIGIN}}
    for number in (1, 2, 3):
        text = json.dumps({"update_id": number, **update})
        stand.telegram.updates.append((number, text))
    stand.telegram.updates.append((4, good(4)))
    async with polled(stand):
        await until_answered(stand, 5)
    (told,) = stand.telegram.shown(5)
    assert "С такими сообщениями" in told.text
    assert counted(stand) == 3


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("words", "told"), [("смотрите", 0), ("@somebody", 0), (f"Эй, @{BOT_NAME}!", 1)]
)
async def test_a_group_is_told_only_where_the_bot_is_meant(
    stand: Stand, words: str, told: int
) -> None:
    message = {**SAID, "chat": GROUP, "caption": words, "forward_origin": ORIGIN}
    stand.telegram.updates.append((1, json.dumps({"update_id": 1, "message": message})))
    stand.telegram.updates.append((2, good(2)))
    async with polled(stand):
        await until_answered(stand, *[-100600] * told)
    assert len(stand.telegram.shown(-100600)) == told


@pytest.mark.usefixtures("quick")
async def test_what_has_no_number_is_no_storm(stand: Stand) -> None:
    stand.telegram.updates += [(None, "null"), (None, '{"update_id": -7}')]
    with capture_logs() as logs:
        async with polled(stand):
            await asyncio.sleep(0.5)
    assert len(logs) < 50, "asked for more and more seldom"
    assert stand.telegram.calls == []


async def test_good_updates_are_read_whole(stand: Stand) -> None:
    reader = Reader(stand.services.bot, stand.services.metrics)
    update = reader.read({"update_id": 1, **BASES[2]})
    assert update is not None
    assert update.message is not None
    assert update.message.photo
    assert update.message.forward_origin is None
    assert counted(stand) == 0


async def test_a_message_of_nobody_is_left_alone(stand: Stand) -> None:
    anna = Person(stand, 1)
    with capture_logs() as logs:
        await stand.feed(message={**anna.message(text="/start"), "from": None})
    assert wrong(logs) == []
