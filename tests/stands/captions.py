"""A server that speaks OpenAI's chat completions, each listing unlike the one before."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.stands.completions import completion


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


class Captions:
    """The server: what it was asked, and whether and how fast it answers."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.asked: list[dict[str, Any]] = []
        """Questions about words and candidates, by themselves."""
        self.questions: dict[str, Any] = {
            "reading": {"wishes": [], "colour": "", "facts": "", "certainty": "unsure"},
            "verdict": {"number": 0, "box": [], "certainty": "unsure"},
        }
        """What they are answered, by the name of the schema."""
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
        body = await request.json()
        name = body.get("response_format", {}).get("json_schema", {}).get("name", "")
        if name in self.questions:
            self.asked.append(body)
        else:
            self.requests.append(body)
        if not self.up:
            return web.json_response({"error": {"message": "down"}}, status=400)
        if name in self.questions:
            return web.json_response(completion(json.dumps(self.questions[name])))
        listing = LISTINGS[len(self.requests) % len(LISTINGS)]
        content = json.dumps(listing, ensure_ascii=False)
        if self.pace and self.requests[-1].get("stream"):
            return await self._stream(request, content)
        return web.json_response(completion(content))

    async def _stream(self, request: web.Request, content: str) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        frame = {"id": "mock", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o"}
        for start in range(0, len(content), 20):
            delta = {"content": content[start : start + 20]}
            await self._event(response, {**frame, "choices": [{"index": 0, "delta": delta}]})
            await asyncio.sleep(self.pace)
        last = {"index": 0, "delta": {}, "finish_reason": "stop"}
        await self._event(response, {**frame, "choices": [last]})
        usage = completion(content)["usage"]
        await self._event(response, {**frame, "choices": [], "usage": usage})
        await response.write(b"data: [DONE]\n\n")
        return response

    async def _event(self, response: web.StreamResponse, event: dict[str, Any]) -> None:
        await response.write(f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode())
