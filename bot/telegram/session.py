"""The connection to Telegram: base URL, time-outs, retry after a 429."""

from __future__ import annotations

from asyncio import sleep
from typing import TYPE_CHECKING, Any

import structlog
from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.session.middlewares.base import BaseRequestMiddleware
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import Response
from aiogram.utils.token import TokenValidationError
from aiohttp_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError

from bot.telegram.incoming import loads
from pipeline.errors import SettingsError

if TYPE_CHECKING:
    from aiogram.client.session.middlewares.base import NextRequestMiddlewareType
    from aiogram.methods import TelegramMethod
    from aiogram.methods.base import TelegramType

    from bot.process.metrics import Metrics

MAX_WAIT_SECONDS = 20
"""Seconds a call waits by itself; a longer 429 is the job engine's to wait out."""
REQUEST_SECONDS = 60.0
BROKEN = (OSError, EOFError, ProxyConnectionError, ProxyError, ProxyTimeoutError)
"""What aiohttp lets pass of a proxy that is away, refuses, or breaks off."""
GREETING_SECONDS = 3.0
"""Pause between two tries to reach Telegram at the start."""

log = structlog.get_logger(__name__)


class Session(AiohttpSession):
    """A session whose calls raise aiogram's errors only, and that keeps the models of the answers.

    pydantic drops `Response[...]` with its last reference, and would build it anew for each call.
    """

    def __init__(self, proxy: str | None = None, **settings: Any) -> None:
        """Take what AiohttpSession takes; all goes through ``proxy`` where one is given."""
        super().__init__(**settings)
        if proxy is not None:
            # Its certificates and its limit hold behind a proxy, too.
            kept = {name: self._connector_init[name] for name in ("ssl", "limit")}
            self.proxy = proxy
            self._connector_init |= kept
        self._answers: dict[type[TelegramMethod[Any]], type[Response[Any]]] = {}

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109 - aiogram's own signature
    ) -> TelegramType:
        """Make the request; whatever stands between here and Telegram, AiogramError is raised."""
        try:
            return await super().make_request(bot, method, timeout)
        except BROKEN as error:
            raise TelegramNetworkError(method, f"{type(error).__name__}: {error}") from error
        except (UnicodeError, LookupError) as error:  # not in the encoding that the answer names
            raise ClientDecodeError("Not a text", error, "") from error

    def check_response(
        self, bot: Bot, method: TelegramMethod[Any], status_code: int, content: str
    ) -> Response[Any]:
        """Read an answer."""
        if type(method) not in self._answers:
            self._answers[type(method)] = Response[method.__returning__]  # type: ignore[name-defined]  # known at run time only
        return super().check_response(bot, method, status_code, content)


class RetryAfterMiddleware(BaseRequestMiddleware):
    """Retries any method once after a short "too many requests"."""

    def __init__(self, metrics: Metrics | None = None) -> None:
        """``metrics`` counts how often it was asked to wait."""
        self._metrics = metrics

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[Any],
        bot: Bot,
        method: TelegramMethod[Any],
    ) -> Response[Any]:
        """Make the request, twice at most."""
        has_waited = False
        while True:
            try:
                return await make_request(bot, method)
            except TelegramRetryAfter as error:
                if self._metrics is not None:
                    self._metrics.told_to_wait(type(method).__name__)
                if has_waited or error.retry_after > MAX_WAIT_SECONDS:
                    raise
                log.warning("telegram asks to wait", seconds=error.retry_after)
                await sleep(error.retry_after)
                has_waited = True


def connect(
    token: str,
    base_url: str,
    metrics: Metrics | None = None,
    contact: BaseRequestMiddleware | None = None,
    proxy: str | None = None,
) -> Bot:
    """Make the bot; nothing is sent yet. Raises SettingsError where the token cannot be one.

    ``contact`` sees each call as it goes out, after the waiting for a short 429. ``proxy`` is an
    http://, socks4:// or socks5:// address with a port.
    """
    api = TelegramAPIServer.from_base(base_url)
    session = Session(proxy, api=api, timeout=REQUEST_SECONDS, json_loads=loads)
    session.middleware(RetryAfterMiddleware(metrics))
    if contact is not None:
        session.middleware(contact)
    try:
        return Bot(token, session=session, default=DefaultBotProperties(parse_mode=ParseMode.HTML))
    except TokenValidationError as error:
        raise SettingsError("BOT_TOKEN is no bot token; see docs/run-a-bot.md") from error


async def greet(bot: Bot) -> None:
    """Wait until Telegram answers. Raises SettingsError where it does not know the token."""
    while True:
        try:
            await bot.get_me()
        except TelegramUnauthorizedError as error:
            message = "Telegram does not know this BOT_TOKEN; see docs/run-a-bot.md"
            raise SettingsError(message) from error
        except (ClientDecodeError, TelegramAPIError) as error:
            log.warning("telegram does not answer yet", reason=str(error))
            await sleep(GREETING_SECONDS)
        else:
            return
