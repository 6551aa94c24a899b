"""A Bot API server that counts: what was confirmed, what was shown, how often, how soon."""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import re
import time
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import ClientError, ClientSession, ClientTimeout, web
from aiohttp.test_utils import TestServer
from PIL import Image, ImageOps

from tests.stands.forms import read_form
from tests.stands.heavy import dearest_jpeg, scan_bomb, transparent_png

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TOKEN = "424242:THE-TEST-TOKEN-abcdefghijklmnopqrstuv"
BATCH = 100
CONNECTIONS = 100
"""Webhook calls at a time, as the bot asks for by `max_connections`."""
PICTURES = {"sendPhoto", "editMessageMedia"}
PICTURE = "picture"
"""What calls that show a picture are counted and failed under."""
PLACES = re.compile(r'"(place\|[^"]+)"')
"""Buttons that pick a background."""


SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SENT = (960, 1280)
"""Pixels: what Telegram leaves of a phone's photo."""
SHIFTS = 24
"""Each way; so many squared pictures of each sample are unlike."""
SIDE = 96
DIGITS = 16
LARGE = 1280
COLOURS = {
    "plain": (200, 40, 40),
    "large": (200, 40, 40),
    "other": (40, 40, 200),
    "poison": (255, 0, 255),
}
"""What the corner of a photo tells the stub of a model."""
MAX_SIDE = 8192
"""Side of a square picture of as many pixels as are accepted."""
HEAVY: dict[str, Callable[[], bytes]] = {
    "scans": lambda: scan_bomb(MAX_SIDE, 2000),
    "slow": lambda: scan_bomb(MAX_SIDE, 15),
    "clear": lambda: transparent_png(MAX_SIDE),
    "dear": lambda: dearest_jpeg(MAX_SIDE),
}
"""Files that are refused by their header, take the longest that is allowed, and the most memory."""


def make_heavy() -> None:
    """Make the heavy files before a clock runs."""
    for file in HEAVY.values():
        file()


