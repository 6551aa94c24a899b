"""The batch command's work: a folder of photos in, a folder of results per photo out."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from pipeline.captions import TELEGRAM, Length, Listing, Request, Tone, card_text, thumbnail
from pipeline.captions.upload import Row, upload_of
from pipeline.compose import Style
from pipeline.drawings.segments import draw_segments
from pipeline.errors import CaptionError, CaptionsOffError, StorageError, VitrinaError
from pipeline.markets.picture import check_file
from pipeline.photo.encode import encode_jpeg, encode_png
from pipeline.photo.enlarge import enlarged, least_side
from pipeline.studio import Selection
from vitrina.commands.text_files import read_text, readable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pipeline.backdrops import Backdrop
    from pipeline.captions import Describer
    from pipeline.compose import Composition
    from pipeline.markets import TextRules
    from pipeline.markets.picture import Breach
    from pipeline.studio import Studio
    from pipeline.values import CutOut, Photo

ABOUT = "about.json"
LISTING = "listing.json"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """What to make of each photo. ``style_name`` tells this style from others.

    ``opaque``: a file's own transparency is passed over. ``enlarge``: photos too small for the
    style are made larger.
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
    captioned: bool = True
    opaque: bool = False
    enlarge: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one photo: ``error`` and ``caption_error`` are None where all went well.

    ``broken`` are the rules of the style's market that the result breaks; ``small`` is the photo's
    width and height where they are less than the style's format asks for.
    """

    source: Path
    small: tuple[int, int] | None = None
    skipped: bool = False
    broken: tuple[Breach, ...] = ()
    error: str | None = None
    caption_error: str | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What a result folder was made from; a run with the same passes it over."""

    sha256: str
    backdrop: str
    style: str
    text: str
    captioned: bool


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


def name_targets(sources: Iterable[Path], folder: Path) -> dict[Path, Path]:
    """Give every source its folder, no two the same one.

    That is its stem, or its whole name where stems collide, or one is another file's whole name.
    """
    sources = sorted(sources)
    names = {source: readable(source.name) for source in sources}
    stems = {source: readable(source.stem) for source in sources}
    # Upper and lower case are the same folder on some systems.
    taken = Counter(stem.casefold() for stem in stems.values())
    taken.update(name.casefold() for name in names.values())
    targets: dict[Path, Path] = {}
    for source, stem in stems.items():
        target = folder / (stem if taken[stem.casefold()] == 1 else names[source])
        again = 2
        while target in targets.values():
            target = folder / f"{names[source]}-{again}"
            again += 1
        targets[source] = target
    return targets


async def _one(
    source: Path, target: Path, options: BatchOptions, studio: Studio, describer: Describer
) -> Outcome:
    data = await asyncio.to_thread(source.read_bytes)
    sha256 = hashlib.sha256(data).hexdigest()
    facts = await asyncio.to_thread(words_for, source)
    about = About(
        sha256, options.backdrop_name, options.style_name, _asked(options, facts), options.captioned
    )
    if await asyncio.to_thread(_is_done, target, about):
        return Outcome(source, skipped=True)
    photo = await asyncio.to_thread(_photo, data, options, studio)
    choice = await studio.choose(photo)
    cut_out = await asyncio.to_thread(studio.cut_out, photo, Selection.of(choice))
    describing = asyncio.create_task(_describe(cut_out, options, facts, describer))
    composition = await asyncio.to_thread(studio.compose, cut_out, options.backdrop, options.style)
    files = await asyncio.to_thread(
        lambda: {
            f"original{source.suffix.lower()}": data,
            "segments.jpg": encode_jpeg(draw_segments(photo, choice)),
            "cutout.png": encode_png(cut_out),
            "result.jpg": encode_jpeg(composition.pixels),
        }
    )
    broken = await asyncio.to_thread(_broken, composition, files["result.jpg"])
    caption, caption_error = await describing
    if caption is not None:
        files["caption.txt"] = card_text(caption, _rules(options)).encode()
        files[LISTING] = caption.model_dump_json(indent=2).encode()
    about = replace(about, captioned=caption is not None)
    files[ABOUT] = json.dumps(asdict(about), indent=2).encode()
    await asyncio.to_thread(_write, target, files)
    small = photo.size if min(photo.size) < least_side(options.style) else None
    return Outcome(source, broken=broken, caption_error=caption_error, small=small)


