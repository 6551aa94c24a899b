"""Sends updates to the bot's webhook, one after the other, until each is taken."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from aiohttp import ClientError, ClientSession, ClientTimeout

from playground.api.forms import Form, plain
from playground.api.general import failed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playground.api.context import Context

SECRET: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
SECONDS: Final = 60.0
"""How long a webhook may take."""
PAUSES: Final = (0.2, 1.0, 3.0, 10.0)
"""Seconds between tries."""
LOOK: Final = 0.1
"""Seconds between two looks whether there is a webhook."""


async def push(context: Context, call: Callable[[str, Form], Awaitable[object]]) -> None:
    """Send updates for ever; ``call`` does what comes in a webhook's answer."""
    async with ClientSession(timeout=ClientTimeout(total=SECONDS)) as session:
        tries = 0
        while True:
            update = await context.chats.updates.first()
            webhook = context.webhook
            if not webhook.url:
                await asyncio.sleep(LOOK)
                continue
            headers = {SECRET: webhook.secret} if webhook.secret else {}
            try:
                async with session.post(webhook.url, json=update, headers=headers) as answer:
                    answer.raise_for_status()
                    said = await answer.json() if answer.content_type.endswith("json") else None
            except (ClientError, TimeoutError, ValueError) as error:
                failed(webhook, f"Wrong response from the webhook: {error}")
                await asyncio.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
                tries += 1
                continue
            tries = 0
            context.chats.updates.confirm(update["update_id"] + 1)
            if isinstance(said, dict) and isinstance(name := said.pop("method", None), str):
                await call(name, Form(plain(said)))
