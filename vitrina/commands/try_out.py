"""`vitrina try`: the real bot against a Telegram on this machine, and a page to write to it."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import sys
import tempfile
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer
from dotenv import dotenv_values

from pipeline.errors import SettingsError
from playground.serving import serving
from playground.writer.server import MODEL
from vitrina.settings import ENV_FILE, HOME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playground.page.key import Key
    from playground.serving import Playground
    from vitrina.settings import Settings

SAMPLES: Final = HOME / "samples"
LEFT_OUT: Final = (
    "ALLOWED_USERS", "BLOCKED_USERS", "DATABASE_URL", "DATA_DIR", "FILES_URL", "METRICS_PORT",
    "TELEGRAM_PROXY", "WEBHOOK_URL", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy",
)  # fmt: skip
"""Settings of a bot in service that mean nothing here."""
CAPTIONS: Final = (
    "OPENAI_API_KEY", "COMPATIBLE_BASE_URL", "GIGACHAT_CREDENTIALS", "BLIP_DIR",
)  # fmt: skip
"""Any of them is a caption service of one's own."""
LOG: Final = "bot.log"
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
    """Run the bot until it is to stop; start it anew with each key that comes from the page."""
    asked = asyncio.create_task(stopped.wait())
    settings = environment(playground, token, folder)
    while not asked.done():
        bot = await _start_bot(settings, folder)
        ended = asyncio.create_task(bot.wait())
        ready = asyncio.create_task(_announced(playground))
        key = asyncio.create_task(playground.keys.get())
        await asyncio.wait({ended, asked, key}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if ended.done():
            typer.echo((folder / LOG).read_text("utf-8", "replace"), err=True)
            raise typer.Exit(1)
        bot.terminate()
        try:
            await asyncio.wait_for(ended, STOP_SECONDS)
        except TimeoutError:
            bot.kill()
        if key.done():
            settings = _with_key(settings, key.result())
            _not_ready(playground)
        key.cancel()


async def _start_bot(settings: Mapping[str, str], folder: Path) -> asyncio.subprocess.Process:
    """Start the real bot in ``folder``, which the log is written into."""
    with (folder / LOG).open("ab") as out:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "vitrina", "bot",
            env=settings, cwd=folder, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip


def _not_ready(playground: Playground) -> None:
    playground.api.chats.updates.polled.clear()
    playground.api.chats.tell({"event": "ready", "ready": False})


async def _announced(playground: Playground) -> None:
    chats = playground.api.chats
    await chats.updates.polled.wait()
    chats.tell({"event": "ready", "ready": True})


def environment(playground: Playground, token: str, folder: Path) -> dict[str, str]:
    """Return what the bot is started with: captions as set or by the demo writer, else its own."""
    given = {
        name: value for name, value in dotenv_values(ENV_FILE).items() if value is not None
    } | dict(os.environ)
    for name in LEFT_OUT:
        given.pop(name, None)
    if not any(given.get(name, "").strip() for name in CAPTIONS):
        given |= {
            "COMPATIBLE_BASE_URL": playground.writer_url,
            "COMPATIBLE_MODEL": MODEL,
            "CAPTION_PRICES": f"{MODEL}=0/0/0",
            # The demo writer knows no other questions.
            "CAPTION_MODELS_READ": "false",
            "CAPTION_MODELS_CHOOSE": "false",
        }
    editor = free_port()
    return given | {
        "EDITOR_URL": f"http://127.0.0.1:{editor}",
        "EDITOR_HOST": "127.0.0.1",
        "EDITOR_PORT": str(editor),
        "BOT_TOKEN": token,
        "TELEGRAM_API_URL": playground.url,
        "DATA_DIR": str(folder / "data"),
        "NO_PROXY": "127.0.0.1",
    }


def free_port() -> int:
    """Return a port of this machine that nobody has: the page of the editor needs to know it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _with_key(settings: Mapping[str, str], key: Key) -> dict[str, str]:
    """Return the settings with a key in the place of the demo writer."""
    demo = {
        "COMPATIBLE_BASE_URL",
        "COMPATIBLE_MODEL",
        "CAPTION_PRICES",
        "CAPTION_MODELS_READ",
        "CAPTION_MODELS_CHOOSE",
    }
    is_demo = settings.get("COMPATIBLE_MODEL") == MODEL
    kept = {name: value for name, value in settings.items() if not (is_demo and name in demo)}
    return kept | key.settings()
