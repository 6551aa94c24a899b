"""Whether updates can come: what Telegram answered to the calls that bring them or tell of them."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog
from aiogram.client.session.middlewares.base import BaseRequestMiddleware
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)

from bot.process.health import Trouble

if TYPE_CHECKING:
    from aiogram import Bot
    from aiogram.client.session.middlewares.base import NextRequestMiddlewareType
    from aiogram.methods import Response, TelegramMethod
    from aiogram.types import WebhookInfo

    from bot.process.metrics import Metrics

SILENCE_SECONDS = 120.0
"""Telegram must have answered one of the ``METHODS`` within this time."""
LOOK_SECONDS = 30.0
"""How often a front end with a webhook asks what has become of it: an idle one hears nothing."""
METHODS = frozenset({"getMe", "getUpdates", "setWebhook", "getWebhookInfo"})
CODES: Final[tuple[tuple[type[AiogramError], str], ...]] = (
    (TelegramConflictError, "409"),
    (TelegramUnauthorizedError, "401"),
    (TelegramNotFound, "404"),
    (TelegramForbiddenError, "403"),
    (TelegramRetryAfter, "429"),
    (TelegramServerError, "5xx"),
    (TelegramBadRequest, "400"),
    (TelegramNetworkError, "network"),
    (ClientDecodeError, "unreadable"),
)
"""What the metric calls an error; the first that fits."""

log = structlog.get_logger(__name__)


class ConnectionHealth(BaseRequestMiddleware):
    """Records how the calls end by which updates come, and lets other calls pass.

    An idle bot is well: its polls come back empty, or its webhook is in place and Telegram tells
    of no failure.
    """

    def __init__(self, metrics: Metrics) -> None:
        """Begin with no answer yet."""
        self._metrics = metrics
        self._answered: float | None = None
        self._ended = time.monotonic()
        self._refusal: str | None = None
        self._undelivered: str | None = None
        metrics.poll_age(self.age)

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[Any],
        bot: Bot,
        method: TelegramMethod[Any],
    ) -> Response[Any]:
        """Make the request."""
        if method.__api_method__ not in METHODS:
            return await make_request(bot, method)
        try:
            response = await make_request(bot, method)
        except AiogramError as error:
            self._failed(error)
            raise
        self._answered = self._ended = time.monotonic()
        if method.__api_method__ != "getMe":  # which works beside a rival, too
            self._refusal = None
        return response

    def age(self) -> float:
        """Return the seconds since the last answer, or since the start where there was none."""
        return time.monotonic() - (self._ended if self._answered is None else self._answered)

    def trouble(self) -> Trouble | None:
        """Tell why no updates can come. A new process helps where calls have stopped ending."""
        if self._refusal is not None:
            return Trouble(self._refusal)
        if self._answered is None:
            return Trouble("Telegram has not answered yet")
        if (age := self.age()) > SILENCE_SECONDS:
            hangs = time.monotonic() - self._ended > SILENCE_SECONDS
            return Trouble(f"Telegram has not answered for {age:.0f} seconds", restart=hangs)
        return None if self._undelivered is None else Trouble(self._undelivered)

    async def watch_webhook(self, bot: Bot, url: str) -> None:
        """Ask again and again, until cancelled, whether Telegram delivers to ``url``."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                info = await bot.get_webhook_info()
            except AiogramError as error:
                log.warning("the webhook cannot be looked at", reason=str(error))
                continue
            self._undelivered = undelivered(info, url)
            if self._undelivered is not None:
                log.warning("no updates come", reason=self._undelivered)

    def _failed(self, error: AiogramError) -> None:
        self._ended = time.monotonic()
        code = next((code for kind, code in CODES if isinstance(error, kind)), "other")
        self._metrics.poll_failed(code)
        if code == "409":
            self._refusal = f"another process takes this bot's updates: {error}"
        elif code in {"401", "404"}:
            self._refusal = "Telegram refuses the token in BOT_TOKEN"


def undelivered(info: WebhookInfo, url: str) -> str | None:
    """Tell why Telegram's calls do not arrive at ``url``; None where they do, as far as is known.

    Telegram tells of the newest failure, of any front end's, long after: what counts is one within
    ``SILENCE_SECONDS`` with updates that still wait.
    """
    if info.url != url:
        return "the webhook was removed, or set to another address"
    since = datetime.now(UTC) - timedelta(seconds=SILENCE_SECONDS)
    recent = info.last_error_date is not None and info.last_error_date >= since
    if recent and info.pending_update_count:
        reason = info.last_error_message or "no reason given"
        return f"Telegram cannot deliver {info.pending_update_count} updates: {reason}"
    return None
