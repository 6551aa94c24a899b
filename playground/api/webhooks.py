"""Sends updates to the bot's webhook, as many at a time as it takes, until each is taken."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from itertools import chain, repeat
from typing import TYPE_CHECKING, Final

from aiohttp import ClientError, ClientSession, ClientTimeout

from playground.api.forms import Form, plain
from playground.api.general import failed
from playground.errors import RefusedError

if TYPE_CHECKING:
    from playground.api.context import Context, Webhook
    from playground.errors import Json

SECRET: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
SECONDS: Final = 60.0
"""How long a webhook may take."""
PAUSES: Final = (0.2, 1.0, 3.0, 10.0)
"""Seconds between tries."""
LOOK: Final = 0.1
"""Seconds between two looks whether there is a webhook."""

Call = Callable[[str, Form], Awaitable[object]]
"""Does what comes in a webhook's answer: a method and its fields. Raises RefusedError."""


async def push(context: Context, call: Call) -> None:
    """Send updates for ever."""
    sending: dict[int, asyncio.Task[None]] = {}
    async with ClientSession(timeout=ClientTimeout(total=SECONDS)) as session:
        try:
            while True:
                update = await context.chats.updates.first(but=sending)
                webhook = context.webhook
                if not webhook.url:
                    await asyncio.sleep(LOOK)
                    continue
                number = update["update_id"]
                task = asyncio.create_task(_until_taken(session, context, webhook, update, call))
                sending[number] = task
                task.add_done_callback(partial(_ended, context, sending, number))
                if len(sending) >= webhook.connections:
                    await asyncio.wait(sending.values(), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in sending.values():
                task.cancel()


def _ended(
    context: Context, sending: dict[int, asyncio.Task[None]], number: int, task: asyncio.Task[None]
) -> None:
    """Look again: the update may still wait, for another webhook or to come a second time."""
    del sending[number]
    context.chats.updates.wake()
    if not task.cancelled():
        task.result()


async def _until_taken(
    session: ClientSession, context: Context, webhook: Webhook, update: Json, call: Call
) -> None:
    """Send an update again and again; give up where the webhook is another by now."""
    headers = {SECRET: webhook.secret} if webhook.secret else {}
    for pause in chain(PAUSES, repeat(PAUSES[-1])):
        if context.webhook is not webhook:
            return
        try:
            url = context.resolve(webhook.url)
            async with session.post(url, json=update, headers=headers) as answer:
                answer.raise_for_status()
                said = await answer.json() if answer.content_type.endswith("json") else None
        except (ClientError, TimeoutError, ValueError) as error:
            failed(webhook, f"Wrong response from the webhook: {error}")
            await asyncio.sleep(pause)
            continue
        context.chats.updates.taken(update["update_id"])
        if isinstance(said, dict) and isinstance(name := said.pop("method", None), str):
            # Telegram tells nobody what became of it.
            with suppress(RefusedError):
                await call(name, Form(plain(said)))
        return
