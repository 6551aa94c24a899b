"""Lay measured photos out as ``vitrina evaluate`` reads them: a folder for each kind of photo."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from training.encode import mask_of, picture_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from training.samples import Sample
    from training.sources import Source

KINDS = {
    "phone": "garments by phone",
    "hard": "hard garments",
    "object": "objects",
    "hand": "cartons in a hand",
    "clutter": "composed clutter",
    "white": "composed white on white",
    "screen": "composed before a screen",
    "garment": "composed garments",
    "thing": "composed objects",
}
"""What is measured on, and how it is called in a report."""


def lay_out(folder: Path, real: Iterable[Source], made: Iterable[Sample]) -> None:
    """Copy outlined photos and made scenes into ``folder``'s ``photos`` and ``masks``."""
    files = [(photo.kind, photo.path, judge) for photo in real if (judge := photo.judge)]
    files += [(sample.kind, picture_of(sample), mask_of(sample)) for sample in made]
    for kind, picture, mask in files:
        for part, file in (("photos", picture), ("masks", mask)):
            place = folder / part / KINDS[kind] / f"{picture.stem}{file.suffix}"
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)
