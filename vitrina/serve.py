"""`vitrina bot` and `vitrina worker`: the processes that run until they are stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.runner import serve, work
from bot.webhook import Webhook
from vitrina.assembly import front_end, workshop

if TYPE_CHECKING:
    from vitrina.settings import Settings


async def run_bot(settings: Settings) -> None:
    """Talk to Telegram; with SQLite do the work too."""
    webhook = None
    if settings.webhook_url is not None:
        webhook = Webhook(settings.webhook_url, settings.webhook_host, settings.webhook_port)
    async with front_end(settings) as (services, work_too, beside):
        await serve(services, work_too, webhook, beside)


async def run_worker(settings: Settings) -> None:
    """Cut out and compose."""
    async with workshop(settings) as (assembled, beside):
        await work(assembled, beside)
