"""The private port: metrics for Prometheus, health and readiness for whoever starts processes."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from pipeline.errors import StorageError
from storage import job_rows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.metrics import Metrics
    from storage.database import Database
    from storage.files import FileStore

DATABASE_SECONDS = 2.0


class Monitor:
    """Answers `/metrics`, `/healthz` (the loop turns) and `/readyz` (photos are taken)."""

    def __init__(
        self, database: Database, files: FileStore, metrics: Metrics, *, host: str, port: int
    ) -> None:
        """Say where; port 0 is nowhere."""
        self._database = database
        self._metrics = metrics
        self._files = files
        self._host = host
        self._port = port

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[None]:
        """Answer while the block runs."""
        if self._port == 0:
            yield
            return
        app = web.Application()
        app.router.add_get("/metrics", self._expose)
        app.router.add_get("/healthz", self._healthy)
        app.router.add_get("/readyz", self._ready)
        runner = web.AppRunner(app, shutdown_timeout=1.0, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port).start()
            yield
        finally:
            await runner.cleanup()

    async def _expose(self, _request: web.Request) -> web.Response:
        depths = await self._depths()
        body = self._metrics.expose(depths or ())
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _healthy(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _ready(self, _request: web.Request) -> web.Response:
        if await self._depths() is None:
            return web.Response(text="the database does not answer\n", status=503)
        if self._files.is_full:
            return web.Response(text="the disk is full\n", status=503)
        return web.Response(text="ok\n")

    async def _depths(self) -> list[job_rows.Depth] | None:
        """Ask how much is queued; None where the database does not answer."""
        try:
            with self._database.turns.urgently():
                async with asyncio.timeout(DATABASE_SECONDS), self._database.read() as connection:
                    return await job_rows.depths(connection)
        except (SQLAlchemyError, StorageError, TimeoutError):
            return None
