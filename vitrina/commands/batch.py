"""The batch command's work: a folder of photos in, a folder of results per photo out."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

import structlog

from pipeline.captions import (
    TELEGRAM,
    Length,
    Listing,
    Request,
    Tone,
    card_text,
    market_of_text,
    thumbnail,
)
from pipeline.cards.content import content_of
from pipeline.cards.values import DEFAULT_BRAND, format_for
from pipeline.compose import Style
from pipeline.drawings.segments import draw_segments
from pipeline.errors import CaptionError, CaptionsOffError, CardError, VitrinaError
from pipeline.markets import load_markets
from pipeline.markets.picture import check_count
from pipeline.photo.encode import encode_jpeg, encode_png
from pipeline.photo.enlarge import enlarged, least_side
from pipeline.selection import Selection
from vitrina.commands.facts_table import words_for
from vitrina.commands.result_folders import (
    ABOUT,
    LISTING,
    About,
    is_done,
    name_targets,
    write_result,
)
from vitrina.commands.text_files import readable
from vitrina.commands.uploads import rules_of_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pipeline.backdrops import Backdrop
    from pipeline.captions import Describer
    from pipeline.cards.values import Brand
    from pipeline.markets.picture import Breach
    from pipeline.studio import Studio
    from pipeline.values import CutOut, Photo

ALL_CARDS = "all"
"""In place of templates' names: each that there is enough to fill with."""
RESULT_AT_MOST = 50_000_000
"""Bytes of a result where its market says nothing: more than any has."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """One market's picture and listing, and the ``folder`` beside the cut-out that they go into."""

    market: str
    style: Style
    backdrop: Backdrop
    length: Length
    folder: str = ""


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """What to make of each photo. ``style_name`` tells this style from others.

    ``several``: a picture and a listing for each of these markets, each in a folder of its own, in
    place of ``market``'s. ``opaque``: a file's own transparency is passed over. ``enlarge``: photos
    too small for the style are made larger. ``cards`` names the templates of cards to make for each
    market, or `ALL_CARDS`, in the look of ``brand``; ``facts`` is what `read_facts` has read.
    """

    output: Path
    backdrop_name: str
    backdrop: Backdrop
    style_name: str = ""
    style: Style = field(default_factory=Style)
    language: str = "ru"
    tone: Tone = Tone.SELLING
    length: Length = Length.MEDIUM
    market: str = TELEGRAM
    several: tuple[Wish, ...] = ()
    captioned: bool = True
    opaque: bool = False
    enlarge: bool = False
    cards: tuple[str, ...] = ()
    brand: Brand = DEFAULT_BRAND
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def wishes(self) -> tuple[Wish, ...]:
        """All that is to be made of a cut-out."""
        return self.several or (Wish(self.market, self.style, self.backdrop, self.length),)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one photo: ``error`` and ``caption_error`` are None where all went well.

    ``broken`` are the rules that a result breaks, by the name of its market; ``small`` is the
    photo's width and height where they are less than the style's format asks for; ``missing`` says
    which cards could not be made, and why.
    """

    source: Path
    small: tuple[int, int] | None = None
    skipped: bool = False
    broken: tuple[tuple[str, Breach], ...] = ()
    error: str | None = None
    caption_error: str | None = None
    missing: tuple[str, ...] = ()


async def process(
    sources: Iterable[Path],
    options: BatchOptions,
    studio: Studio,
    describer: Describer,
    *,
    workers: int,
    done: Callable[[Outcome], None],
) -> list[Outcome]:
    """Process all ``sources``, ``workers`` at a time; a bad one does not stop the others."""
    gate = asyncio.Semaphore(workers)

    async def one(source: Path, target: Path) -> Outcome:
        async with gate:
            try:
                outcome = await _one(source, target, options, studio, describer)
            except (VitrinaError, OSError) as error:
                outcome = Outcome(source, error=readable(str(error)))
            except Exception as error:
                # A fault of ours in one photo must not cost the others theirs.
                log.exception("photo-failed", photo=readable(source.name))
                outcome = Outcome(source, error=f"{type(error).__name__}: {readable(str(error))}")
        done(outcome)
        return outcome

    targets = name_targets(sources, options.output)
    return list(await asyncio.gather(*(one(source, target) for source, target in targets.items())))


async def _one(
    source: Path, target: Path, options: BatchOptions, studio: Studio, describer: Describer
) -> Outcome:
    data = await asyncio.to_thread(source.read_bytes)
    sha256 = hashlib.sha256(data).hexdigest()
    facts = await asyncio.to_thread(words_for, source, options.facts)
    about = About(
        sha256, options.backdrop_name, options.style_name, _asked(options, facts), options.captioned
    )
    if await asyncio.to_thread(is_done, target, about):
        return Outcome(source, skipped=True)
    photo = await asyncio.to_thread(_photo, data, options, studio)
    choice = await studio.choose(photo, insist=options.opaque)
    cut_out = await asyncio.to_thread(studio.cut_out, photo, Selection.of(choice))
    describing = asyncio.create_task(_describe_all(cut_out, options, facts, describer))
    files, broken = (
        await asyncio.to_thread(
            lambda: {
                f"original{source.suffix.lower()}": data,
                "segments.jpg": encode_jpeg(draw_segments(photo, choice)),
                "cutout.png": encode_png(cut_out),
            }
        ),
        [],
    )
    for wish in options.wishes:
        made = await asyncio.to_thread(
            studio.render_for_market, cut_out, wish.backdrop, wish.style, RESULT_AT_MOST
        )
        files[f"{wish.folder}result.{made.suffix}"] = made.data
        broken += [(wish.market, breach) for breach in made.broken]
    listings, caption_error = await describing
    for wish, listing in zip(options.wishes, listings, strict=True):
        if listing is not None:
            rules = rules_of_text(wish.market)
            files[f"{wish.folder}caption.txt"] = card_text(listing, rules).encode()
            files[wish.folder + LISTING] = listing.model_dump_json(indent=2).encode()
    cards, missing = await asyncio.to_thread(_cards, studio, cut_out, options, facts, listings)
    files |= cards
    broken += _too_many(cards, options)
    about = replace(about, captioned=None not in listings)
    files[ABOUT] = json.dumps(asdict(about), indent=2).encode()
    await asyncio.to_thread(write_result, target, files)
    small = photo.size if min(photo.size) < least_side(options.style) else None
    return Outcome(
        source, broken=tuple(broken), caption_error=caption_error, small=small, missing=missing
    )


def _cards(
    studio: Studio,
    cut_out: CutOut,
    options: BatchOptions,
    facts: str,
    listings: Sequence[Listing | None],
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Make the cards of each market, by their files' names, and say which could not be made."""
    files: dict[str, bytes] = {}
    missing: list[str] = []
    for wish, listing in zip(options.wishes, listings, strict=True):
        content = content_of(listing, facts, options.language, market=wish.market)
        every = options.cards == (ALL_CARDS,)
        names = studio.templates.fitting(content) if every else options.cards
        if every and not names:
            missing.append(f"{wish.market}: too little is known of the product for any card")
        for name in names:
            try:
                made = studio.card(name, cut_out, content, options.brand, format_for(wish.market))
            except CardError as error:
                missing.append(f"{wish.market}: {error}")
            else:
                files[f"{wish.folder}card-{name}.jpg"] = made.jpeg
    return files, tuple(missing)


