"""`vitrina try`: the real bot against a Telegram on this machine, and a page to write to it."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
import tempfile
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer
from dotenv import dotenv_values

from pipeline.errors import SettingsError
from playground.serving import serving
from vitrina.settings import ENV_FILE, HOME

if TYPE_CHECKING:
    from playground.serving import Playground
    from vitrina.settings import Settings

SAMPLES: Final = HOME / "samples"
LEFT_OUT: Final = (
    "ALLOWED_USERS", "BLOCKED_USERS", "DATABASE_URL", "DATA_DIR", "FILES_URL", "METRICS_PORT",
    "TELEGRAM_PROXY", "WEBHOOK_URL", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy",
)  # fmt: skip
"""Settings of a bot in service that mean nothing here."""
STOP_SECONDS: Final = 30.0


def run(settings: Settings, port: int, *, opens: bool) -> None:
    """Serve until Ctrl+C. Raises SettingsError beside a real token, and for a taken port."""
    if settings.bot_token is not None:
        raise SettingsError("BOT_TOKEN is set: `vitrina try` has a Telegram of its own; unset it")
    try:
        asyncio.run(_serve(port, opens=opens))
    except OSError as error:
        message = f"port {port} cannot be had ({error.strerror}): set PLAYGROUND_PORT to another"
        raise SettingsError(message) from error


async def _serve(port: int, *, opens: bool) -> None:
    token = f"424242:{secrets.token_urlsafe(26)}"
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    with tempfile.TemporaryDirectory(prefix="vitrina-try-") as folder:
        async with serving(token, SAMPLES, port) as playground:
            typer.echo(f"The bot in your browser: {playground.url}  (Ctrl+C ends it)")
            if opens:
                await asyncio.to_thread(webbrowser.open, playground.url)
            await _bot_beside(playground, token, Path(folder), stopped)


async def _bot_beside(
    playground: Playground, token: str, folder: Path, stopped: asyncio.Event
) -> None:
    """Run the bot until it is to stop, or stops by itself."""
    log = folder / "bot.log"
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "vitrina", "bot",
            env=environment(playground.url, token, folder), cwd=folder,
            stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    ended = asyncio.create_task(process.wait())
    asked = asyncio.create_task(stopped.wait())
    ready = asyncio.create_task(_announced(playground))
    await asyncio.wait({ended, asked}, return_when=asyncio.FIRST_COMPLETED)
    ready.cancel()
    asked.cancel()
    if ended.done():
        typer.echo(log.read_text("utf-8", "replace"), err=True)
        raise typer.Exit(1)
    process.terminate()
    try:
        await asyncio.wait_for(ended, STOP_SECONDS)
    except TimeoutError:
        process.kill()


async def _announced(playground: Playground) -> None:
    chats = playground.api.chats
    await chats.updates.polled.wait()
    chats.tell({"event": "ready", "ready": True})


def environment(url: str, token: str, folder: Path) -> dict[str, str]:
    """Return what the bot's process is started with: captions as set, all else its own."""
    given = {
        name: value for name, value in dotenv_values(ENV_FILE).items() if value is not None
    } | dict(os.environ)
    for name in LEFT_OUT:
        given.pop(name, None)
    return given | {
        "BOT_TOKEN": token,
        "TELEGRAM_API_URL": url,
        "DATA_DIR": str(folder / "data"),
        "NO_PROXY": "127.0.0.1",
    }
