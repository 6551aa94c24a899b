"""Telegram as tests have it: the playground's server, and what its chats show."""

from __future__ import annotations

import asyncio
import itertools
import math
import time
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
from aiohttp import web
from aiohttp.test_utils import TestServer

from playground.api.context import Context
from playground.api.forms import MAX_BODY
from playground.api.limits import Limits
from playground.api.server import BotApi
from playground.chats.files import Files, Kept
from playground.chats.history import Chats
from playground.chats.people import BOT
from playground.chats.photos import Size, sides
from playground.page.routes import Page

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from aiohttp.typedefs import Middleware
    from numpy.typing import NDArray

    from playground.errors import Json

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

TOKEN: Final = "424242:THE-TEST-TOKEN-abcdefghijklmnopqrstuv"
BOT_NAME: Final = str(BOT["username"])
CLOSING_SECONDS: Final = 1.0


class Message:
    """One message as the chat shows it now; of a deleted one, as it was last."""

    def __init__(self, chats: Chats, found: Json) -> None:
        self._chats = chats
        self._last = found
        self.id: int = found["message_id"]
        self.chat_id: int = found["chat"]["id"]

    def __eq__(self, other: object) -> bool:
        """Tell whether it is the same message."""
        return isinstance(other, Message) and (self.chat_id, self.id) == (other.chat_id, other.id)

    def __hash__(self) -> int:
        """Return what is the same for the same message."""
        return hash((self.chat_id, self.id))

    def __repr__(self) -> str:
        """Tell what it shows, where a test fails."""
        return f"<{self.kind} {self.id} in {self.chat_id}: {self.text!r} {list(self.buttons)}>"

    @property
    def json(self) -> Json:
        """The `Message`."""
        self._last = self._chats.find(self.chat_id, self.id) or self._last
        return self._last

    @property
    def deleted(self) -> bool:
        return self._chats.find(self.chat_id, self.id) is None

    @property
    def kind(self) -> str:
        """``photo``, ``document`` or ``text``."""
        return next((kind for kind in ("photo", "document") if kind in self.json), "text")

    @property
    def text(self) -> str:
        """A text, or the words under a picture or a file, without their marks."""
        return str(self.json.get("text") or self.json.get("caption") or "")

    @property
    def title(self) -> str:
        """The bold words that the text begins with, as a caption does."""
        marks = self.json.get("entities") or self.json.get("caption_entities") or ()
        return next(
            (self.text[: m["length"]] for m in marks if m["type"] == "bold" and not m["offset"]), ""
        )

    @property
    def file(self) -> bytes | None:
        """The largest size of a photo, or a file's bytes."""
        found = (self.json.get("photo") or [self.json.get("document")])[-1]
        return self._chats.files[found["file_id"]].data if found else None

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """(height, width, 3) uint8 RGB."""
        assert self.file is not None
        return pixels(self.file)

    @property
    def keyboard(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """Rows of labels, each with what its button sends, opens or copies."""
        rows = self.json.get("reply_markup", {}).get("inline_keyboard", [])
        return tuple(tuple((button["text"], _pressed(button)) for button in row) for row in rows)

    @property
    def buttons(self) -> dict[str, str]:
        """What each button sends, opens or copies, by its label."""
        return {label: data for row in self.keyboard for label, data in row}

    def data(self, label: str) -> str:
        """Return the data of the first button that has ``label`` in its own."""
        return next(data for text, data in self.buttons.items() if label in text)

    @property
    def reply_to(self) -> int | None:
        """The number of the message that it answers."""
        number: int | None = self.json.get("reply_to_message", {}).get("message_id")
        return number

    @property
    def album(self) -> str:
        return str(self.json.get("media_group_id", ""))

    @property
    def document(self) -> str:
        """The name of a file, empty for a photo."""
        return str(self.json.get("document", {}).get("file_name", ""))


def pixels(picture: bytes) -> NDArray[np.uint8]:
    """(height, width, 3) uint8 RGB."""
    decoded = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR_RGB)
    return np.asarray(decoded, np.uint8)


