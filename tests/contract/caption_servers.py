"""Loopback servers that speak the caption providers' protocols, and what they are to say.

The picture they are asked about is kept, so that a test can tell that it arrived.
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from playground.api.forms import read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

CREDENTIALS = base64.b64encode(b"client:secret-0123456789").decode()
PIECE = 7
"""Characters per event of a stream."""


@dataclass(frozen=True)
class Say:
    """One answer: ``breaks`` cuts a stream in the middle, ``hangs`` never answers."""

    content: str = ""
    finish: str = "stop"
    refused: bool = False
    status: int = 200
    breaks: bool = False
    hangs: bool = False
    pause: float = 0.0


@dataclass
class _Server:
    script: list[Say] = field(default_factory=list)
    pictures: list[bytes] = field(default_factory=list)
    asked: list[Mapping[str, Any]] = field(default_factory=list)
    url: str = ""

    def __post_init__(self) -> None:
        self._closing = asyncio.Event()
        self.reached = asyncio.Event()

    async def start(self) -> None:
        app = web.Application(client_max_size=16 * 1024 * 1024)
        self._routes(app)
        self._server = TestServer(app)
        await self._server.start_server()
        self.url = str(self._server.make_url("/v1"))

    async def stop(self) -> None:
        self._closing.set()
        await self._server.close()

    def _routes(self, app: web.Application) -> None:
        raise NotImplementedError

    def _next(self, body: Mapping[str, Any]) -> Say:
        """Return the next answer of the script; the last one is for ever."""
        del body
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    async def _speak(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.asked.append(body)
        self.reached.set()
        say = self._next(body)
        if say.hangs:
            await self._closing.wait()
        await asyncio.sleep(say.pause)
        if say.status != 200:
            return web.json_response({"error": {"message": "no"}}, status=say.status)
        if not body.get("stream"):
            message = {"role": "assistant", "content": say.content, **self._refusal(say)}
            return web.json_response(
                {**self._frame(body, "chat.completion"), "usage": self._usage(),
                 "choices": [{"index": 0, "finish_reason": self._finish(say), "message": message}]}
            )  # fmt: skip
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        async for event in self._events(body, say):
            await response.write(f"data: {event}\n\n".encode())
        if say.breaks:
            assert request.transport is not None
            request.transport.abort()
        return response

    async def _events(self, body: Mapping[str, Any], say: Say) -> AsyncIterator[str]:
        frame = self._frame(body, "chat.completion.chunk")
        pieces = [say.content[i : i + PIECE] for i in range(0, len(say.content), PIECE)]
        for piece in pieces[: len(pieces) // 2] if say.breaks else pieces:
            delta = {"role": "assistant", "content": piece}
            yield json.dumps({**frame, "choices": [{"index": 0, "delta": delta}]})
            await asyncio.sleep(say.pause)
        if say.breaks:
            return
        last = {"index": 0, "delta": self._refusal(say), "finish_reason": self._finish(say)}
        yield json.dumps({**frame, "choices": [last]})
        yield json.dumps({**frame, "choices": [], "usage": self._usage()})
        yield "[DONE]"

    def _frame(self, body: Mapping[str, Any], kind: str) -> dict[str, Any]:
        return {"id": "x", "object": kind, "created": 1, "model": body["model"]}

    def _finish(self, say: Say) -> str:
        return say.finish

    def _refusal(self, say: Say) -> dict[str, Any]:
        return {"refusal": "I can't help with that."} if say.refused else {}

    def _usage(self) -> dict[str, Any]:
        return {
            "prompt_tokens": 900,
            "completion_tokens": 300,
            "total_tokens": 1200,
            "prompt_tokens_details": {"cached_tokens": 400},
        }


class OpenAIServer(_Server):
    """OpenAI's chat completions, in one piece or as a stream."""

    def _routes(self, app: web.Application) -> None:
        app.router.add_post("/v1/chat/completions", self._complete)

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        for message in (await request.json())["messages"]:
            for part in message["content"] if isinstance(message["content"], list) else []:
                if part["type"] == "image_url":
                    self.pictures.append(base64.b64decode(part["image_url"]["url"].split(",")[1]))
        return await self._speak(request)


class GigaChatServer(_Server):
    """GigaChat: OAuth for a token, files for the picture, then the chat."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.files: dict[str, bytes] = {}
        self.deleted: list[str] = []
        self.tokens: list[str] = []

    @property
    def auth_url(self) -> str:
        return str(self._server.make_url("/api/v2/oauth"))

    def _routes(self, app: web.Application) -> None:
        app.router.add_post("/api/v2/oauth", self._token)
        app.router.add_post("/v1/files", self._upload)
        app.router.add_post("/v1/files/{id}/delete", self._delete)
        app.router.add_post("/v1/chat/completions", self._complete)

    async def _token(self, request: web.Request) -> web.Response:
        form = await read(request)
        if request.headers["Authorization"] != f"Basic {CREDENTIALS}" or "scope" not in form.fields:
            return web.json_response({"code": 4, "message": "credentials"}, status=401)
        self.tokens.append(f"token-{len(self.tokens)}")
        expires = int((time.time() + 1800) * 1000)
        return web.json_response({"access_token": self.tokens[-1], "expires_at": expires})

    def _knows(self, request: web.Request) -> bool:
        return request.headers.get("Authorization", "").removeprefix("Bearer ") in self.tokens

    async def _upload(self, request: web.Request) -> web.Response:
        if not self._knows(request):
            return web.json_response({"message": "who?"}, status=401)
        form = await read(request)
        file = form.files["file"]
        number = f"file-{len(self.files)}"
        self.files[number] = file.data
        return web.json_response(
            {"id": number, "object": "file", "bytes": len(self.files[number]), "created_at": 1,
             "filename": file.name, "purpose": form.fields["purpose"], "access_policy": "private"}
        )  # fmt: skip

    async def _delete(self, request: web.Request) -> web.Response:
        self.deleted.append(request.match_info["id"])
        return web.json_response({"id": request.match_info["id"], "deleted": True})

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        if not self._knows(request):
            return web.json_response({"message": "who?"}, status=401)
        for message in (await request.json())["messages"]:
            self.pictures += [self.files[number] for number in message.get("attachments", ())]
        return await self._speak(request)

    def _finish(self, say: Say) -> str:
        return "blacklist" if say.refused else say.finish

    def _refusal(self, say: Say) -> dict[str, Any]:
        return {"content": "Не люблю менять тему разговора, но…"} if say.refused else {}

    def _usage(self) -> dict[str, Any]:
        return {
            "prompt_tokens": 500,
            "completion_tokens": 300,
            "total_tokens": 800,
            "precached_prompt_tokens": 400,
        }
