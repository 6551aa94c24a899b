"""Commands that make pictures of a folder's photos."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from pipeline.captions import TELEGRAM, Length, Tone
from pipeline.markets import market_names
from vitrina.cli.common import FOREGROUND_HELP, app, start
from vitrina.commands import examples as showcase
from vitrina.commands import process as batch
from vitrina.commands import sheet as sheets

SHADOWS = "usual, soft (it stands), lying (seen from above), floating, none."


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
        typer.Option(help="A preset of backgrounds/presets.toml, or a path to a picture."),
    ] = "white",
    format: Annotated[  # noqa: A002 - the option's name
        str,
        typer.Option(
            help="centred, original, square, portrait, story, or a market's name. Default: the "
            "market's where it has one."
        ),
    ] = "",
    margin: Annotated[
        str, typer.Option(help="Free space around the product: usual, narrow, wide.")
    ] = "usual",
    shadow: Annotated[str, typer.Option(help=SHADOWS)] = "usual",
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
    card_templates: Annotated[
        Path | None,
        typer.Option(
            help="A folder of further templates (docs/cards.md).", exists=True, file_okay=False
        ),
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
    settings = start()
    if card_templates:
        settings = settings.model_copy(update={"card_templates_dir": card_templates})
    cards = batch.cards_named(card or (), brand, settings.card_templates_dir)
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
    shadow: Annotated[str, typer.Option(help=SHADOWS)] = "usual",
) -> None:
    """Draw one picture of a folder's photos, their cut-outs, and each on the first presets.

    An HTML report of the same name is written beside it.
    """
    settings = start()
    names = [name.strip() for name in backgrounds.split(",") if name.strip()]
    if asyncio.run(sheets.run(settings, batch.photos_in(input_folder), output, names, shadow)):
        raise typer.Exit(1)


@app.command()
def examples(
    photos: Annotated[
        list[Path], typer.Argument(help="The photos to show.", exists=True, dir_okay=False)
    ],
    output_folder: Annotated[Path, typer.Option(help="Folder for the pictures.", file_okay=False)],
) -> None:
    """Draw what the bot shows for /examples: each photo beside its result."""
    settings = start()
    asyncio.run(showcase.run(settings, photos, output_folder))
