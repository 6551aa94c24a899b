"""`vitrina captions`: check a text against a market's rules; measure the providers."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from pipeline.captions import Length, Request, Tone, lint, parts_of, thumbnail
from pipeline.captions.evaluation import Shot, shoot, summary
from pipeline.captions.judge import Judge
from pipeline.captions.picture import whole
from pipeline.errors import NothingFoundError, PhotoError, SettingsError
from pipeline.markets import load_markets, market_names
from pipeline.photo.pool import Decoders
from pipeline.selection import Selection
from vitrina.commands.facts_table import words_for
from vitrina.commands.process import photos_in
from vitrina.describers import chat_model, named, providers
from vitrina.settings import CaptionProvider, Settings, read_settings
from vitrina.studio import open_studio

if TYPE_CHECKING:
    from pipeline.markets import TextRules

MARKET_HELP = f"Whose rules: {', '.join(market_names())}."

app = typer.Typer(help="Check texts and caption providers.", no_args_is_help=True)


def rules_of(market: str) -> TextRules:
    """Return a market's rules for texts. Raises SettingsError that names those there are."""
    markets = load_markets()
    rules = markets[market].text if market in markets else None
    if rules is None:
        known = ", ".join(name for name, one in markets.items() if one.text is not None)
        raise SettingsError(f"{market!r} has no rules for texts here; these have: {known}")
    return rules


@app.command("lint")
def lint_(
    text: Annotated[
        Path | None, typer.Argument(help="File with the text; standard input if none.")
    ] = None,
    market: Annotated[str, typer.Option(help=MARKET_HELP)] = "telegram",
) -> None:
    """Say which rules a text breaks. Exit status 1 where the market refuses it.

    What it only advises, or what is only commonly reported of it, is said as advice. The first line
    is the title, lines after a dash or a dot are bullets, `Keywords:` begins them.
    """
    rules, about = rules_of(market), load_markets()[market]
    flaws = lint(parts_of(text.read_text("utf-8") if text else sys.stdin.read()), rules)
    for flaw in sorted(flaws, key=lambda flaw: flaw.advised):
        typer.echo(f"advice, {flaw.rule}: {flaw}" if flaw.advised else f"{flaw.rule}: {flaw}")
    broken = any(not flaw.advised for flaw in flaws)
    if not broken:
        typer.echo(f"keeps the rules of {about.titles['en']}")
    typer.echo(f"rules as of {about.as_of}: {about.source}", err=True)
    if rules.unverified:
        names = ", ".join(rules.unverified)
        typer.echo(f"not verified on the market's own page: {names}", err=True)
    if broken:
        raise typer.Exit(1)


@app.command("evaluate")
def evaluate(
    *,
    photos: Annotated[
        Path,
        typer.Option(
            help="Folder of photos; NAME.txt beside one holds the seller's words.",
            exists=True,
            file_okay=False,
        ),
    ],
    provider: Annotated[
        list[CaptionProvider] | None, typer.Option(help="May be repeated; all set up if none.")
    ] = None,
    judge: Annotated[
        CaptionProvider | None, typer.Option(help="Whose model looks for invented facts.")
    ] = None,
    versions: Annotated[int, typer.Option(help="Captions per photo.", min=1, max=10)] = 2,
    market: Annotated[str, typer.Option(help=MARKET_HELP)] = "telegram",
    language: Annotated[str, typer.Option(help="A code or a name.")] = "ru",
    length: Annotated[Length, typer.Option(help="How long.")] = Length.MEDIUM,
    tone: Annotated[Tone, typer.Option(help="How it speaks.")] = Tone.SELLING,
    as_is: Annotated[
        bool, typer.Option("--as-is", help="Send photos whole, without cutting out.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--json", help="File to keep everything in.")
    ] = None,
) -> None:
    """Have photos described by providers, and measure what comes back."""
    rules_of(market)
    settings = read_settings()
    asked = provider or list(providers(settings))
    if not asked:
        raise SettingsError("no caption provider is set up; see docs/captions.md")
    wish = Request(b"", language, tone, market=market, length=length)
    shots = asyncio.run(_measured(settings, photos, asked, judge, versions, wish, as_is=as_is))
    by_provider = {name: summary([s for s in shots if s.provider == name]) for name in asked}
    Console().print(_table(by_provider))
    if output is not None:
        kept = {"summary": by_provider, "captions": [asdict(shot) for shot in shots]}
        output.write_text(json.dumps(kept, ensure_ascii=False, indent=2, default=str), "utf-8")


async def _measured(
    settings: Settings,
    folder: Path,
    asked: list[CaptionProvider],
    judged_by: CaptionProvider | None,
    versions: int,
    wish: Request,
    *,
    as_is: bool,
) -> list[Shot]:
    samples = await _samples(settings, folder, wish, as_is=as_is)
    model = None if judged_by is None else chat_model(settings, judged_by)
    judge = None if model is None else Judge(model)
    shots: list[Shot] = []
    try:
        for name in asked:
            describer = named(settings, name)
            try:
                shots += await shoot(
                    name, describer, samples, versions=versions, judge=judge, done=_tell
                )
            finally:
                await describer.aclose()
    finally:
        if model is not None:
            await model.aclose()
    return shots


async def _samples(
    settings: Settings, folder: Path, wish: Request, *, as_is: bool
) -> list[tuple[str, Request]]:
    samples: list[tuple[str, Request]] = []
    paths = await asyncio.to_thread(photos_in, folder)
    if as_is:
        with Decoders(workers=1) as decoders:
            for path in paths:
                data = await asyncio.to_thread(path.read_bytes)
                picture = whole(await asyncio.to_thread(decoders.decode, data))
                samples.append((path.name, replace(wish, picture=picture, facts=words_for(path))))
        return samples
    async with open_studio(settings) as studio:
        for path in paths:
            try:
                photo = await asyncio.to_thread(studio.decode, path.read_bytes())
                mask = Selection.of(await studio.choose(photo))
                cut = await asyncio.to_thread(studio.cut_out, photo, mask)
            except (PhotoError, NothingFoundError) as error:
                typer.echo(f"{path.name}: {error}", err=True)
                continue
            picture = await asyncio.to_thread(thumbnail, cut)
            samples.append((path.name, replace(wish, picture=picture, facts=words_for(path))))
    return samples


def _tell(shot: Shot) -> None:
    what = f"no caption: {shot.error}" if shot.error else f"{len(shot.text)} characters"
    typer.echo(
        f"{shot.provider} {shot.sample} #{shot.version}: {what}, {shot.seconds:.1f} s", err=True
    )


def _table(summaries: dict[CaptionProvider, dict[str, Any]]) -> Table:
    table = Table("", *summaries, box=None)
    for label, key, form in (
        ("captions written", "written", "{}"),
        ("of those asked for", "asked", "{}"),
        ("refused", "refused", "{}"),
        ("drafts that kept all rules", "drafts_clean", "{:.0%}"),
        ("texts that keep all rules", "rules_kept", "{:.0%}"),
        ("invented per draft, by rules", "invented_by_rules", "{:.2f}"),
        ("invented per text, by the judge", "invented_by_judge", "{:.2f}"),
        ("overlap of versions, mean", "alike_mean", "{:.0%}"),
        ("overlap of versions, most", "alike_most", "{:.0%}"),
        ("dollars in all", "cost", "{:.4f}"),
        ("seconds, median", "seconds_median", "{:.1f}"),
        ("seconds, most", "seconds_most", "{:.1f}"),
    ):
        cells = (one[key] for one in summaries.values())
        table.add_row(label, *("–" if cell is None else form.format(cell) for cell in cells))
    return table
