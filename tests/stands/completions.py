"""A server that speaks OpenAI's chat completions: each answer once, the last for ever."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def completion(content: str | None = None, **message: Any) -> dict[str, Any]:
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4o-2024-11-20",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": content, **message},
            },
        ],
        "usage": {
            "prompt_tokens": 2000,
            "completion_tokens": 300,
            "total_tokens": 2300,
            "prompt_tokens_details": {"cached_tokens": 1000},
        },
    }


@dataclass
class Service:
    """What is asked of the server, and what it answers, in this order."""

    url: str = ""
    answers: list[Callable[[web.Request], Awaitable[web.StreamResponse]]] = field(
        default_factory=list,
    )
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def says(self, body: object, status: int = 200) -> Service:
        async def respond(_: web.Request) -> web.StreamResponse:
            return web.json_response(body, status=status)

        return self.does(respond)

    def does(self, respond: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Service:
        self.answers.append(respond)
        return self

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.bodies.append(await request.json())
        self.headers.append(dict(request.headers))
        self.asked.set()
        respond = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return await respond(request)
