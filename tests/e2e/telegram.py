"""The playground's Bot API before the real bot process: what its chats show, and its faults."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from aiohttp import web
from aiohttp.test_utils import TestServer

from playground.api.forms import MAX_BODY
from playground.api.server import BotApi
from playground.chats.history import Chats
from playground.page.routes import Page

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from aiohttp.typedefs import Middleware
    from numpy.typing import NDArray

    from playground.errors import Json

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

TOKEN = "424242:THE-TEST-TOKEN-abcdefghijklmnopqrstuv"
START_SECONDS: Final = 150.0
CLOSING_SECONDS: Final = 1.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pixels(picture: bytes) -> NDArray[np.uint8]:
    """(height, width, 3) uint8 RGB."""
    decoded = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR_RGB)
    return np.asarray(decoded, np.uint8)


class Message:
    """One message as the chat shows it now; of a deleted one, as it was last."""

    def __init__(self, chats: Chats, found: Json) -> None:
        self._chats = chats
        self._last = found
        self.id: int = found["message_id"]
        self.chat_id: int = found["chat"]["id"]

    @property
    def json(self) -> Json:
        """The `Message`."""
        self._last = self._chats.find(self.chat_id, self.id) or self._last
        return self._last

    @property
    def deleted(self) -> bool:
        return self._chats.find(self.chat_id, self.id) is None

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
    def picture(self) -> bytes | None:
        """The largest size of a photo, or a file's bytes."""
        file = (self.json.get("photo") or [self.json.get("document")])[-1]
        return self._chats.files[file["file_id"]].data if file else None

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """(height, width, 3) uint8 RGB."""
        assert self.picture is not None
        return pixels(self.picture)

    @property
    def rows(self) -> list[list[str]]:
        """What stands on the buttons."""
        rows = self.json.get("reply_markup", {}).get("inline_keyboard", [])
        return [[button["text"] for button in row] for row in rows]

    @property
    def buttons(self) -> dict[str, str]:
        """The data of the buttons by what stands on them."""
        rows = self.json.get("reply_markup", {}).get("inline_keyboard", [])
        return {button["text"]: button.get("callback_data", "") for row in rows for button in row}

    @property
    def album(self) -> str:
        return str(self.json.get("media_group_id", ""))

    @property
    def document(self) -> str:
        """The name of a file, empty for a photo."""
        return str(self.json.get("document", {}).get("file_name", ""))


class Watched(Chats):
    """Chats that wake whoever waits for a change."""

    def __init__(self) -> None:
        super().__init__()
        self.changed = asyncio.Event()
        self.toasts: list[str] = []

    def tell(self, event: Json) -> None:
        super().tell(event)
        if event["event"] == "answer":
            self.toasts.append(event["text"])
        self.changed.set()
        self.changed = asyncio.Event()


class Telegram:
    """The server. ``samples`` is a folder of photos, for those who look at its page."""

    def __init__(self, samples: Path | None = None) -> None:
        self.chats = Watched()
        self.calls: list[tuple[float, str]] = []
        self.faults: dict[str, list[tuple[int, str]]] = defaultdict(list)
        """By method, the status and the body of the answers that take the place of the next."""
        self._samples = samples

    async def start(self) -> None:
        api = BotApi(self.chats, TOKEN)
        app = web.Application(client_max_size=MAX_BODY, middlewares=[self._noting()])
        api.add_routes(app)
        if self._samples is not None:
            Page(api, self._samples, asyncio.Queue()).add_routes(app)
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

    @property
    def toasts(self) -> list[str]:
        return self.chats.toasts

    def shown(self, chat_id: int) -> list[Message]:
        """What the bot shows in a chat, oldest first."""
        found = self.chats.messages(chat_id)
        return [Message(self.chats, one) for one in found if one["from"]["is_bot"]]

    def _noting(self) -> Middleware:
        """Keep each call, and answer it with the fault that is due."""

        @web.middleware
        async def noting(request: web.Request, handler: Handler) -> web.StreamResponse:
            method = request.match_info.get("method", "")
            self.calls.append((time.monotonic(), method))
            if not self.faults[method]:
                return await handler(request)
            if method == "getUpdates":
                self.polled.set()
            status, body = self.faults[method].pop(0)
            return web.Response(text=body, status=status)

        return noting
