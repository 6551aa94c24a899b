"""What the page asks for: the chats' state, events as they happen, and what people do."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aiohttp import web

from playground.api.faults import Fault, FaultKind
from playground.api.forms import read_parts
from playground.chats.acts import Sent, edit, forward, send
from playground.errors import RefusedError
from playground.page.key import read_key
from playground.page.web_app import opened

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playground.api.server import BotApi
    from playground.chats.history import Chats
    from playground.chats.people import Person
    from playground.errors import Json
    from playground.page.key import Key

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STATIC: Final = Path(__file__).with_name("static")
PULSE_SECONDS: Final = 15.0
"""How often a silent stream of events says that it is alive."""
HOSTS: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
CACHED: Final = {"Cache-Control": "private, max-age=86400"}
PLAIN: Final = {"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"}
"""A file that was sent is never run as a page of ours."""


@web.middleware
async def local_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse pages of other sites, also those whose name points at this machine."""
    host = (request.host or "").rsplit(":", 1)[0] if "]" not in request.host else "[::1]"
    origin = request.headers.get("Origin")
    is_ours = origin is None or origin == f"http://{request.host}"
    if host not in HOSTS or not is_ours:
        raise web.HTTPForbidden(text="only from this machine")
    try:
        return await handler(request)
    except RefusedError as error:
        return web.json_response(error.body(), status=error.code)


