"""The playground's Bot API beside lo-bot-api-emulator.

Where they differ, Telegram's documentation and server decide:
https://core.telegram.org/bots/api, https://github.com/tdlib/telegram-bot-api.
"""

from __future__ import annotations

import asyncio
import io
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import pytest_asyncio
from aiohttp import ClientSession, FormData
from aiohttp.test_utils import TestServer
from PIL import Image

from playground.api.server import BotApi, application
from playground.chats.history import Chats
from playground.chats.people import ANNA
from tests.stands.server import TOKEN
from tests.stands.sockets import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

START_SECONDS: Final = 60.0
TO_CHATS: Final = ("send", "edit", "delete")


@dataclass(frozen=True)
class Call:
    """A call that both servers are given; ``differs`` says why they answer unlike."""

    name: str
    method: str
    fields: dict[str, Any] = field(default_factory=dict)
    photo: bool = False
    token: str = TOKEN
    differs: str = ""


def keys(*data: str) -> dict[str, Any]:
    rows = [[{"text": "tap", "callback_data": one}] for one in data]
    return {"reply_markup": json.dumps({"inline_keyboard": rows})}


OPENS: Final = "the emulator opens any chat"
OTHER_FIELDS: Final = "of the optional fields we tell `max_connections`, it `allowed_updates`"
LENIENT: Final = "the emulator does not check it"
SENDER: Final = "a bot's message has `from`, by the documentation; the emulator's has none"
WORDS: Final = "the emulator has words of its own; ours are the server's"
HTML: Final = {"text": "<b>one</b> &amp; two", "parse_mode": "HTML"}
CALLS: Final = (
    Call("me", "getMe", differs="the emulator adds what is its own: `capabilities`"),
    Call("no such method", "getNothing"),
    Call("another token", "getMe", token="1:another", differs=LENIENT),
    Call("text", "sendMessage", {"text": "one"}, differs=SENDER),
    Call("marked text", "sendMessage", HTML, differs=SENDER),
    Call("open tag", "sendMessage", {**HTML, "text": "<b>one"}, differs=LENIENT),
    Call("unknown tag", "sendMessage", {**HTML, "text": "<h1>one</h1>"}, differs=LENIENT),
    Call("no text", "sendMessage", {"text": ""}),
    Call("long text", "sendMessage", {"text": "a" * 4097}),
    Call("no chat", "sendMessage", {"text": "one", "chat_id": "5"}, differs=OPENS),
    Call("buttons", "sendMessage", {"text": "one", **keys("a", "b")}, differs=SENDER),
    Call("long data", "sendMessage", {"text": "one", **keys("a" * 65)}, differs=WORDS),
    Call("many buttons", "sendMessage", {"text": "one", **keys(*["a"] * 101)}, differs=WORDS),
    Call("answer to nothing", "sendMessage", {
        "text": "one", "reply_parameters": json.dumps({"message_id": 99999}),
    }, differs=LENIENT),
    Call("photo", "sendPhoto", {"caption": "one"}, photo=True, differs=SENDER),
    Call("long caption", "sendPhoto", {"caption": "a" * 1025}, photo=True, differs=WORDS),
    Call("photo of no file", "sendPhoto", {"photo": "AgACnothing"}),
    Call("no photo", "sendPhoto", differs=WORDS),
    Call("album of nothing", "sendMediaGroup", {"media": "[]"}, differs=WORDS),
    Call("action", "sendChatAction", {"action": "typing"}),
    Call("no such action", "sendChatAction", {"action": "dance"}),
    Call("edit of nothing", "editMessageText", {
        "message_id": "99999", "text": "two",
    }, differs=LENIENT),
    Call("deletion of nothing", "deleteMessage", {"message_id": "99999"}, differs=LENIENT),
    Call("tap of long ago", "answerCallbackQuery", {"callback_query_id": "5"}, differs=LENIENT),
    Call("no such file", "getFile", {"file_id": "nothing"}, differs=WORDS),
    Call("commands", "setMyCommands", {
        "commands": json.dumps([{"command": "start", "description": "Begin"}]),
    }),
    Call("a command with a space", "setMyCommands", {
        "commands": json.dumps([{"command": "st art", "description": "Begin"}]),
    }, differs=LENIENT),
    Call("updates", "getUpdates", {"timeout": "0"}),
    Call("webhook without HTTPS", "setWebhook", {"url": "http://example.org/"}, differs=WORDS),
    Call("webhook", "getWebhookInfo", differs=OTHER_FIELDS),
)  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ours() -> AsyncIterator[str]:
    server = TestServer(application(BotApi(Chats(), TOKEN)))
    await server.start_server()
    yield str(server.make_url("")).rstrip("/")
    await server.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def theirs() -> AsyncIterator[str]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("lo-bot-api-emulator"),
        *("--port", str(port)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    url, until = f"http://127.0.0.1:{port}", time.monotonic() + START_SECONDS
    async with ClientSession() as session:
        while True:
            try:
                async with session.get(f"{url}/bot{TOKEN}/getMe"):
                    break
            except OSError:
                assert time.monotonic() < until, "the emulator does not answer"
                await asyncio.sleep(0.05)
    yield url
    process.terminate()
    await process.wait()


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (400, 300), (90, 140, 200)).save(file, "JPEG")
    return file.getvalue()


async def answer(url: str, call: Call) -> dict[str, Any]:
    """Return what is told of a call: its error, or the names that stand in its result."""
    to = {"chat_id": str(ANNA.id)} if call.method.startswith(TO_CHATS) else {}
    form = FormData({**to, **call.fields})
    if call.photo:
        form.add_field("photo", picture(), filename="photo.jpg")
    async with (
        ClientSession() as session,
        session.post(f"{url}/bot{call.token}/{call.method}", data=form) as response,
    ):
        body = await response.json()
    assert body["ok"] == (response.status == 200)
    if not body["ok"]:
        assert body["error_code"] == response.status
        return {"error": f"{body['error_code']} {body['description']}"}
    result = body["result"]
    return {"result": sorted(result) if isinstance(result, dict) else type(result).__name__}


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
async def test_they_answer_alike(call: Call, ours: str, theirs: str) -> None:
    here, there = await answer(ours, call), await answer(theirs, call)
    if call.differs:
        assert here != there, "the difference is gone: take its reason away"
    else:
        assert here == there
