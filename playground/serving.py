"""All of it on one port of this machine: the Bot API and the page."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiohttp import web

from playground.api.forms import MAX_BODY
from playground.api.server import BotApi
from playground.chats.history import Chats
from playground.page.routes import Page, local_only
from playground.writer import server as writer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playground.page.key import Key

HOST: Final = "127.0.0.1"
CLOSING_SECONDS: Final = 1.0
"""How long open pages may hold up the end."""


@dataclass(frozen=True, slots=True)
class Playground:
    """What runs: the Bot API, where the page is, and keys for captions that come from it."""

    api: BotApi
    url: str
    keys: asyncio.Queue[Key]

    @property
    def writer_url(self) -> str:
        """Where the demo writer answers as OpenAI's chat completions do."""
        return f"{self.url}{writer.PATH}"


@asynccontextmanager
async def serving(token: str, samples: Path, port: int) -> AsyncIterator[Playground]:
    """Serve while the block runs; port 0 takes a free one. Raises OSError for a taken one."""
    api = BotApi(Chats(), token)
    app = web.Application(client_max_size=MAX_BODY, middlewares=[local_only])
    api.add_routes(app)
    writer.add_routes(app)
    keys: asyncio.Queue[Key] = asyncio.Queue(1)
    Page(api, samples, keys).add_routes(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=CLOSING_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, port)
        await site.start()
        bound = runner.addresses[0][1]
        yield Playground(api, f"http://{HOST}:{bound}", keys)
    finally:
        await runner.cleanup()
