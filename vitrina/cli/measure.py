"""Commands that measure the cut-outs, and this installation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vitrina.cli.common import FOREGROUND_HELP, app, renamed, start
from vitrina.commands import process as batch


@app.command()
def compare(
    input_folder: Annotated[
        Path, typer.Option(help="Folder with the photos.", exists=True, file_okay=False)
    ],
    output: Annotated[Path, typer.Option(help="The JPEG to write.", dir_okay=False)],
    foreground: Annotated[
        list[str] | None, typer.Option(help=f"{FOREGROUND_HELP} May be repeated.")
    ] = None,
    way: Annotated[list[str] | None, typer.Option(hidden=True)] = None,
) -> None:
    """Draw each photo's cut-out by several ways, with time and memory: a picture and a page.

    Without --foreground: head, largest-mask and grabcut.
    """
    from vitrina.commands import compare as comparison

    paths = batch.photos_in(input_folder)
    names = [*(foreground or ()), *renamed("--way", way)] or ["head", "largest-mask", "grabcut"]
    if comparison.run(start(), paths, names, output):
        raise typer.Exit(1)


@app.command()
def evaluate(
    photos: Annotated[
        Path, typer.Option(help="Folder with the photos.", exists=True, file_okay=False)
    ],
    masks: Annotated[
        Path,
        typer.Option(help="Folder with outlines of the same stems.", exists=True, file_okay=False),
    ],
    json: Annotated[Path, typer.Option(help="The JSON file to write.", dir_okay=False)],
    foreground: Annotated[
        str | None, typer.Option(help=f"{FOREGROUND_HELP} Default: head.", show_default=False)
    ] = None,
    prior: Annotated[str | None, typer.Option(hidden=True)] = None,
    beside: Annotated[
        list[str] | None, typer.Option(help="Another way, by its own answer; may be repeated.")
    ] = None,
    alone: Annotated[
        list[str] | None,
        typer.Option(help="A map by itself, without SAM: u2net, isnet=FILE, head; repeatable."),
    ] = None,
) -> None:
    """Measure the cut-outs on photos whose product is outlined, white on black.

    IoU, boundary IoU, S-measure, weighted F, error; the best of the offers; after 1, 2, 3 taps and
    with a box; how true the confidence is. Per photo and in all, with 95 % intervals by object
    (photos NAME_1, NAME_2 show one object), and by kind, a folder within for each. A table and the
    worst twenty are written beside the JSON file.
    """
    from vitrina.commands import evaluate as evaluation

    old = renamed("--prior", [prior] if prior else None)
    first = foreground or next(iter(old), "head")
    names = evaluation.Names(first, beside or (), alone or ())
    evaluation.run(start(), photos, masks, names=names, target=json)


@app.command()
def bench(
    photo: Annotated[Path, typer.Option(help="The photo to measure with.", exists=True)],
    json: Annotated[Path | None, typer.Option(help="Write the figures there too.")] = None,
    repeats: Annotated[int, typer.Option(help="Runs, of which the median counts.", min=1)] = 5,
    u2net: Annotated[Path | None, typer.Option(help="U²-Net's weights, to run rembg.")] = None,
    isnet: Annotated[Path | None, typer.Option(help="IS-Net's weights, to run rembg.")] = None,
    memory_photos: Annotated[
        int,
        typer.Option("--memory-photos", "--flat", help="Photos to watch the memory over.", min=25),
    ] = 48,
    *,
    official: Annotated[
        bool, typer.Option("--official", help="Compare with the official SAM's predictor too.")
    ] = False,
) -> None:
    """Measure how fast this installation is, each figure as a ratio within the same run."""
    from vitrina.commands import bench as benchmark

    options = benchmark.BenchOptions(photo, repeats, u2net, isnet, memory_photos, official=official)
    benchmark.run(start(), options, json)
