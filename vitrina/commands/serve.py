"""`vitrina bot` and `vitrina worker`: the processes that run until they are stopped."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

from bot.process.runner import serve, work
from bot.telegram.webhook import Webhook
from vitrina.assembly import front_end, worker_context

if TYPE_CHECKING:
    from vitrina.settings import Settings


WORKER_NICE = 10
"""A worker gives way to a front end and a database on the same machine: there somebody waits."""
SWITCH_SECONDS = 0.0005
"""How long a thread at work on pixels may hold the interpreter while the event loop waits for it.

An update takes some twenty hand-overs between the loop and the database's threads. In a minute of
5,000 taps among 2,000 photos on two cores the median answer took 27 s with Python's 5 ms, and 5 s
with this.
"""


async def run_bot(settings: Settings) -> None:
    """Talk to Telegram; with SQLite do the work too."""
    webhook = None
    if settings.webhook_url is not None:
        webhook = Webhook(settings.webhook_url, settings.webhook_host, settings.webhook_port)
    async with front_end(settings) as (services, work_too, supervision, beside):
        _settle()
        await serve(services, work_too, webhook, supervision, beside)


async def run_worker(settings: Settings) -> None:
    """Cut out and compose."""
    os.nice(WORKER_NICE)
    async with worker_context(settings) as (assembled, supervision):
        _settle()
        await work(assembled, supervision)


def _settle() -> None:
    """Keep the event loop quick: threads give way soon, and the garbage collector looks at less.

    It stopped everything to look at what stays until the end.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