def _too_many(cards: Mapping[str, bytes], options: BatchOptions) -> Iterator[tuple[str, Breach]]:
    """Tell of each market whose listing has more pictures than it takes, the main one counted."""
    for wish in options.wishes:
        market = load_markets().get(wish.market)
        if cards and market is not None and market.picture is not None:
            many = 1 + sum(name.startswith(f"{wish.folder}card-") for name in cards)
            yield from ((wish.market, one) for one in check_count(market.picture, many))


def _photo(data: bytes, options: BatchOptions, studio: Studio) -> Photo:
    """Decode a photo, and change it as is wished."""
    photo = studio.decode(data)
    if options.opaque:
        photo = replace(photo, alpha=None)
    return enlarged(photo, least_side(options.style)) if options.enlarge else photo


async def _describe_all(
    cut_out: CutOut, options: BatchOptions, facts: str, describer: Describer
) -> tuple[list[Listing | None], str | None]:
    """Return a listing for each wish, and why the first that failed did; None where there is none.

    Where captions are off there is no error either.
    """
    picture = await asyncio.to_thread(thumbnail, cut_out)
    listings: list[Listing | None] = []
    failure = None
    for wish in options.wishes:
        request = Request(
            picture,
            options.language,
            options.tone,
            facts,
            market=market_of_text(wish.market),
            length=wish.length,
        )
        try:
            listings.append((await describer.describe(request)).listing)
        except CaptionsOffError:
            listings.append(None)
        except CaptionError as error:
            listings.append(None)
            failure = failure or str(error)
    return listings, failure


def _asked(options: BatchOptions, facts: str) -> str:
    markets = ",".join(wish.market for wish in options.wishes)
    asked = f"{options.language} {options.tone} {options.length} {markets}"
    return f"{asked} {hashlib.sha256(facts.encode()).hexdigest()[:12]}" if facts else asked
