"""A chat completions server that refuses what it does not know, and answers in its own shape."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web
from aiohttp.test_utils import TestServer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PIECE = 40
"""Characters per event of a stream."""


@dataclass(frozen=True)
class Rule:
    """A request that has ``refused`` in it gets this status and body."""

    refused: str
    status: int
    body: object

    def breaks(self, asked: Mapping[str, Any]) -> bool:
        kind = (asked.get("response_format") or {}).get("type")
        messages = asked["messages"]
        parts = [p for m in messages for p in m["content"] if isinstance(m["content"], list)]
        pictures = [p["image_url"] for p in parts if p["type"] == "image_url"]
        has = {
            f"{kind}",
            f"effort:{asked.get('reasoning_effort')}",
            f"model:{asked['model']}",
            *(f"{message['role']}" for message in messages),
            *(["picture"] if pictures else []),
            *(key for picture in pictures for key in picture),
            *asked,
        }
        return self.refused in has


def whole(content: str, model: str) -> object:
    """Answer as OpenAI does."""
    message = {"role": "assistant", "content": content}
    return {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 2000, "completion_tokens": 300, "total_tokens": 2300},
    }  # fmt: skip


def events(pieces: list[str], model: str) -> list[object]:
    """Stream as OpenAI does."""
    frame = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model}
    made: list[object] = [
        {**frame, "choices": [{"index": 0, "delta": {"content": one}, "finish_reason": None}]}
        for one in pieces
    ]
    made.append({**frame, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    usage = {"prompt_tokens": 2000, "completion_tokens": 300, "total_tokens": 2300}
    return [*made, {**frame, "choices": [], "usage": usage}]


@dataclass
class StrictServer:
    """The server: its rules, its answer, and all that it was asked."""

    content: str
    rules: list[Rule] = field(default_factory=list)
    whole: Callable[[str, str], object] = whole
    events: Callable[[list[str], str], list[object]] = events
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    models: dict[str, object] = field(default_factory=dict)
    """The pages of single models, by name."""
    url: str = ""

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_get("/v1/models/{name:.+}", self._model)
        self._server = TestServer(app)
        await self._server.start_server()
        self.url = str(self._server.make_url("/v1"))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.close()

    async def _model(self, request: web.Request) -> web.Response:
        page = self.models.get(request.match_info["name"])
        if page is None:
            return web.json_response({"error": {"message": "no such path"}}, status=404)
        return web.json_response(page)

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        self.asked.append(asked)
        self.headers.append(dict(request.headers))
        for rule in self.rules:
            if rule.breaks(asked):
                if isinstance(rule.body, str):
                    return web.Response(text=rule.body, status=rule.status)
                return web.json_response(rule.body, status=rule.status)
        if not asked.get("stream"):
            return web.json_response(self.whole(self.content, asked["model"]))
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        pieces = [self.content[i : i + PIECE] for i in range(0, len(self.content), PIECE)]
        for event in self.events(pieces, asked["model"]):
            line = event if isinstance(event, str) else f"data: {json.dumps(event)}\n\n"
            await response.write(line.encode())
        await response.write(b"data: [DONE]\n\n")
        return response