def picture(kind: str, number: int) -> bytes:
    """A photo of a dark square, unlike all others: its number stands at its foot.

    The heavy kinds are alike, and their bytes are made once; a sample is a photo of a product,
    of the most pixels that Telegram leaves a photo, shifted by a few of them.
    """
    if kind in HEAVY:
        return HEAVY[kind]()
    if kind == "sample":
        return _shifted(number)
    side = LARGE if kind == "large" else SIDE
    image = Image.new("RGB", (side, side), COLOURS[kind])
    image.paste((20, 20, 30), (side // 4, side // 4, side - side // 4, side - side // 4))
    width = side // DIGITS
    for digit in range(DIGITS):
        if number >> digit & 1:
            left = digit * width
            image.paste((250, 250, 250), (left, side - width, left + width, side))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


@cache
def _samples() -> list[Image.Image]:
    width, height = (side + SHIFTS for side in SENT)
    return [
        ImageOps.fit(Image.open(path), (width, height)) for path in sorted(SAMPLES.glob("*.jpg"))
    ]


def _shifted(number: int) -> bytes:
    samples = _samples()
    down, right = divmod(number // len(samples), SHIFTS)
    sample = samples[number % len(samples)]
    buffer = io.BytesIO()
    sample.crop((right, down, right + SENT[0], down + SENT[1])).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class Said:
    """A message that the bot sent or edited: when (monotonic), in answer to which, its text."""

    at: float
    method: str
    chat_id: int
    message_id: int
    reply_to: int | None
    text: str

    @property
    def shows_picture(self) -> bool:
        """Whether a picture stands in the chat now, sent or put in a message's place."""
        return self.method in PICTURES and self.reply_to is not None


class Telegram:
    """Serves getUpdates or calls webhooks; ``faults[method]`` are answered with first."""

    def __init__(self) -> None:
        self.sent: list[Said] = []
        self.deleted: list[tuple[int, int]] = []
        self.calls: dict[str, int] = defaultdict(int)
        self.answered: dict[str, float] = {}
        self.tapped: dict[str, float] = {}
        self.sent_at: dict[int, float] = {}
        self.accepted_at: dict[int, float] = {}
        self.faults: dict[str, list[str]] = defaultdict(list)
        self.webhooks: Sequence[str] = ()
        self.secret, self.address = "", ""
        self.places: dict[int, list[str]] = defaultdict(list)
        self._updates: dict[int, dict[str, Any]] = {}
        self._update_ids = itertools.count(1)
        self._message_ids = itertools.count(1)
        self._answer_ids = itertools.count(1_000_000)
        self._of_update: dict[int, int] = {}
        self._replies: dict[int, int | None] = {}
        self._shown: dict[int, set[int]] = defaultdict(set)
        self._arrived = asyncio.Event()
        self._doors = asyncio.Semaphore(CONNECTIONS)
        self._pushing: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/{path:.*}", self._file)
        self._server = TestServer(app)
        await self._server.start_server()
        self.url = str(self._server.make_url("")).rstrip("/")
        self._session = ClientSession(timeout=ClientTimeout(total=60))

    async def stop(self) -> None:
        for task in self._pushing:
            task.cancel()
        await self._session.close()
        await self._server.close()

    def send_photo(
        self, seller: int, *, file: str = "plain", words: str = "", group: int = 0
    ) -> int:
        """Have a seller send a photo, to a group where one is named; return its message's id."""
        number = next(self._message_ids)
        name = f"{file}-{number}"
        size = {"width": SIDE, "height": SIDE, "file_size": 1000}
        message = {
            "message_id": number,
            "date": int(time.time()),
            "chat": chat(seller, group),
            "from": person(seller),
            "photo": [{"file_id": name, "file_unique_id": name, **size}],
            **({"caption": words} if words else {}),
        }
        self.sent_at[number] = time.monotonic()
        self._of_update[self.offer({"message": message})] = number
        return number

    def tap(self, seller: int, data: str, *, group: int = 0, under: int = 1) -> str:
        """Have a seller tap a button under a message; return the tap's id."""
        query_id = str(next(self._message_ids))
        message = {
            "message_id": under,
            "date": 1,
            "chat": chat(seller, group),
        }
        query = {
            "id": query_id,
            "from": person(seller),
            "chat_instance": "1",
            "message": message,
            "data": data,
        }
        self.tapped[query_id] = time.monotonic()
        self.offer({"callback_query": query})
        return query_id

    def pictures(self) -> dict[int, int]:
        """How many messages show a picture of each photo, by the photo's message id."""
        return defaultdict(int, {photo: len(shown) for photo, shown in self._shown.items()})

    def offer(self, update: dict[str, Any]) -> int:
        """Have an update of any form come; return its number."""
        number = next(self._update_ids)
        body = {"update_id": number, **update}
        if self.webhooks:
            task = asyncio.create_task(self._push(body))
            self._pushing.add(task)
            task.add_done_callback(self._pushing.discard)
        else:
            self._updates[number] = body
            self._arrived.set()
        return number

    async def _push(self, body: dict[str, Any]) -> None:
        """Call a webhook until one answers 200, as Telegram does: few at a time."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.secret}
        for attempt in itertools.count(body["update_id"]):
            url = self.webhooks[attempt % len(self.webhooks)]
            try:
                async with (
                    self._doors,
                    self._session.post(url, json=body, headers=headers) as answer,
                ):
                    if answer.status == 200:
                        self._confirm(body["update_id"])
                        self._reply(await answer.json())
                        return
            except (ClientError, TimeoutError):
                pass
            await asyncio.sleep(0.3)

    def waits(self, number: int) -> bool:
        """Whether an update is not confirmed yet."""
        return number in self._updates

    def _reply(self, fields: dict[str, str]) -> None:
        """Do what came in a webhook's reply."""
        self.calls[fields.get("method", "")] += 1
        if fields.get("method") == "answerCallbackQuery":
            self.answered.setdefault(fields["callback_query_id"], time.monotonic())

    def _confirm(self, number: int) -> None:
        self._updates.pop(number, None)
        if number in self._of_update:
            self.accepted_at.setdefault(self._of_update[number], time.monotonic())

    async def _get_updates(self, fields: dict[str, str]) -> list[dict[str, Any]]:
        offset = int(fields.get("offset", "0"))
        for number in [number for number in self._updates if number < offset]:
            self._confirm(number)
        if not self._updates:
            self._arrived.clear()
            try:
                async with asyncio.timeout(min(float(fields.get("timeout", "0")), 5.0)):
                    await self._arrived.wait()
            except TimeoutError:
                return []
        return [self._updates[number] for number in sorted(self._updates)][:BATCH]

    async def _file(self, request: web.Request) -> web.Response:
        kind, number = request.match_info["path"].rsplit("/", 1)[-1].split("-")
        return web.Response(body=picture(kind, int(number)))

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        kind = PICTURE if method in PICTURES else method
        self.calls[kind] += 1
        fields = (await read_form(request)).fields
        if self.faults[kind]:
            return await self._fail(request, self.faults[kind].pop(0))
        result: Any = True
        if method == "getUpdates":
            result = await self._get_updates(fields)
        elif method == "getMe":
            result = {"id": 424242, "is_bot": True, "first_name": "V", "username": "v_bot"}
        elif method == "getFile":
            name = fields["file_id"]
            result = {"file_id": name, "file_unique_id": name, "file_path": f"photos/{name}"}
        elif method == "setWebhook":
            self.secret, self.address = fields["secret_token"], fields["url"]
        elif method == "getWebhookInfo":
            result = {
                "url": self.address,
                "has_custom_certificate": False,
                "pending_update_count": 0,
            }
        elif method == "answerCallbackQuery":
            self.answered.setdefault(fields["callback_query_id"], time.monotonic())
        elif method.startswith("deleteMessage"):
            numbers = json.loads(fields.get("message_ids") or f"[{fields['message_id']}]")
            self.deleted += [(int(fields["chat_id"]), number) for number in numbers]
        elif method.startswith(("send", "edit")) and method != "sendChatAction":
            result = self._show(method, fields)
        return web.json_response({"ok": True, "result": result})

    def _show(self, method: str, fields: dict[str, str]) -> dict[str, Any]:
        reply = json.loads(fields.get("reply_parameters") or "{}").get("message_id")
        media = json.loads(fields.get("media") or "{}")
        text = fields.get("text") or fields.get("caption") or media.get("caption") or ""
        chat_id = int(fields["chat_id"])
        number = int(fields.get("message_id") or next(self._answer_ids))
        reply = self._replies.setdefault(number, reply)
        said = Said(time.monotonic(), method, chat_id, number, reply, text)
        self.sent.append(said)
        if said.shows_picture and reply is not None:
            self._shown[reply].add(number)
        if found := PLACES.findall(fields.get("reply_markup") or ""):
            self.places[chat_id] = found
        shown: dict[str, Any] = {
            "message_id": number,
            "date": int(time.time()),
            "chat": {"id": chat_id, "type": "private", "first_name": "A"},
        }
        if "hoto" in method or "edia" in method:
            name = f"sent-{number}"
            shown["photo"] = [{"file_id": name, "file_unique_id": name, "width": 96, "height": 96}]
        return shown

    async def _fail(self, request: web.Request, fault: str) -> web.StreamResponse:
        if fault == "429":
            body = {
                "ok": False,
                "error_code": 429,
                "description": "Too Many Requests: retry after 3",
                "parameters": {"retry_after": 3},
            }
            return web.json_response(body, status=429)
        if fault == "502":
            return web.Response(text="<html>Bad Gateway</html>", status=502)
        if fault == "hang":
            await asyncio.sleep(300)
        if request.transport is not None:
            request.transport.abort()
        return web.Response()


def chat(seller: int, group: int = 0) -> dict[str, Any]:
    if group:
        return {"id": group, "type": "supergroup", "title": "G"}
    return {"id": seller, "type": "private", "first_name": "A"}


def person(seller: int) -> dict[str, Any]:
    return {"id": seller, "is_bot": False, "first_name": "A", "language_code": "ru"}
