"""The HTTP side: calls, downloads, and the answers' form."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import web

from playground.api import editing, general, sending
from playground.api.context import Context
from playground.api.faults import Faults
from playground.api.forms import MAX_BODY, Form, read
from playground.api.webhooks import push
from playground.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playground.chats.history import Chats

METHODS: Final = {
    name.lower(): method
    for name, method in (
        *general.METHODS.items(), *sending.METHODS.items(), *editing.METHODS.items(),
    )
}  # fmt: skip
"""Telegram takes their names in any case."""

log = structlog.get_logger(__name__)


class BotApi:
    """A Bot API server for one bot, over the chats."""

    def __init__(self, chats: Chats, token: str, context: Context | None = None) -> None:
        self.chats = chats
        self.token = token
        self.context = context or Context(chats)
        self.faults = Faults(chats.updates)

    def add_routes(self, app: web.Application) -> None:
        """Serve the Bot API in ``app``."""
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/{path:.+}", self._file)
        app.cleanup_ctx.append(self._pushing)

    async def _pushing(self, app: web.Application) -> AsyncIterator[None]:
        del app
        task = asyncio.create_task(push(self.context, self.do), name="webhook")
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def do(self, name: str, form: Form) -> object:
        """Do what a call asks. Raises RefusedError."""
        method = METHODS.get(name.lower())
        if method is None:
            raise RefusedError("Not Found: method not found", 404)
        return await method(self.context, form)

    async def _call(self, request: web.Request) -> web.Response:
        name = request.match_info["method"]
        try:
            self._check(request)
            form = await read(request)
            if (broken := await self.faults.strike(request, name)) is not None:
                return broken
            result = await self.do(name, form)
        except RefusedError as error:
            log.debug("refused", method=name, reason=str(error))
            self.chats.tell({"event": "refused", "method": name, "reason": str(error)})
            return web.json_response(error.body(), status=error.code)
        return web.json_response({"ok": True, "result": result})

    async def _file(self, request: web.Request) -> web.StreamResponse:
        try:
            self._check(request)
            if (broken := await self.faults.strike(request, "file")) is not None:
                return broken
        except RefusedError as error:
            return web.json_response(error.body(), status=error.code)
        kept = self.chats.files.at(request.match_info["path"])
        if kept is None:
            return web.json_response(RefusedError("Not Found", 404).body(), status=404)
        return web.Response(body=kept.data, content_type="application/octet-stream")

    def _check(self, request: web.Request) -> None:
        if request.match_info["token"] != self.token:
            raise RefusedError("Unauthorized", 401)


def application(api: BotApi) -> web.Application:
    """Return an application that serves the Bot API alone."""
    app = web.Application(client_max_size=MAX_BODY)
    api.add_routes(app)
    return app