class Page:
    """The page's side of the chats.

    ``samples`` is a folder of photos to drop in; ``keys`` takes a key for captions.
    """

    def __init__(self, api: BotApi, samples: Path, keys: asyncio.Queue[Key]) -> None:
        self._api = api
        self._chats: Chats = api.chats
        self._keys = keys
        self._samples = {path.name: path for path in sorted(samples.glob("*.jpg"))}

    def add_routes(self, app: web.Application) -> None:
        """Serve the page in ``app``."""
        router = app.router
        router.add_get("/", self._index)
        router.add_static("/static", STATIC)
        router.add_get("/play/state", self._state)
        router.add_get("/play/events", self._events)
        router.add_get("/play/file/{id}", self._file)
        router.add_get("/play/samples/{name}", self._sample)
        router.add_post("/play/send", self._send)
        router.add_post("/play/edit", self._edit)
        router.add_post("/play/forward", self._forward)
        router.add_post("/play/tap", self._tap)
        router.add_post("/play/web-app", self._web_app)
        router.add_post("/play/block", self._block)
        router.add_post("/play/faults", self._faults)
        router.add_post("/play/key", self._key)

    async def _index(self, request: web.Request) -> web.FileResponse:
        del request
        return web.FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})

    async def _state(self, request: web.Request) -> web.Response:
        del request
        chats = self._chats
        state = {
            "bot": chats.bot,
            "people": [person.user() for person in chats.people.values()],
            "chats": list(chats.chats.values()),
            "messages": [one for chat_id in chats.chats for one in chats.messages(chat_id)],
            "commands": chats.commands,
            "blocked": sorted(chats.blocked),
            "faults": self._api.faults.waiting(),
            "samples": list(self._samples),
            "reactions": self._chats.reactions,
            "ready": chats.updates.polled.is_set(),
        }
        return web.json_response(state)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        )
        queue = self._chats.listen()
        try:
            await response.prepare(request)
            while True:
                try:
                    event = await asyncio.wait_for(queue.get(), PULSE_SECONDS)
                    await response.write(f"data: {json.dumps(event)}\n\n".encode())
                except TimeoutError:
                    await response.write(b": alive\n\n")
        except ConnectionError:
            return response
        finally:
            self._chats.leave(queue)

    async def _file(self, request: web.Request) -> web.Response:
        try:
            kept = self._chats.files[request.match_info["id"]]
        except KeyError as error:
            raise web.HTTPNotFound from error
        return web.Response(body=kept.data, content_type=kept.mime, headers=CACHED | PLAIN)

    async def _sample(self, request: web.Request) -> web.FileResponse:
        path = self._samples.get(request.match_info["name"])
        if path is None:
            raise web.HTTPNotFound
        return web.FileResponse(path, headers=CACHED)

    async def _send(self, request: web.Request) -> web.Response:
        form, files = await read_parts(request)
        person, chat = self._who(form.integer("from")), self._where(form.integer("chat_id"))
        sent = Sent(
            form.text("text"),
            [(file.name, file.data) for file in files],
            as_files=form.flag("as_files"),
            reply_to=form.integer("reply_to", 0),
        )
        return web.json_response(
            {"ok": True, "result": await send(self._chats, person, chat, sent)}
        )

    async def _edit(self, request: web.Request) -> web.Response:
        asked = await request.json()
        (message,) = self._messages(asked["chat_id"], [asked["message_id"]])
        edited = edit(self._chats, self._who(asked["from"]), message, str(asked["text"]))
        return web.json_response({"ok": True, "result": edited})

    async def _forward(self, request: web.Request) -> web.Response:
        asked = await request.json()
        messages = self._messages(asked["chat_id"], asked["message_ids"])
        chat = self._where(asked["to"])
        made = forward(self._chats, self._who(asked["from"]), messages, chat)
        return web.json_response({"ok": True, "result": made})

    async def _tap(self, request: web.Request) -> web.Response:
        asked = await request.json()
        person, chat = self._who(asked["from"]), self._where(asked["chat_id"])
        message = self._chats.find(chat["id"], asked["message_id"])
        rows = (message or {}).get("reply_markup", {}).get("inline_keyboard", [])
        if asked["data"] not in {button.get("callback_data") for row in rows for button in row}:
            raise RefusedError("the button is no longer there")
        assert message is not None  # noqa: S101 - it has buttons
        return web.json_response({"id": self._chats.tapped(person, message, asked["data"])})

    async def _web_app(self, request: web.Request) -> web.Response:
        asked = await request.json()
        person, chat = self._who(asked["from"]), self._where(asked["chat_id"])
        message = self._chats.find(chat["id"], asked["message_id"])
        address = opened(message, asked["url"], person, self._api.token, asked.get("theme", {}))
        return web.json_response({"url": address})

    async def _block(self, request: web.Request) -> web.Response:
        asked = await request.json()
        person = self._who(asked["from"])
        if asked["blocked"]:
            self._chats.blocked.add(person.id)
        else:
            self._chats.blocked.discard(person.id)
        return web.json_response({"ok": True})

    async def _faults(self, request: web.Request) -> web.Response:
        asked = await request.json()
        if asked.get("kind") == "none":
            self._api.faults.clear()
        else:
            try:
                kind = FaultKind(str(asked.get("kind")))
                times, seconds = int(asked.get("times", 1)), float(asked.get("seconds", 3))
            except ValueError as error:
                raise RefusedError("no such fault") from error
            methods = (str(asked["method"]),) if asked.get("method") else ()
            self._api.faults.add(Fault(kind, methods, times, seconds))
        return web.json_response({"ok": True, "faults": self._api.faults.waiting()})

    async def _key(self, request: web.Request) -> web.Response:
        try:
            self._keys.put_nowait(read_key(await request.json()))
        except asyncio.QueueFull as error:
            raise RefusedError("the last key is still being taken") from error
        return web.json_response({"ok": True})

    def _messages(self, chat_id: int, numbers: list[int]) -> list[Json]:
        found = [self._chats.find(chat_id, number) for number in numbers]
        kept = [message for message in found if message is not None]
        if not kept or len(kept) < len(found):
            raise RefusedError("message not found")
        return kept

    def _who(self, number: int) -> Person:
        person = self._chats.people.get(number)
        if person is None:
            raise RefusedError("user not found")
        return person

    def _where(self, number: int) -> Json:
        chat = self._chats.chats.get(number)
        if chat is None:
            raise RefusedError("chat not found")
        return chat
