"""Segmenters side by side: each photo by each of them, with time and memory."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline import matting
from pipeline.drawings.page import Entry
from pipeline.drawings.sheet import GAP, ROW_HEIGHT, chequered, draw_sheet
from pipeline.errors import NothingFoundError
from pipeline.evaluation.pairs import reduced
from pipeline.foreground.strategies import GRABCUT
from pipeline.sam import GRID, Embedding

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.foreground import Segmenter
    from pipeline.sam import Sam
    from pipeline.values import Photo, Pixels

NOTHING_GREY = 244
"""Grey of a cell where a segmenter found nothing."""
HEADER_HEIGHT = 44
"""Height of the two lines above the pictures, in pixels."""
INK = (40, 40, 40)
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """What one segmenter made of all photos.

    ``pictures`` are (h, w, 3) uint8 RGB. ``seconds`` is the median of one photo from pixels to
    choice, SAM's encoding included where it is needed. ``megabytes`` is by how much the
    process grew at its peak, SAM's networks aside; None where the system does not tell.
    """

    name: str
    pictures: tuple[Pixels, ...]
    seconds: float
    megabytes: float | None

    @property
    def cost(self) -> str:
        """Time and memory in words."""
        memory = "" if self.megabytes is None else f", {self.megabytes:.0f} MB"
        return f"{self.seconds:.2f} s{memory}"


def column(sam: Sam, open_it: Callable[[], Segmenter], photos: Sequence[Photo]) -> Column:
    """Load a segmenter and put every photo through it."""
    before = _peak(reset=True)
    segmenter = open_it()
    pictures, seconds = [], []
    for photo in photos:
        start = time.perf_counter()
        embedding = None if segmenter.name == GRABCUT else sam.encode(photo.pixels)
        picture = _cut_out(sam, segmenter, photo, embedding)
        seconds.append(time.perf_counter() - start)
        pictures.append(picture())
    after = _peak(reset=False)
    grown = None if before is None or after is None else max(0.0, after - before)
    return Column(segmenter.name, tuple(pictures), float(np.median(seconds)), grown)


def picture(photos: Sequence[Photo], columns: Sequence[Column]) -> Pixels:
    """Draw the sheet: photos down, segmenters across, time and memory above.

    Returns (h, w, 3) uint8 RGB.
    """
    rows = [
        [reduced(photo).pixels, *(column.pictures[index] for column in columns)]
        for index, photo in enumerate(photos)
    ]
    widths = [max(_width(row[index]) for row in rows) for index in range(len(columns) + 1)]
    head, left = (
        np.full((HEADER_HEIGHT, sum(widths) + GAP * (len(widths) + 1), 3), 255, np.uint8),
        GAP,
    )
    told = [("photo", ""), *((each.name, each.cost) for each in columns)]
    for width, lines in zip(widths, told, strict=True):
        for line, words in enumerate(lines):
            place = left, HEADER_HEIGHT // 2 * (line + 1) - 4
            cv2.putText(head, words, place, cv2.FONT_HERSHEY_SIMPLEX, 0.45, INK, 1, cv2.LINE_AA)
        left += width + GAP
    return np.vstack([head, draw_sheet(rows)])


def _width(pixels: Pixels) -> int:
    height, width = pixels.shape[:2]
    return max(1, int(width * ROW_HEIGHT / height + 0.5))


def entries(
    names: Sequence[str], photos: Sequence[Photo], columns: Sequence[Column]
) -> list[Entry]:
    """Lay the sheet out for a page: a section a photo, with every segmenter's cost and picture."""
    return [
        Entry(
            name,
            "Median seconds of a photo, and by what the process grew at its peak, SAM aside.",
            [
                ("photo", reduced(photo).pixels),
                *((f"{each.name}: {each.cost}", each.pictures[row]) for each in columns),
            ],
        )
        for row, (name, photo) in enumerate(zip(names, photos, strict=True))
    ]


def _cut_out(
    sam: Sam, segmenter: Segmenter, photo: Photo, embedding: Embedding | None
) -> Callable[[], Pixels]:
    """Choose now, draw later: drawing is not what is timed."""
    small = reduced(photo)
    blank: Pixels = np.full(small.pixels.shape, NOTHING_GREY, np.uint8)
    seen = embedding if embedding is not None else _unseen(photo)
    try:
        logits = segmenter(sam, photo.pixels, seen).candidates[0].logits
    except NothingFoundError:
        return lambda: blank

    def draw() -> Pixels:
        try:
            return chequered(matting.cut_out(small, logits))
        except NothingFoundError:
            return blank

    return draw


def _unseen(photo: Photo) -> Embedding:
    """Stand for an embedding where the way looks at pixels alone: it has the picture's size."""
    return Embedding(np.zeros((256, GRID, GRID), np.float32), *photo.size)


def _peak(*, reset: bool) -> float | None:
    """Return the process's peak of resident memory in MB, since the last reset; Linux only."""
    try:
        if reset:
            CLEAR.write_text("5")
        status: Mapping[str, str] = dict(
            line.split(":", 1) for line in STATUS.read_text().splitlines() if ":" in line
        )
    except OSError:
        return None
    return int(status["VmHWM"].split()[0]) / 1024
