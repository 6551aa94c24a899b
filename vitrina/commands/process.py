"""`vitrina process`: the batch command's face, with its progress bar and its summary."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import MofNCompleteColumn, Progress

from pipeline.captions import TELEGRAM, CaptionsOff, Length, Tone
from pipeline.cards.brand_file import read_brand
from pipeline.cards.rules import is_further
from pipeline.cards.templates import load_templates
from pipeline.cards.values import DEFAULT_BRAND
from pipeline.compose import load_choices
from pipeline.errors import BackdropError, SettingsError
from pipeline.markets import load_markets
from pipeline.photo.enlarge import least_side
from pipeline.photo.formats import SUFFIXES
from vitrina.commands.batch import ALL_CARDS, BatchOptions, Outcome, Wish, process
from vitrina.commands.facts_table import read_facts
from vitrina.commands.text_files import readable
from vitrina.commands.uploads import write_uploads
from vitrina.describers import describer as make_describer
from vitrina.studio import open_studio

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.backdrops import Backdrop
    from pipeline.cards.values import Brand
    from pipeline.compose import Style
    from pipeline.markets import Market
    from pipeline.markets.picture import Breach
    from pipeline.studio import Studio
    from vitrina.settings import Settings


@dataclass(frozen=True, slots=True)
class Look:
    """The names of the style's choices, and what is to be done to the photos before.

    ``format`` empty is the market's. ``opaque`` and ``enlarge`` are those of `BatchOptions`.
    """

    format: str = ""
    margin: str = "usual"
    shadow: str = "usual"
    opaque: bool = False
    enlarge: bool = False

    @property
    def name(self) -> str:
        """Tell this look from others."""
        done = [name for name in ("opaque", "enlarge") if getattr(self, name)]
        return " ".join((self.format, self.margin, self.shadow, *done))

    def style(self, market: Market) -> Style:
        """Build the style of a picture for a market. Raises StyleError for an unknown name."""
        choices = load_choices()
        own = market.name if market.picture is not None else next(iter(choices.formats))
        style = choices.style(self.format or own, margin=self.margin, shadow=self.shadow)
        if style.rules is None and market.picture is not None:
            style = replace(style, rules=market.picture)
        return style


@dataclass(frozen=True, slots=True)
class Cards:
    """Which templates of cards are to be made, and the file of the brand, None for none."""

    templates: tuple[str, ...] = ()
    brand: Path | None = None

    @property
    def name(self) -> str:
        """Tell these cards from others; empty where there are none."""
        if not self.templates:
            return ""
        told = b"" if self.brand is None else self.brand.read_bytes()
        return f" cards {','.join(self.templates)} {hashlib.sha256(told).hexdigest()[:8]}"


def cards_named(names: Iterable[str], brand: Path | None, own: Path | None = None) -> Cards:
    """Read templates' names, with commas between or one by one, or `ALL_CARDS`.

    ``own`` is the folder of further templates. Raises CardError for another.
    """
    found = tuple(dict.fromkeys(one.strip() for name in names for one in name.split(",")))
    if ALL_CARDS in found:
        found = (ALL_CARDS,)
    for name in found:
        if name != ALL_CARDS:
            load_templates(own).get(name)
    return Cards(found, brand)


@dataclass(frozen=True, slots=True)
class Words:
    """How the captions are to be written, and the table of facts, None for none."""

    language: str = "ru"
    tone: Tone = Tone.SELLING
    length: Length | None = None
    markets: tuple[str, ...] = (TELEGRAM,)
    facts: Path | None = None

    def length_for(self, market: Market) -> Length:
        """Return how long a text for a market is: as asked, else as that market has it."""
        own = Length.MEDIUM if market.text is None else market.text.length
        return self.length or own


def markets_named(names: Iterable[str]) -> tuple[str, ...]:
    """Read markets' names, with commas between or one by one. Raises SettingsError for another."""
    found = tuple(dict.fromkeys(one.strip() for name in names for one in name.split(",")))
    if odd := [name for name in found if name not in load_markets()]:
        raise SettingsError(f"no market {odd[0]!r}; there are {', '.join(load_markets())}")
    return found


def photos_in(folder: Path) -> list[Path]:
    """List what a folder has of pictures, by their names. Raises SettingsError for none."""
    photos = sorted(path for path in folder.iterdir() if _is_picture(path))
    if not photos:
        raise SettingsError(f"there are no pictures in {folder}; they end in {' '.join(SUFFIXES)}")
    return photos


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()


def passed_over(folder: Path, photos: list[Path], facts: Path | None = None) -> list[str]:
    """Name what a folder has beside its photos and their words; hidden files are nobody's."""
    known = {*photos, *(photo.with_suffix(".txt") for photo in photos)}
    return sorted(
        readable(path.name) + "/" * path.is_dir()
        for path in folder.iterdir()
        if path not in known
        and not path.name.startswith(".")
        and not (facts is not None and path.samefile(facts))
    )


