"""The folder of a photo's results: its name, what it was made from, how it is written."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.captions import Listing
from pipeline.errors import StorageError
from vitrina.commands.text_files import readable

if TYPE_CHECKING:
    from collections.abc import Iterable

ABOUT = "about.json"
LISTING = "listing.json"
NAME_AT_MOST = 200
"""Bytes of a folder's name: file systems take 255, and one that is written aside needs some."""


@dataclass(frozen=True, slots=True)
class About:
    """What a result folder was made from; a run with the same passes it over."""

    sha256: str
    backdrop: str
    style: str
    text: str
    captioned: bool


def name_targets(sources: Iterable[Path], folder: Path) -> dict[Path, Path]:
    """Give every source its folder, no two the same one.

    That is its stem, or its whole name where stems collide, or one is another file's whole name.
    """
    sources = sorted(sources)
    names = {source: _short(readable(source.name)) for source in sources}
    stems = {source: _short(readable(source.stem)) for source in sources}
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


def _short(name: str) -> str:
    """Cut a name that is too long for a folder's; its digest tells it from others like it."""
    encoded = name.encode()
    if len(encoded) <= NAME_AT_MOST:
        return name
    digest = hashlib.sha256(encoded).hexdigest()[:8]
    return f"{encoded[: NAME_AT_MOST - len(digest) - 1].decode(errors='ignore')}-{digest}"


def is_done(target: Path, about: About) -> bool:
    """Tell whether a folder holds what is asked for; a caption more than that does no harm."""
    try:
        found = About(**json.loads((target / ABOUT).read_text()))
    except (OSError, ValueError, TypeError):
        return False
    return found == about or found == replace(about, captioned=True)


def write_result(target: Path, files: dict[str, bytes]) -> None:
    """Write a result folder aside and give it its name when it is whole."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
        try:
            for name, data in files.items():
                (aside / name).parent.mkdir(exist_ok=True)
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


def listing_in(target: Path) -> Listing | None:
    """Return the listing that a folder holds, None where it holds none that can be read."""
    try:
        return Listing.model_validate_json((target / LISTING).read_bytes())
    except (OSError, ValueError):
        return None
