"""The command `vitrina`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from pipeline.captions import TELEGRAM, Length, Tone
from pipeline.errors import SettingsError, VitrinaError
from pipeline.markets import market_names
from storage import private
from vitrina.commands import admin, captions, weights
from vitrina.commands import examples as showcase
from vitrina.commands import process as batch
from vitrina.commands import sheet as sheets
from vitrina.logging import set_up_logging
from vitrina.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

app = typer.Typer(
    name="vitrina",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(admin.app, name="admin")
app.add_typer(captions.app, name="captions")
app.add_typer(weights.app, name="weights")

log = structlog.get_logger(__name__)

FOREGROUND_HELP = (
    "How the product is found: head, a saliency network of the manifest, both as head+NAME, "
    "largest-mask, grabcut."
)


def _tell_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"vitrina {metadata.version('vitrina')}")
        raise typer.Exit


@app.callback()
def main_options(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Print the version.",
            callback=lambda wanted: _tell_version(wanted=wanted),
            is_eager=True,
        ),
    ] = False,
) -> None:
    """Product photos from a phone, cut out and put on a clean background, with a caption."""
    del version


RequireGpu = Annotated[
    bool, typer.Option("--require-gpu", help="Refuse to start without a GPU, as REQUIRE_GPU does.")
]


@app.command()
def bot(*, require_gpu: RequireGpu = False) -> None:
    """Run the Telegram bot until it is stopped. Needs BOT_TOKEN, in the environment or in .env."""
    settings = _start(require_gpu=require_gpu)
    settings.token()
    # aiogram takes seconds to import: what is wrong with the settings is told before, and the other
    # commands need no Telegram.
    from vitrina.commands import serve

    private.set_umask()
    asyncio.run(serve.run_bot(settings))


@app.command()
def worker(*, require_gpu: RequireGpu = False) -> None:
    """Cut out and compose for the bots of the same DATABASE_URL. Needs no BOT_TOKEN."""
    settings = _start(require_gpu=require_gpu)
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
    settings = _start()
    trying.run(settings, settings.playground_port if port is None else port, opens=not no_browser)


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="The folder to copy into.", file_okay=False)],
) -> None:
    """Copy the data folder, also while the bot runs. A second time copies only what is new."""
    from vitrina.commands import backup as backups

    private.set_umask()
    backups.run_backup(_start(), target)


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
    backups.run_restore(_start(), source, replace=replace)


@app.command()
def process(
    *,
    input_folder: Annotated[
        Path, typer.Option(help="Folder with the photos.", exists=True, file_okay=False)
    ],
    output_folder: Annotated[
        Path, typer.Option(help="Folder for the results, one folder per photo.", file_okay=False)
    ],
    add_background: Annotated[
        str,
        typer.Option(
            help="blue, grad, green, pink-white-1, pink-white-2, white, or a path to a picture."
        ),
    ] = "white",
    format: Annotated[  # noqa: A002 - the option's name
        str,
        typer.Option(
            help="The market's where none is given; centred, original, square, portrait, story, or "
            "a market's name."
        ),
    ] = "",
    margin: Annotated[
        str, typer.Option(help="Free space around the product: usual, narrow, wide.")
    ] = "usual",
    shadow: Annotated[
        str, typer.Option(help="usual (the background's), soft, floating, none.")
    ] = "usual",
    workers: Annotated[int, typer.Option(help="Photos in work at a time.", min=1, max=64)] = 2,
    foreground: Annotated[str, typer.Option(help=f"{FOREGROUND_HELP} Default: FOREGROUND.")] = "",
    language: Annotated[str, typer.Option(help="The captions' language: a code or a name.")] = "ru",
    market: Annotated[
        list[str] | None,
        typer.Option(
            help="Where you sell: its picture and its listing. Several, with commas between or "
            f"repeated, have a folder each: {', '.join(market_names())}. Default: telegram."
        ),
    ] = None,
    tone: Annotated[Tone, typer.Option(help="How captions speak.")] = Tone.SELLING,
    length: Annotated[
        Length | None, typer.Option(help="How long captions are. Default: as the market has them.")
    ] = None,
    card: Annotated[
        list[str] | None,
        typer.Option(
            help="Make product cards as well: their templates, with commas between or repeated, "
            "or all (docs/cards.md)."
        ),
    ] = None,
    brand: Annotated[
        Path | None,
        typer.Option(help="The look of the cards, a TOML file.", exists=True, dir_okay=False),
    ] = None,
    facts: Annotated[
        Path | None,
        typer.Option(
            help="What is known of each photo: a CSV table (docs/batch.md).",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    cut_anyway: Annotated[
        bool,
        typer.Option(
            "--cut-anyway",
            help="Cut out also what is transparent around already, or seems to show no product.",
        ),
    ] = False,
    enlarge: Annotated[
        bool, typer.Option("--enlarge", help="Make photos too small for the format larger, softly.")
    ] = False,
) -> None:
    """Cut out every photo of a folder and put it on a background.

    Per photo: the original, a picture of the segments, the cut-out with transparency, the picture
    on the background, and the caption where a provider is set up (docs/captions.md). A text file
    of a photo's name beside it holds the seller's words. What is there already is not made again.
    What is passed over is named, and so are photos too small. Exit status 1 where any photo failed.
    """
    markets = batch.markets_named(market or [TELEGRAM])
    cards = batch.cards_named(card or (), brand)
    settings = _start()
    if foreground:
        settings = settings.model_copy(update={"foreground": foreground})
    failed = asyncio.run(
        batch.run(
            settings,
            batch.photos_in(input_folder),
            output=output_folder,
            background=add_background,
            look=batch.Look(format, margin, shadow, opaque=cut_anyway, enlarge=enlarge),
            workers=workers,
            words=batch.Words(language, tone, length, markets, facts),
            cards=cards,
        )
    )
    if failed:
        raise typer.Exit(1)


@app.command()
def sheet(
    input_folder: Annotated[
        Path, typer.Option(help="Folder with the photos.", exists=True, file_okay=False)
    ],
    output: Annotated[Path, typer.Option(help="The JPEG to write.", dir_okay=False)],
    backgrounds: Annotated[
        str, typer.Option(help="Presets or groups of them, with commas between, or all.")
    ] = "",
    shadow: Annotated[
        str, typer.Option(help="usual, soft (it stands), lying (seen from above), floating, none.")
    ] = "usual",
) -> None:
    """Draw one picture of a folder's photos, their cut-outs, and each on the first presets.

    An HTML report of the same name is written beside it.
    """
    settings = _start()
    names = [name.strip() for name in backgrounds.split(",") if name.strip()]
    if asyncio.run(sheets.run(settings, batch.photos_in(input_folder), output, names, shadow)):
        raise typer.Exit(1)


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
    names = [*(foreground or ()), *_renamed("--way", way)] or ["head", "largest-mask", "grabcut"]
    if comparison.run(_start(), paths, names, output):
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

    old = _renamed("--prior", [prior] if prior else None)
    first = foreground or next(iter(old), "head")
    names = evaluation.Names(first, beside or (), alone or ())
    evaluation.run(_start(), photos, masks, names=names, target=json)


@app.command()
def examples(
    photos: Annotated[
        list[Path], typer.Argument(help="The photos to show.", exists=True, dir_okay=False)
    ],
    output_folder: Annotated[Path, typer.Option(help="Folder for the pictures.", file_okay=False)],
) -> None:
    """Draw what the bot shows for /examples: each photo beside its result."""
    settings = _start()
    asyncio.run(showcase.run(settings, photos, output_folder))


@app.command()
def doctor() -> None:
    """Try all that the bot needs: Telegram, database, files, captions, memory, model.

    A line for each: ok, warn, or BAD with what to do. Exit status 1 where any is BAD.
    """
    from vitrina.commands import doctor as checkup

    try:
        settings = _start()
    except SettingsError as error:
        typer.echo(f"BAD  settings: {error}")
        raise typer.Exit(1) from None
    if not asyncio.run(checkup.run(settings)):
        raise typer.Exit(1)


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
    benchmark.run(_start(), options, json)


def _start(*, require_gpu: bool = False) -> Settings:
    settings = read_settings()
    if require_gpu:
        settings = settings.model_copy(update={"require_gpu": True})
    set_up_logging(settings)
    return settings


def _renamed(option: str, values: Sequence[str] | None) -> Sequence[str]:
    """Take the values of an option's old name, and warn where it was used."""
    if values:
        typer.echo(f"vitrina: {option} is now called --foreground", err=True)
    return values or ()


def main() -> None:
    """Run the command line; what cannot work becomes one line and exit status 1.

    Errors outside the tree keep their traceback: they are the program's own faults.
    """
    try:
        app()
    except (VitrinaError, OSError) as error:
        typer.echo(f"vitrina: {error}", err=True)
        sys.exit(1)
    except BaseExceptionGroup as group:
        ours, others = group.split((VitrinaError, OSError))
        if ours is None or others is not None:
            raise
        for one in _leaves(ours):
            typer.echo(f"vitrina: {one}", err=True)
        sys.exit(1)


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    """Return a group's errors, those of the groups in it too."""
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
