"""Ways to find the product side by side: each photo by each way, with time and memory."""

from __future__ import annotations

import base64
import html
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline import matting
from pipeline.drawings.sheet import GAP, ROW, chequered, draw_sheet
from pipeline.errors import NothingFoundError
from pipeline.evaluation.pairs import reduced
from pipeline.foreground.strategies import GRABCUT
from pipeline.photo.encode import encode_jpeg
from pipeline.sam import GRID, Embedding

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.foreground import Segmenter
    from pipeline.sam import Sam
    from pipeline.values import Photo, Pixels

NOTHING = 244
"""Grey of a cell where a way found nothing."""
BAND = 44
"""Height of the two lines above the pictures, in pixels."""
INK = (40, 40, 40)
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """What one way made of all photos.

    ``pictures`` are (h, w, 3) uint8 RGB. ``seconds`` is the median of one photo from pixels to
    choice, SAM's encoding included where the way needs it. ``megabytes`` is by how much the
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
    """Load a way and put every photo through it."""
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
    """Draw the sheet: photos down, ways across, time and memory above."""
    rows = [
        [reduced(photo).pixels, *(column.pictures[index] for column in columns)]
        for index, photo in enumerate(photos)
    ]
    widths = [max(_width(row[index]) for row in rows) for index in range(len(columns) + 1)]
    head, left = np.full((BAND, sum(widths) + GAP * (len(widths) + 1), 3), 255, np.uint8), GAP
    told = [("photo", ""), *((each.name, each.cost) for each in columns)]
    for width, lines in zip(widths, told, strict=True):
        for line, words in enumerate(lines):
            place = left, BAND // 2 * (line + 1) - 4
            cv2.putText(head, words, place, cv2.FONT_HERSHEY_SIMPLEX, 0.45, INK, 1, cv2.LINE_AA)
        left += width + GAP
    return np.vstack([head, draw_sheet(rows)])


def _width(pixels: Pixels) -> int:
    height, width = pixels.shape[:2]
    return max(1, int(width * ROW / height + 0.5))


def page(names: Sequence[str], photos: Sequence[Photo], columns: Sequence[Column]) -> str:
    """Write the sheet as one HTML file that needs no other."""
    head = "".join(
        f"<th>{html.escape(column.name)}<br><small>{column.cost}</small></th>" for column in columns
    )
    rows = "\n".join(
        f"<tr><td>{_image(reduced(photo).pixels, name)}<br>{html.escape(name)}</td>"
        + "".join(f"<td>{_image(each.pictures[row], each.name)}</td>" for each in columns)
        + "</tr>"
        for row, (name, photo) in enumerate(zip(names, photos, strict=True))
    )
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Ways to find the product</title>
<style>
body {{ font: 15px/1.4 system-ui, sans-serif; margin: 1.5rem; color: #222 }}
table {{ border-collapse: collapse }}
th {{ position: sticky; top: 0; background: #fff; padding: .4rem .6rem; text-align: left }}
td {{ padding: .3rem .6rem; vertical-align: top; color: #666 }}
img {{ width: 260px }}
</style>
<h1>Ways to find the product</h1>
<p>Median seconds of one photo, SAM's encoding included where the way needs it; memory by which
the process grew at its peak, SAM's networks aside.</p>
<table><tr><th>photo</th>{head}</tr>
{rows}
</table></html>
"""


def _cut_out(
    sam: Sam, segmenter: Segmenter, photo: Photo, embedding: Embedding | None
) -> Callable[[], Pixels]:
    """Choose now, draw later: drawing is not what is timed."""
    small = reduced(photo)
    blank: Pixels = np.full(small.pixels.shape, NOTHING, np.uint8)
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


def _image(pixels: Pixels, words: str) -> str:
    coded = base64.b64encode(encode_jpeg(pixels, quality=82)).decode()
    return f'<img alt="{html.escape(words)}" src="data:image/jpeg;base64,{coded}">'


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
