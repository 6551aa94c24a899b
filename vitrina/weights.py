"""`vitrina weights`: list and fetch the models' weights."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn
from rich.table import Table

from pipeline.weights import State, fetch
from vitrina.settings import read_settings
from vitrina.studio import HEAD, weights_store

app = typer.Typer(help="List and fetch the models' weights.", no_args_is_help=True)


@app.command("list")
def list_() -> None:
    """Show every file of weights: what it is for, its size, its licence, whether it is here."""
    store = weights_store(read_settings())
    table = Table("name", "file", "MB", "state", "licence", "for", box=None)
    for name in store.manifest.names:
        weight = store.manifest.entry(name)
        size = f"{weight.bytes / 1e6:,.1f}"
        state = store.state(name).value
        table.add_row(name, weight.file, size, state, weight.licence, weight.purpose)
    Console().print(table)


@app.command("fetch")
def fetch_(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Models or files, as `list` names them; the configured model if none."),
    ] = None,
) -> None:
    """Fetch weights and verify them. A download that broke off goes on where it stopped."""
    settings = read_settings()
    store = weights_store(settings)
    wanted = [
        weight.name
        for name in names or [settings.model.value, HEAD]
        for weight in store.manifest.for_model(name)
    ]
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=console) as progress:
        for name in wanted:
            if store.state(name) is State.OK:
                console.print(f"{name}: here and verified")
                continue
            task = progress.add_task(name, total=store.manifest.entry(name).bytes)
            fetch(store, name, progress=partial(_show, progress, task))
            console.print(f"{name}: fetched and verified")


def _show(progress: Progress, task: TaskID, done: int, total: int) -> None:
    progress.update(task, completed=done, total=total)
