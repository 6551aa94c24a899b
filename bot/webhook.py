"""A front end that Telegram calls: https://core.telegram.org/bots/api#setwebhook."""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiogram import Bot, Dispatcher

CLOSING_SECONDS = 10.0
LARGEST_UPDATE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram calls, ``url``, and where the front end listens behind the proxy."""

    url: str
    host: str
    port: int


@asynccontextmanager
async def listening(dispatcher: Dispatcher, bot: Bot, webhook: Webhook) -> AsyncIterator[None]:
    """Take updates at the webhook's path; at the end let those under way finish.

    Every front end announces the same URL and secret, so it does not matter which came last.
    """
    secret = hashlib.sha256(f"webhook:{bot.token}".encode()).hexdigest()
    app = web.Application(client_max_size=LARGEST_UPDATE)
    # The bot's session stays open: jobs that finish at the end still need it.
    handler = SimpleRequestHandler(dispatcher, bot, handle_in_background=False, secret_token=secret)
    app.router.add_post(urlsplit(webhook.url).path or "/", handler.handle)
    runner = web.AppRunner(app, shutdown_timeout=CLOSING_SECONDS, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, webhook.host, webhook.port).start()
        await bot.set_webhook(
            webhook.url,
            secret_token=secret,
            allowed_updates=dispatcher.resolve_used_update_types(),
            max_connections=100,
        )
        yield
    finally:
        await runner.cleanup()
