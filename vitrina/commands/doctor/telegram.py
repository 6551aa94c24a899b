"""Whether Telegram knows the token, and where it sends updates."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aiogram.exceptions import AiogramError, TelegramNotFound, TelegramUnauthorizedError

from bot.telegram.session import connect
from vitrina.commands.doctor.finding import Finding, bad, ok, warn
from vitrina.environment import telegram_proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiogram import Bot
    from aiogram.types import WebhookInfo

    from vitrina.settings import Settings

ANSWER_SECONDS = 10
RECENT = timedelta(hours=1)
"""A failure that Telegram tells of counts for this long."""


async def token(settings: Settings) -> Finding:
    """Ask Telegram whose token it is."""
    if settings.bot_token is None:
        return warn("BOT_TOKEN is not set: `vitrina bot` will not start, `vitrina process` will")
    async with _bot(settings) as bot:
        try:
            me = await bot.get_me(request_timeout=ANSWER_SECONDS)
        except (TelegramUnauthorizedError, TelegramNotFound):
            return bad("Telegram does not know this BOT_TOKEN: copy it anew from @BotFather")
        except AiogramError as error:
            return bad(
                f"Telegram does not answer at {settings.telegram_api_url}: {error}; check the "
                "network, TELEGRAM_PROXY, or TELEGRAM_API_URL"
            )
    return ok(f"@{me.username} at {settings.telegram_api_url}")


async def webhook(settings: Settings) -> Finding:
    """Ask Telegram whether it calls somebody, and how that goes."""
    if settings.bot_token is None:
        return ok("no token, no updates")
    async with _bot(settings) as bot:
        try:
            info = await bot.get_webhook_info(request_timeout=ANSWER_SECONDS)
        except AiogramError as error:
            return bad(f"cannot be asked for: {error}")
    return judge(info, settings.webhook_url)


def judge(info: WebhookInfo, url: str | None) -> Finding:
    """Hold what Telegram has been told against WEBHOOK_URL."""
    if url is None:
        if info.url:
            return warn("one is set, and the bot removes it at its start: WEBHOOK_URL is empty")
        return ok(f"none, the bot polls; {info.pending_update_count} updates wait")
    if not info.url:
        return ok("not set yet: the bot sets it at its start")
    if info.url != url:
        return warn("set to another address than WEBHOOK_URL: the bot sets it at its start")
    failed = info.last_error_date
    if failed is not None and datetime.now(UTC) - failed < RECENT:
        told = f"Telegram could not deliver at {failed:%H:%M} UTC: {info.last_error_message}"
        advice = "check the proxy before WEBHOOK_PORT and its certificate"
        return (bad if info.pending_update_count else warn)(f"{told}; {advice}")
    return ok(f"{url}; {info.pending_update_count} updates wait")


@asynccontextmanager
async def _bot(settings: Settings) -> AsyncIterator[Bot]:
    proxy = telegram_proxy(settings.telegram_proxy, settings.telegram_api_url)
    bot = connect(settings.token(), settings.telegram_api_url, proxy=proxy)
    try:
        yield bot
    finally:
        await bot.session.close()
