"""The connection to Telegram: base URL, time-outs, patience with 429."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import structlog
from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.session.middlewares.base import BaseRequestMiddleware
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.exceptions import TelegramRetryAfter

if TYPE_CHECKING:
    from aiogram.client.session.middlewares.base import NextRequestMiddlewareType
    from aiogram.methods import Response, TelegramMethod

LONGEST_WAIT = 20
"""Seconds a call waits by itself; a longer 429 is the job engine's to wait out."""
REQUEST_SECONDS = 60.0

log = structlog.get_logger(__name__)


class Patience(BaseRequestMiddleware):
    """Waits out a short "too many requests" and asks once more, whatever the method."""

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[Any],
        bot: Bot,
        method: TelegramMethod[Any],
    ) -> Response[Any]:
        """Make the request, twice at most."""
        try:
            return await make_request(bot, method)
        except TelegramRetryAfter as error:
            if error.retry_after > LONGEST_WAIT:
                raise
            log.warning("telegram asks to wait", seconds=error.retry_after)
            await asyncio.sleep(error.retry_after)
            return await make_request(bot, method)


def connect(token: str, base_url: str) -> Bot:
    """Make the bot. Nothing is sent yet."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(base_url), timeout=REQUEST_SECONDS)
    session.middleware(Patience())
    return Bot(token, session=session, default=DefaultBotProperties(parse_mode=ParseMode.HTML))
