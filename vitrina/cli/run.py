"""Commands that run the bot, and those of its operator."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import SettingsError
from storage import private
from vitrina.cli.common import RequireGpu, app, start


@app.command()
def bot(*, require_gpu: RequireGpu = False) -> None:
    """Run the Telegram bot until it is stopped. Needs BOT_TOKEN, in the environment or in .env."""
    settings = start(require_gpu=require_gpu)
    settings.token()
    # aiogram takes seconds to import: what is wrong with the settings is told before, and the other
    # commands need no Telegram.
    from vitrina.commands import serve

    private.set_umask()
    asyncio.run(serve.run_bot(settings))


@app.command()
def worker(*, require_gpu: RequireGpu = False) -> None:
    """Cut out and compose for the bots of the same DATABASE_URL. Needs no BOT_TOKEN."""
    settings = start(require_gpu=require_gpu)
    from vitrina.commands import serve

    private.set_umask()
    asyncio.run(serve.run_worker(settings))


@app.command(name="try")
def try_out(
    *,
    port: Annotated[
        int | None, typer.Option(help="The page's port. Default: PLAYGROUND_PORT.", max=65535)
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the page's address, and open nothing.")
    ] = False,
) -> None:
    """Try the bot in a browser, without a token: a Telegram of one's own, on this machine."""
    try:
        from vitrina.commands import try_out as trying
    except ModuleNotFoundError as error:
        raise SettingsError("`vitrina try` runs from a clone of the repository") from error

    private.set_umask()
    settings = start()
    trying.run(settings, settings.playground_port if port is None else port, opens=not no_browser)


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="The folder to copy into.", file_okay=False)],
) -> None:
    """Copy the data folder, also while the bot runs. A second time copies only what is new."""
    from vitrina.commands import backup as backups

    private.set_umask()
    backups.run_backup(start(), target)


@app.command()
def restore(
    source: Annotated[
        Path, typer.Argument(help="A folder that `backup` has made.", exists=True, file_okay=False)
    ],
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Even where there is data.")] = False,
) -> None:
    """Put a backup back into the data folder. The bot must be stopped."""
    from vitrina.commands import backup as backups

    private.set_umask()
    backups.run_restore(start(), source, replace=replace)


@app.command()
def doctor() -> None:
    """Try all that the bot needs: Telegram, database, files, captions, memory, model.

    A line for each: ok, warn, or BAD with what to do. Exit status 1 where any is BAD.
    """
    from vitrina.commands import doctor as checkup

    try:
        settings = start()
    except SettingsError as error:
        typer.echo(f"BAD  settings: {error}")
        raise typer.Exit(1) from None
    if not asyncio.run(checkup.run(settings)):
        raise typer.Exit(1)