def _photo(data: bytes, options: BatchOptions, studio: Studio) -> Photo:
    """Decode a photo, and change it as is wished."""
    photo = studio.decode(data)
    if options.opaque:
        photo = replace(photo, alpha=None)
    return enlarged(photo, least_side(options.style)) if options.enlarge else photo


def _broken(composition: Composition, jpeg: bytes) -> tuple[Breach, ...]:
    rules = composition.style.rules
    return () if rules is None else (*composition.broken, *check_file(rules, jpeg))


async def _describe(
    cut_out: CutOut, options: BatchOptions, facts: str, describer: Describer
) -> tuple[Listing | None, str | None]:
    """Return the listing, or else why there is none; neither where captions are off."""
    picture = await asyncio.to_thread(thumbnail, cut_out)
    request = Request(
        picture, options.language, options.tone, facts, market=options.market, length=options.length
    )
    try:
        caption = await describer.describe(request)
    except CaptionsOffError:
        return None, None
    except CaptionError as error:
        return None, str(error)
    return caption.listing, None


def words_for(source: Path) -> str:
    """Return the seller's words about a photo: the text file of its name beside it, if any."""
    try:
        return read_text(source.with_suffix(".txt"))
    except FileNotFoundError:
        return ""


def _words_or_none(source: Path) -> str:
    """Return the words of a photo whose result is there, even if they cannot be read any more."""
    try:
        return words_for(source)
    except OSError:
        return ""


def write_upload(sources: Iterable[Path], options: BatchOptions) -> Path | None:
    """Write the listings of all results as the file that the market's bulk upload takes.

    Returns its path, None where the market's upload is not known or there is no listing. Raises
    StorageError where it cannot be written.
    """
    rules = _rules(options)
    rows = [
        Row(target.name, f"{target.name}/result.jpg", listing, _words_or_none(source))
        for source, target in name_targets(sources, options.output).items()
        if (listing := _listing_in(target)) is not None
    ]
    if rules.upload is None or not rows:
        return None
    path = options.output / f"{options.market}.csv"
    try:
        path.write_bytes(upload_of(rules, rows))
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error}") from error
    return path


def _listing_in(target: Path) -> Listing | None:
    try:
        return Listing.model_validate_json((target / LISTING).read_bytes())
    except (OSError, ValueError):
        return None


def _rules(options: BatchOptions) -> TextRules:
    return Request(b"", market=options.market).rules


def _asked(options: BatchOptions, facts: str) -> str:
    asked = f"{options.language} {options.tone} {options.length} {options.market}"
    return f"{asked} {hashlib.sha256(facts.encode()).hexdigest()[:12]}" if facts else asked


def _is_done(target: Path, about: About) -> bool:
    """Tell whether a folder holds what is asked for; a caption more than that does no harm."""
    try:
        found = About(**json.loads((target / ABOUT).read_text()))
    except (OSError, ValueError, TypeError):
        return False
    return found == about or found == replace(about, captioned=True)


def _write(target: Path, files: dict[str, bytes]) -> None:
    """Write a result folder aside and give it its name when it is whole."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
        try:
            for name, data in files.items():
                (aside / name).write_bytes(data)
            aside.chmod(0o755)
            if (target / ABOUT).exists():
                shutil.rmtree(target)
            aside.rename(target)
        except OSError:
            shutil.rmtree(aside, ignore_errors=True)
            raise
    except OSError as error:
        raise StorageError(f"cannot write to {target}: {error}") from error