async def run(
    settings: Settings,
    photos: list[Path],
    *,
    output: Path,
    background: str,
    look: Look,
    workers: int,
    words: Words,
    cards: Cards,
) -> int:
    """Process photos and return how many failed. Raises VitrinaError before the first."""
    console = Console(stderr=True)
    facts = {} if words.facts is None else await asyncio.to_thread(read_facts, words.facts)
    if others := await asyncio.to_thread(passed_over, photos[0].parent, photos, words.facts):
        console.print(f"Skipped, not pictures by their names: {', '.join(others)}", markup=False)
    describer = make_describer(settings)
    try:
        async with open_studio(settings) as studio:
            backdrop = await asyncio.to_thread(_backdrop, studio, background)
            markets = [load_markets()[name] for name in words.markets]
            white = await asyncio.to_thread(studio.preset, "white")
            several = tuple(
                Wish(
                    market.name,
                    look.style(market),
                    white if market.wants_white else backdrop,
                    words.length_for(market),
                    f"{market.name}/",
                )
                for market in markets
            )
            brand = await _brand(studio, cards.brand)
            options = BatchOptions(
                output=output,
                backdrop_name=background,
                backdrop=backdrop,
                style_name=look.name + cards.name,
                style=look.style(markets[0]),
                language=words.language,
                tone=words.tone,
                length=words.length_for(markets[0]),
                market=markets[0].name,
                several=several if len(several) > 1 else (),
                captioned=not isinstance(describer, CaptionsOff),
                opaque=look.opaque,
                enlarge=look.enlarge,
                cards=cards.templates,
                brand=brand,
                facts=facts,
            )
            with Progress(
                *Progress.get_default_columns(), MofNCompleteColumn(), console=console
            ) as bar:
                task = bar.add_task("photos", total=len(photos))

                def done(outcome: Outcome) -> None:
                    for colour, line in _lines(outcome, options):
                        bar.console.print(f"[{colour}]{escape(line)}")
                    bar.advance(task)

                outcomes = await process(
                    photos, options, studio, describer, workers=workers, done=done
                )
    finally:
        await describer.aclose()
    failed = sum(outcome.error is not None for outcome in outcomes)
    skipped = sum(outcome.skipped for outcome in outcomes)
    console.print(
        f"{len(outcomes) - failed - skipped} done, {skipped} there already, {failed} failed; "
        f"results in {output}"
    )
    for market in words.markets if cards.templates else ():
        if is_further(market):
            console.print(f"{market} wants no text on the main picture: cards are further ones.")
    for upload in await asyncio.to_thread(write_uploads, photos, options):
        console.print(f"All listings for the market's upload: {upload}")
    if not options.captioned:
        console.print("Captions are off: no provider is set up (docs/captions.md).")
    return failed


async def _brand(studio: Studio, path: Path | None) -> Brand:
    """Read a brand, and cut its logo out where it has a background."""
    if path is None:
        return DEFAULT_BRAND
    told = await asyncio.to_thread(read_brand, path)
    if told.logo is None:
        return told.brand
    data = await asyncio.to_thread(told.logo.read_bytes)
    photo = await asyncio.to_thread(studio.decode, data)
    logo = await studio.cut_logo(photo, insist=True)
    return replace(told.brand, logo=logo)


def _lines(outcome: Outcome, options: BatchOptions) -> Iterator[tuple[str, str]]:
    """Tell what there is to tell of one photo, each line with its colour."""
    name = readable(outcome.source.name)
    if outcome.error is not None:
        yield "red", f"{name}: {outcome.error}"
    elif outcome.caption_error is not None:
        yield "yellow", f"{name}: no caption: {outcome.caption_error}"
    if outcome.small is not None:
        wide, high = outcome.small
        least = least_side(options.style)
        line = f"small, {wide}x{high} pixels; --enlarge makes the picture at least {least} pixels"
        yield "yellow", f"{name}: {line} a side"
    for missing in outcome.missing:
        yield "yellow", f"{name}: {missing}"
    for market, breach in outcome.broken:
        yield "yellow", f"{name}: {said_of(market, breach)}"


def said_of(market: str, breach: Breach) -> str:
    """Say what a market refuses, or what it only advises."""
    asked = f"{breach.rule!r}: {breach.found}, wanted {breach.wanted}"
    return f"{market} advises {asked}" if breach.advised else f"breaks {market}'s rule {asked}"


def _backdrop(studio: Studio, name: str) -> Backdrop:
    """Take a preset's name, or a path to a picture."""
    if any(preset.name == name for preset in studio.presets):
        return studio.preset(name)
    path = Path(name)
    if not path.is_file():
        known = ", ".join(preset.name for preset in studio.presets)
        raise BackdropError(f"{name!r} is neither a preset ({known}) nor a picture's path")
    return studio.own_backdrop(path.read_bytes())
