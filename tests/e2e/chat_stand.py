"""A stand-in Telegram and caption service around the real bot process.

`lo-bot-api-emulator` checks and answers the Bot API calls. In front of it a proxy keeps what the
chat shows (texts, pictures, albums, buttons, edits, deletions), adds `editMessageMedia`, which
the emulator lacks, takes captions of any photo of an album, which it does not, and plays the
seller.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
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
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

TOKEN = "424242:THE-TEST-TOKEN-abcdefghijklmnopqrstuv"
START_SECONDS = 150.0
ANSWER_SECONDS = 90.0


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
            message.text = str(fields.get("text") or fields.get("caption") or message.text)
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


class Captions:
    """A server that speaks OpenAI's chat completions, each listing unlike the one before."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.up = True
        self.pace = 0.0
        """Seconds between the pieces of an answer; 0 answers in one piece."""

    async def start(self) -> None:
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", self._complete)
        self._server = TestServer(app)
        await self._server.start_server()
        self.url = str(self._server.make_url("/v1"))

    async def stop(self) -> None:
        await self._server.close()

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(await request.json())
        if not self.up:
            return web.json_response({"error": {"message": "down"}}, status=400)
        listing = LISTINGS[len(self.requests) % len(LISTINGS)]
        message = {"role": "assistant", "content": json.dumps(listing, ensure_ascii=False)}
        usage = {"prompt_tokens": 900, "completion_tokens": 120, "total_tokens": 1020}
        if self.pace and self.requests[-1].get("stream"):
            return await self._stream(request, str(message["content"]), usage)
        return web.json_response(
            {
                "id": "mock",
                "object": "chat.completion",
                "created": 1,
                "model": "gpt-4o",
                "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
                "usage": usage,
            }
        )

    async def _stream(
        self, request: web.Request, content: str, usage: dict[str, int]
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        frame = {"id": "mock", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o"}
        for start in range(0, len(content), 20):
            delta = {"content": content[start : start + 20]}
            await self._event(response, {**frame, "choices": [{"index": 0, "delta": delta}]})
            await asyncio.sleep(self.pace)
        last = {"index": 0, "delta": {}, "finish_reason": "stop"}
        await self._event(response, {**frame, "choices": [last]})
        await self._event(response, {**frame, "choices": [], "usage": usage})
        await response.write(b"data: [DONE]\n\n")
        return response

    async def _event(self, response: web.StreamResponse, event: dict[str, Any]) -> None:
        await response.write(f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode())


def _listing(title: str, description: str, bullets: list[str], call: str) -> dict[str, Any]:
    seen = {"product": "товар", "colour": "", "material": "", "details": [], "text": ""}
    return {
        "seen": seen,
        "unknown": [],
        "contradictions": [],
        "title": title,
        "description": description,
        "bullets": bullets,
        "call_to_action": call,
        "keywords": [],
    }


LISTINGS = (
    _listing(
        "Вещь на каждый день",
        "Садится по фигуре и не сковывает движений. Ткань приятна к телу.",
        ["Аккуратные швы", "Ровный край"],
        "Напишите нам, отложим для вас.",
    ),
    _listing(
        "Найдено для вашего гардероба",
        "Спокойный цвет дружит с джинсами и с костюмом. Надел — и можно выходить.",
        ["Лёгкий крой", "Без лишних деталей"],
        "Закажите сегодня, отправим завтра.",
    ),
    _listing(
        "Простая радость в шкафу",
        "Когда утром нет времени думать, рука сама тянется к этой модели.",
        ["Держит форму", "Удобна в дороге"],
        "Спросите про размер — подскажем.",
    ),
)


class Bot:
    """The real program as its own process."""

    def __init__(self, folder: Path, telegram: Telegram, captions: Captions | None) -> None:
        self.folder = folder
        self.log = folder / "bot.log"
        self._telegram = telegram
        self._environment = {
            **os.environ,
            "BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": telegram.url,
            "DATA_DIR": str(folder / "data"),
            "OPENAI_API_KEY": "sk-test-key-0123456789" if captions else "",
            "OPENAI_BASE_URL": captions.url if captions else "",
            "LOG_FORMAT": "json",
        }

    async def start(self) -> None:
        self._telegram.polled.clear()
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "vitrina",
                "bot",
                env=self._environment,
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


class Seller:
    """One person with a phone, in a chat with the bot."""

    def __init__(self, telegram: Telegram, number: int, language: str = "ru") -> None:
        self.id = number
        self._telegram = telegram
        self._person = {
            "id": number,
            "is_bot": False,
            "first_name": "Аня",
            "language_code": language,
        }
        self._chat = {"id": number, "type": "private", "first_name": "Аня"}

    @property
    def shown(self) -> list[Message]:
        """What the chat shows, oldest first."""
        return [
            message
            for (chat, _), message in self._telegram.messages.items()
            if chat == self.id and not message.deleted
        ]

    async def say(self, text: str, *, to: Message | None = None) -> None:
        """Write, in answer to a message if given."""
        entities = [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]
        more: dict[str, Any] = {"entities": entities} if text.startswith("/") else {}
        if to is not None:
            more["reply_to_message"] = {"message_id": to.id, "date": 1, "chat": self._chat}
        await self._send(text=text, **more)

    async def send_photo(self, data: bytes, words: str = "") -> None:
        entry = await self._telegram.upload(data, as_file=False, name="photo.jpg")
        caption = {"caption": words} if words else {}
        await self._send(photo=[{**entry, "width": 1280, "height": 1280}], **caption)

    async def send_album(self, photos: Sequence[bytes], words: str = "") -> None:
        """Send photos together; the words stand under the first one."""
        group = str(self._telegram.next_message_id())
        for number, data in enumerate(photos):
            entry = await self._telegram.upload(data, as_file=False, name="photo.jpg")
            caption = {"caption": words} if words and number == 0 else {}
            photo = [{**entry, "width": 1280, "height": 1280}]
            await self._send(photo=photo, media_group_id=group, **caption)

    async def send_file(
        self, data: bytes, name: str, mime: str, *, size: int | None = None
    ) -> None:
        """Send a file; ``size`` claims another size than it has."""
        entry = await self._telegram.upload(data, as_file=True, name=name)
        document = {**entry, "file_name": name, "mime_type": mime, "file_size": size or len(data)}
        await self._send(document=document)

    async def tap(self, message: Message, label: str) -> None:
        """Tap the button whose label contains ``label``."""
        await self.press(message, next(d for text, d in message.buttons.items() if label in text))

    async def press(self, message: Message, data: str) -> None:
        """Send a button's data, as a client may that shows other buttons than ours."""
        shown = {"message_id": message.id, "date": 1, "chat": self._chat, "text": message.text}
        query = {
            "id": str(self._telegram.next_message_id()),
            "from": self._person,
            "chat_instance": "1",
            "message": shown,
            "data": data,
        }
        await self._telegram.update({"callback_query": query})

    async def sees(self, what: Callable[[Message], object], *, after: int = 0) -> Message:
        """Wait for a message that ``what`` holds of, with an id above ``after``."""
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                changed = self._telegram.changed
                for message in reversed(self.shown):
                    if message.id > after and what(message):
                        return message
                await changed.wait()

    async def _send(self, **content: Any) -> None:
        message = {
            "message_id": self._telegram.next_message_id(),
            "date": int(time.time()),
            "chat": self._chat,
            "from": self._person,
            **content,
        }
        await self._telegram.update({"message": message})
