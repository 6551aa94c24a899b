"""`vitrina weights`: list and fetch the models' weights."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn
from rich.table import Table

from pipeline.foreground import Head
from pipeline.weights import State
from pipeline.weights.fetch import fetch
from vitrina import environment
from vitrina.commands.process import photos_in
from vitrina.commands.variants import Variant, make
from vitrina.settings import Model, read_settings
from vitrina.studio import HEAD, load_segmenter, weights_store

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
    environment.check()
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


@app.command("variant")
def variant_(
    kind: Annotated[Variant, typer.Argument(help="int8 is faster on a CPU, fp16 on a GPU.")],
    photos: Annotated[
        Path, typer.Option(help="Photos to compare the cut-outs of.", exists=True, file_okay=False)
    ],
) -> None:
    """Make a smaller MobileSAM encoder, and keep it if it cuts the photos out alike.

    Its mean IoU with the whole encoder's cut-outs must be 0.995. ENCODER=int8 or fp16 uses it.
    """
    settings = read_settings()
    store = weights_store(settings)
    encoder, decoder = (store.path(w.name) for w in store.manifest.for_model(Model.MOBILE_SAM))
    head = Head(store.path(HEAD), threads=settings.threads)
    segmenter = load_segmenter(settings, settings.foreground, head)
    make(encoder, decoder, kind, photos_in(photos), segmenter)


def _show(progress: Progress, task: TaskID, done: int, total: int) -> None:
    progress.update(task, completed=done, total=total)
