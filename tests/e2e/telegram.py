"""A stand-in Telegram around the real bot process.

`lo-bot-api-emulator` checks and answers the Bot API calls. In front of it a proxy keeps what the
chat shows (texts, pictures, albums, buttons, edits, deletions), adds `editMessageMedia`, which
the emulator lacks, takes captions of any photo of an album, which it does not, and plays the
seller.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from aiohttp import ClientSession, FormData, web
from aiohttp.test_utils import TestServer

from tests.stands.forms import Form, read_form

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOKEN = "424242:THE-TEST-TOKEN-abcdefghijklmnopqrstuv"
START_SECONDS = 150.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Message:
    """What a chat shows at one place."""

    id: int
    chat_id: int
    text: str = ""
    picture: bytes | None = None
    buttons: dict[str, str] = field(default_factory=dict)
    deleted: bool = False
    album: str = ""
    document: str = ""

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """(height, width, 3) uint8 RGB."""
        assert self.picture is not None
        decoded = cv2.imdecode(np.frombuffer(self.picture, np.uint8), cv2.IMREAD_COLOR_RGB)
        return np.asarray(decoded, np.uint8)


class Telegram:
    """The proxy in front of the emulator."""

    def __init__(self) -> None:
        self.messages: dict[tuple[int, int], Message] = {}
        self.toasts: list[str] = []
        self.calls: list[tuple[float, str]] = []
        self.changed = asyncio.Event()
        self.polled = asyncio.Event()
        self.faults: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self._process: asyncio.subprocess.Process | None = None
        self._update_ids = itertools.count(1)
        self._message_ids = itertools.count(1_000_000)

    async def start(self) -> None:
        port = free_port()
        self._emulator = f"http://127.0.0.1:{port}"
        self._process = await asyncio.create_subprocess_exec(
            Path(sys.executable).with_name("lo-bot-api-emulator"),
            "--port",
            str(port),
            "--enable-control",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        self._session = ClientSession()
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                async with self._session.get(f"{self._emulator}/bot{TOKEN}/getMe"):
                    break
            except OSError:
                assert time.monotonic() < deadline, "the emulator does not answer"
                await asyncio.sleep(0.05)
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/{path:.*}", self._file)
        self._server = TestServer(app)
        await self._server.start_server()
        self.url = str(self._server.make_url("")).rstrip("/")

    async def stop(self) -> None:
        await self._server.close()
        await self._session.close()
        assert self._process is not None
        self._process.terminate()
        await self._process.wait()

    async def upload(self, data: bytes, *, as_file: bool, name: str) -> dict[str, Any]:
        """Have the emulator keep a file, as if a seller had sent it, and return its entry."""
        kind = "document" if as_file else "photo"
        form = FormData({"chat_id": "1"})
        form.add_field(kind, data, filename=name)
        url = f"{self._emulator}/bot{TOKEN}/send{kind.capitalize()}"
        async with self._session.post(url, data=form) as response:
            answer = await response.json()
        assert answer["ok"], answer
        entry: dict[str, Any] = (
            answer["result"]["document"] if as_file else answer["result"]["photo"][-1]
        )
        return entry

    async def update(self, update: dict[str, Any], update_id: int | None = None) -> int:
        """Give the bot an update."""
        number = update_id or next(self._update_ids)
        body = {"token": TOKEN, "update": {"update_id": number, **update}}
        async with self._session.post(f"{self._emulator}/__fixture/updates", json=body) as answer:
            assert answer.status == 200, await answer.text()
        return number

    def next_message_id(self) -> int:
        return next(self._message_ids)

    async def _file(self, request: web.Request) -> web.Response:
        async with self._session.get(f"{self._emulator}{request.path}") as response:
            return web.Response(body=await response.read(), status=response.status)

    async def _call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        self.calls.append((time.monotonic(), method))
        if method == "getUpdates":
            self.polled.set()
        posted = await read_form(request)
        if self.faults[method]:
            status, body = self.faults[method].pop(0)
            return web.Response(text=body, status=status)
        return await self._answer(request, method, posted)

    async def _answer(self, request: web.Request, method: str, posted: Form) -> web.Response:
        fields: dict[str, Any] = dict(posted.fields)
        files = {name: file.data for name, file in posted.files.items()}
        names = {name: file.name for name, file in posted.files.items()}
        if method == "editMessageMedia":
            return self._edit_media(fields, files)
        form = FormData(fields)
        for name, file in posted.files.items():
            form.add_field(name, file.data, filename=file.name)
        if method == "sendMediaGroup":
            bare = [{"type": m["type"], "media": m["media"]} for m in json.loads(fields["media"])]
            form = FormData({**fields, "media": json.dumps(bare)})
            for name, data in files.items():
                form.add_field(name, data, filename=f"{name}.jpg")
        url = f"{self._emulator}/bot{request.match_info['token']}/{method}"
        async with self._session.post(url, data=form if fields or files else None) as response:
            answer = await response.json()
            if method == "sendMediaGroup" and answer.get("ok"):
                # The emulator gives all of an album's messages one id; Telegram does not.
                for sent in answer["result"][1:]:
                    sent["message_id"] = self.next_message_id()
            self._keep(method, fields, files, names, answer)
            return web.json_response(answer, status=response.status)

    def _edit_media(self, fields: dict[str, Any], files: dict[str, bytes]) -> web.Response:
        message = self.messages.get((int(fields["chat_id"]), int(fields["message_id"])))
        if message is None or message.deleted:
            problem = "Bad Request: message to edit not found"
            body = {"ok": False, "error_code": 400, "description": problem}
            return web.json_response(body, status=400)
        media = json.loads(fields["media"])
        message.picture = files[media["media"].removeprefix("attach://")]
        message.text = media.get("caption", "")
        message.buttons = _buttons(fields)
        self._announce()
        result = {
            "message_id": message.id,
            "date": int(time.time()),
            "chat": {"id": message.chat_id, "type": "private"},
            "caption": message.text,
        }
        return web.json_response({"ok": True, "result": result})

    def _keep(
        self,
        method: str,
        fields: dict[str, Any],
        files: dict[str, bytes],
        names: dict[str, str],
        answer: dict[str, Any],
    ) -> None:
        """Change what the chat shows as an accepted call does."""
        if not answer.get("ok"):
            return
        if method == "answerCallbackQuery":
            self.toasts.append(str(fields.get("text", "")))
        elif method == "sendMediaGroup":
            for item, sent in zip(json.loads(fields["media"]), answer["result"], strict=True):
                chat_id, number = int(fields["chat_id"]), int(sent["message_id"])
                self.messages[chat_id, number] = Message(
                    number,
                    chat_id,
                    text=item.get("caption") or "",
                    picture=files[item["media"].removeprefix("attach://")],
                    album=sent["media_group_id"],
                )
        elif method == "editMessageReplyMarkup":
            message = self.messages[int(fields["chat_id"]), int(fields["message_id"])]
            message.buttons = _buttons(fields)
        elif method in {"sendMessage", "sendPhoto", "sendDocument"}:
            chat_id, number = int(fields["chat_id"]), int(answer["result"]["message_id"])
            sent = str(fields.get("photo") or fields.get("document") or "")
            picture = sent.removeprefix("attach://")
            self.messages[chat_id, number] = Message(
                number,
                chat_id,
                text=str(fields.get("text") or fields.get("caption") or ""),
                picture=files.get(picture),
                buttons=_buttons(fields),
                document=names.get(picture, ""),
            )
        elif method in {"editMessageText", "editMessageCaption", "deleteMessage"}:
            message = self.messages[int(fields["chat_id"]), int(fields["message_id"])]
            message.deleted = method == "deleteMessage"
            if not message.deleted:  # a caption that is not named is taken away
                message.text = str(fields.get("text") or fields.get("caption") or "")
            message.buttons = _buttons(fields)
        self._announce()

    def _announce(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()


def _buttons(fields: dict[str, Any]) -> dict[str, str]:
    markup = json.loads(fields.get("reply_markup") or "{}")
    return {
        button["text"]: button["callback_data"]
        for row in markup.get("inline_keyboard", [])
        for button in row
    }
