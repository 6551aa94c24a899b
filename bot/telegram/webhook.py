"""A front end that Telegram calls: https://core.telegram.org/bots/api#setwebhook."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiogram.exceptions import TelegramBadRequest
from aiohttp import web

from bot.telegram.background_tasks import BRIEF
from bot.telegram.incoming import loads
from bot.telegram.listen import listen
from pipeline.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiogram import Bot, Dispatcher
    from aiogram.methods import TelegramMethod

    from bot.telegram.incoming import Reader

CLOSING_SECONDS = 10.0
MAX_UPDATE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram calls, ``url``, and where the front end listens behind the proxy."""

    url: str
    host: str
    port: int


@asynccontextmanager
async def listening(
    dispatcher: Dispatcher, bot: Bot, reader: Reader, webhook: Webhook
) -> AsyncIterator[None]:
    """Take updates at the webhook's path; at the end let those under way finish.

    Every front end announces the same URL and secret, so it does not matter which came last.
    What is JSON but no update that can be read is confirmed: Telegram would bring it for ever.
    """
    secret = hashlib.sha256(f"webhook:{bot.token}".encode()).hexdigest()
    app = web.Application(client_max_size=MAX_UPDATE_BYTES)

    async def called(request: web.Request) -> web.Response:
        told = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        # aiohttp keeps bytes that are no UTF-8 as halves of surrogate pairs.
        if not secrets.compare_digest(told.encode(errors="surrogateescape"), secret.encode()):
            return web.Response(status=401)
        try:
            update = reader.read(loads(await request.read()))
        except ValueError:
            return web.Response(status=400)
        if update is None:
            return web.json_response({})
        answer = await dispatcher.feed_update(bot, update)
        return web.json_response(reply_of(answer) if isinstance(answer, BRIEF) else {})

    app.router.add_post(urlsplit(webhook.url).path or "/", called)
    runner = web.AppRunner(app, shutdown_timeout=CLOSING_SECONDS, access_log=None)
    async with listen(runner, webhook.host, webhook.port, setting="WEBHOOK_PORT"):
        try:
            await bot.set_webhook(
                webhook.url,
                secret_token=secret,
                allowed_updates=dispatcher.resolve_used_update_types(),
                max_connections=100,
            )
        except TelegramBadRequest as error:
            raise SettingsError(f"Telegram refuses WEBHOOK_URL: {error.message}") from error
        yield


def reply_of(method: TelegramMethod[Any]) -> dict[str, Any]:
    """Write a brief answer as the body that confirms its update."""
    fields = method.model_dump(mode="json", exclude_none=True)
    return {"method": method.__api_method__, **fields}
