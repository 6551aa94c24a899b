"""The editor put together from the settings."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aiohttp import web

from bot.editor_links import EditorLinks
from bot.telegram.listen import listen
from editor.app import application
from editor.context import EditorContext
from vitrina.settings.telegram import is_here

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.services import Services, WorkerContext
    from vitrina.settings import Settings

FRAMES: Final = ("https://web.telegram.org", "https://*.web.telegram.org")
"""Where Telegram's own pages are, which show the editor in a frame; its programs need none."""
CLOSING_SECONDS: Final = 5.0


def links(settings: Settings, token: str) -> EditorLinks | None:
    """Return the editor's addresses; None where there is no editor."""
    return None if settings.editor_url is None else EditorLinks(settings.editor_url, token)


@asynccontextmanager
async def serving(
    settings: Settings, services: Services, worker: WorkerContext | None
) -> AsyncIterator[None]:
    """Serve the editor while the block runs, if it has an address. Raises SettingsError."""
    found = links(settings, services.bot.token)
    if found is None or worker is None:
        yield
        return
    frames: tuple[str, ...] = FRAMES
    if is_here(settings.telegram_api_url):  # a Telegram to try the bot in shows its pages itself
        parts = urlsplit(settings.telegram_api_url)
        frames += (f"{parts.scheme}://{parts.netloc}",)
    app = application(EditorContext(services, worker, found, frames))
    # Whoever goes away waits for nothing: a touch that was overtaken leaves the model's queue.
    runner = web.AppRunner(
        app, access_log=None, shutdown_timeout=CLOSING_SECONDS, handler_cancellation=True
    )
    async with listen(runner, settings.editor_host, settings.editor_port, setting="EDITOR_PORT"):
        yield