def _pressed(button: Json) -> str:
    """Return what a button sends, opens or copies, ``copy:`` before the last."""
    if "copy_text" in button:
        return f"copy:{button['copy_text']['text']}"
    address = button.get("web_app", button).get("url", "")
    return str(button.get("callback_data") or address)


async def as_sent(data: bytes) -> list[Size]:
    """Keep a photo as it was sent: what the bot has drawn is looked at to the pixel."""
    return [Size(data, *sides(data))]


class Watched(Chats):
    """Chats that wake whoever waits for a change."""

    def __init__(self, files: Files, **more: Any) -> None:
        super().__init__(files, **more)
        self.changed = asyncio.Event()
        self.toasts: dict[str, str] = {}
        """What taps were answered, by their ids."""

    def chat(self, chat_id: int) -> Json:
        """Return the `Chat`; tests name chats at will."""
        kind = "private" if chat_id > 0 else "supergroup"
        self.chats.setdefault(chat_id, {"id": chat_id, "type": kind, "first_name": "Аня"})
        return super().chat(chat_id)

    def new_tap(self) -> str:
        """Return the id of a tap that stays young, however busy the machine is."""
        query_id = super().new_tap()
        self.taps[query_id] = math.inf
        return query_id

    def tell(self, event: Json) -> None:
        super().tell(event)
        if event["event"] == "answer":
            self.toasts[event["id"]] = event["text"]
        self.changed.set()
        self.changed = asyncio.Event()


def unlimited() -> Limits:
    """Return limits that nobody meets: between two calls a minute goes by."""
    return Limits(itertools.count(step=60.0).__next__)


class Telegram:
    """The server."""

    def __init__(self, chats: Watched, limits: Limits) -> None:
        self.chats = chats
        self.server = BotApi(chats, TOKEN, Context(chats, limits))

    @property
    def toasts(self) -> dict[str, str]:
        return self.chats.toasts

    def shown(self, chat_id: int) -> list[Message]:
        """What the bot shows in a chat, oldest first."""
        found = self.chats.messages(chat_id)
        mine = self.chats.bot["id"]
        return [Message(self.chats, one) for one in found if one["from"]["id"] == mine]

    def hold(self, file_id: str, data: bytes) -> None:
        """Have a photo be there under an id of the test's own."""
        photo = [{"file_id": file_id, "file_unique_id": file_id, "width": 9, "height": 9}]
        kept = Kept(data, "photo.jpg", "image/jpeg", "photos", {"photo": photo})
        self.chats.files.keep(file_id, kept)


class Served(Telegram):
    """The server over HTTP. ``samples`` is a folder of photos, for those who look at its page."""

    def __init__(
        self,
        samples: Path | None = None,
        chats: Watched | None = None,
        limits: Limits | None = None,
    ) -> None:
        super().__init__(chats or Watched(Files()), limits or Limits())
        self.calls: list[tuple[float, str]] = []
        """When each method was called (monotonic)."""
        self._samples = samples

    async def start(self) -> None:
        app = web.Application(client_max_size=MAX_BODY, middlewares=[self._noting()])
        self.server.add_routes(app)
        if self._samples is not None:
            Page(self.server, self._samples, asyncio.Queue()).add_routes(app)
        self._server = TestServer(app)
        await self._server.start_server(shutdown_timeout=CLOSING_SECONDS)
        self.url = str(self._server.make_url("")).rstrip("/")

    async def stop(self) -> None:
        await self._server.close()

    @property
    def polled(self) -> asyncio.Event:
        return self.chats.updates.polled

    @property
    def changed(self) -> asyncio.Event:
        return self.chats.changed

    def count(self, *methods: str) -> int:
        """Return how often any of these methods was called."""
        return sum(method in methods for _, method in self.calls)

    def _noting(self) -> Middleware:
        @web.middleware
        async def noting(request: web.Request, handler: Handler) -> web.StreamResponse:
            self.calls.append((time.monotonic(), request.match_info.get("method", "")))
            return await handler(request)

        return noting
