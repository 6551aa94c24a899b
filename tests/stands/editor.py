"""The editor's page, as a test plays it: a client that says who it is as Telegram would."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import numpy as np
from aiohttp.test_utils import TestClient, TestServer

from bot.editor_links import EditorLinks
from editor.app import application
from editor.context import EditorContext
from tests.stands.server import TOKEN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from aiohttp import ClientResponse
    from aiohttp.web import Application, Request
    from numpy.typing import NDArray

    from tests.stands.bot import Stand

URL = "https://bot.example.org"
LINKS = EditorLinks(URL, TOKEN)


def signed(
    user: int, *, age: float = 0, token: str = TOKEN, language: str = "ru", **more: str
) -> str:
    """Sign initData by the algorithm of Telegram's documentation, not by the bot's library."""
    told = {
        "auth_date": str(int(time.time() - age)),
        "query_id": "AAF",
        "user": json.dumps({"id": user, "first_name": "Аня", "language_code": language}),
        **more,
    }
    lines = "\n".join(f"{name}={told[name]}" for name in sorted(told))
    key = hmac.digest(b"WebAppData", token.encode(), "sha256")
    told["hash"] = hmac.new(key, lines.encode(), hashlib.sha256).hexdigest()
    return urlencode(told)


class Page:
    """An open page of one user's, about one photo."""

    def __init__(
        self, client: TestClient[Request, Application], user: int, photo: int, **how: Any
    ) -> None:
        self.client = client
        self.key = LINKS.key(photo)
        self.headers = {"Authorization": f"tma {signed(user, **how)}"}

    async def ask(
        self, method: str, path: str = "", *, key: str | None = None, **more: Any
    ) -> ClientResponse:
        address = f"/editor/api/{self.key if key is None else key}{path}"
        headers = {**self.headers, **more.pop("headers", {})}
        return await self.client.request(method, address, headers=headers, **more)

    async def touch(self, *clicks: tuple[float, float, int], **more: Any) -> ClientResponse:
        told = [{"x": x, "y": y, "label": label} for x, y, label in clicks]
        return await self.ask("POST", "/touch", json={"clicks": told, "sequence": 7, **more})


@asynccontextmanager
async def open_editor(stand: Stand) -> AsyncIterator[TestClient[Request, Application]]:
    """Serve a stand's editor on a port of its own."""
    frames = ("https://web.telegram.org",)
    context = EditorContext(stand.services, stand.worker, LINKS, frames)
    async with TestClient(TestServer(application(context))) as client:
        yield client


def unpacked(mask: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Read a mask of the page's, (h, w) bool."""
    runs = [int(run) for run in mask["runs"].split(",")]
    flat = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    return flat.reshape(mask["h"], mask["w"])
