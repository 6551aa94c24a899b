"""The demo writer behind OpenAI's chat completions, so that the bot asks it like any other."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Final

from aiohttp import web

from playground.errors import RefusedError
from playground.writer.listings import asked, listing

if TYPE_CHECKING:
    from playground.errors import Json

PATH: Final = "/writer/v1"
MODEL: Final = "demo"
PIECE: Final = 40
"""Characters of an event of a stream."""


def add_routes(app: web.Application) -> None:
    """Serve the writer in ``app``."""
    app.router.add_post(f"{PATH}/chat/completions", _complete)
    app.router.add_get(f"{PATH}/models", _models)


async def _models(request: web.Request) -> web.Response:
    del request
    return web.json_response({"object": "list", "data": [{"id": MODEL, "object": "model"}]})


async def _complete(request: web.Request) -> web.StreamResponse:
    try:
        body = await request.json()
        question = asked(body["messages"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RefusedError("no chat completion") from error
    made = await asyncio.to_thread(listing, question)
    content = json.dumps(made, ensure_ascii=False)
    if not body.get("stream"):
        message = {"role": "assistant", "content": content}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return web.json_response(_frame("chat.completion") | {"choices": [choice], "usage": USAGE})
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for start in range(0, len(content), PIECE):
        delta = {"index": 0, "delta": {"content": content[start : start + PIECE]}}
        await _write(response, {"choices": [{**delta, "finish_reason": None}]})
    end = {"index": 0, "delta": {}, "finish_reason": "stop"}
    await _write(response, {"choices": [end]})
    await _write(response, {"choices": [], "usage": USAGE})
    await response.write(b"data: [DONE]\n\n")
    return response


USAGE: Final = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def _frame(kind: str) -> Json:
    return {"id": "demo", "object": kind, "created": int(time.time()), "model": MODEL}


async def _write(response: web.StreamResponse, event: Json) -> None:
    frame = _frame("chat.completion.chunk") | event
    await response.write(f"data: {json.dumps(frame, ensure_ascii=False)}\n\n".encode())
