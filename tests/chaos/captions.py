"""A server that speaks OpenAI's chat completions, and fails each product once, as it is told."""

from __future__ import annotations

import asyncio
import json

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.e2e.chat_stand import LISTINGS

MOODS = ("429", "500", "hang", "malformed", "refusal", "empty")


class Captions:
    """The mood is named in the seller's own words, `mood-429`; the second time it answers well."""

    def __init__(self) -> None:
        self.failed: dict[str, int] = {}

    async def start(self) -> None:
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", self._complete)
        self._server = TestServer(app)
        await self._server.start_server()
        self.url = str(self._server.make_url("/v1"))

    async def stop(self) -> None:
        await self._server.close()

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        asked = await request.text()
        mood = next((mood for mood in MOODS if f"mood-{mood}" in asked), "")
        if mood and self.failed.get(mood, 0) < self.times(mood):
            self.failed[mood] = self.failed.get(mood, 0) + 1
            return await self._fail(mood)
        return self._answer(json.dumps(LISTINGS[len(self.failed) % 3], ensure_ascii=False))

    @staticmethod
    def times(mood: str) -> int:
        """How often a mood lasts: longer than the client's own retries."""
        return 1 if mood in {"refusal", "hang"} else 3

    async def _fail(self, mood: str) -> web.StreamResponse:
        if mood == "hang":
            await asyncio.sleep(120)
        if mood in {"429", "500"}:
            return web.json_response({"error": {"message": mood}}, status=int(mood))
        if mood == "malformed":
            return self._answer('{"title": "Вещь')
        if mood == "refusal":
            return self._answer(None, refusal="I cannot help with that.")
        return self._answer("")

    def _answer(self, content: str | None, refusal: str | None = None) -> web.Response:
        message = {"role": "assistant", "content": content, "refusal": refusal}
        return web.json_response(
            {
                "id": "mock",
                "object": "chat.completion",
                "created": 1,
                "model": "gpt-4o",
                "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
                "usage": {"prompt_tokens": 900, "completion_tokens": 120, "total_tokens": 1020},
            }
        )
