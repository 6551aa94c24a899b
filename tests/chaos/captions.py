"""A caption server that fails each product once, as it is told."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from tests.stands import captions
from tests.stands.completions import completion

MOODS = ("429", "500", "hang", "malformed", "refusal", "empty")


class Captions(captions.Captions):
    """The mood is named in the seller's own words, `mood-429`; later it answers well."""

    def __init__(self) -> None:
        super().__init__()
        self.failed: dict[str, int] = {}

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        asked = await request.text()
        if '"listing"' not in asked:  # a question about words, or about candidates
            return await super()._complete(request)
        mood = next((mood for mood in MOODS if f"mood-{mood}" in asked), "")
        if mood and self.failed.get(mood, 0) < self.times(mood):
            self.failed[mood] = self.failed.get(mood, 0) + 1
            return await self._fail(mood)
        return await super()._complete(request)

    @staticmethod
    def times(mood: str) -> int:
        """How often a mood lasts: longer than the client's own retries."""
        return 1 if mood in {"refusal", "hang"} else 3

    async def _fail(self, mood: str) -> web.StreamResponse:
        if mood == "hang":
            await asyncio.sleep(120)
        if mood in {"429", "500"}:
            return web.json_response({"error": {"message": mood}}, status=int(mood))
        bodies: dict[str, dict[str, Any]] = {
            "malformed": completion('{"title": "Вещь'),
            "refusal": completion(None, refusal="I cannot help with that."),
        }
        return web.json_response(bodies.get(mood, completion("")))
