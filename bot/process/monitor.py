"""The private port: metrics for Prometheus, health and readiness for process supervisors."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from bot.telegram.listen import listen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.process.health import Health
    from bot.process.metrics import Metrics


class Monitor:
    """Answers `/metrics`, `/healthz` (no new process is needed) and `/readyz` (photos are taken).

    Both tell what they miss, one thing a line, with status 503.
    """

    def __init__(self, health: Health, metrics: Metrics, *, host: str, port: int) -> None:
        """Listen at ``host``:``port``; port 0 serves nothing."""
        self._health = health
        self._metrics = metrics
        self._host = host
        self._port = port

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[None]:
        """Answer while the block runs. Raises SettingsError where the port is taken."""
        if self._port == 0:
            yield
            return
        app = web.Application()
        app.router.add_get("/metrics", self._expose)
        app.router.add_get("/healthz", self._healthy)
        app.router.add_get("/readyz", self._ready)
        runner = web.AppRunner(app, shutdown_timeout=1.0, access_log=None)
        async with listen(runner, self._host, self._port, setting="METRICS_PORT"):
            yield

    async def _expose(self, _request: web.Request) -> web.Response:
        body = self._metrics.expose(await self._health.depths() or ())
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _healthy(self, _request: web.Request) -> web.Response:
        return _answer([one.text for one in await self._health.troubles() if one.restart])

    async def _ready(self, _request: web.Request) -> web.Response:
        return _answer([one.text for one in await self._health.troubles()])


def _answer(troubles: list[str]) -> web.Response:
    if troubles:
        return web.Response(text="".join(f"{text}\n" for text in troubles), status=503)
    return web.Response(text="ok\n")
