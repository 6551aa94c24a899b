"""The worst cut-outs of a measurement as one picture, to be looked at."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.drawings.sheet import chequered, draw_sheet
from pipeline.evaluation.pairs import read, reduced
from pipeline.values import CutOut

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.evaluation.pairs import Decode, Pair
    from pipeline.evaluation.photo import Measured
    from pipeline.values import Pixels

MAX_SHOWN = 20
ACROSS = 2
"""Photos in a row of the sheet, each with its cut-out beside it."""
OUTLINE = (255, 0, 200)


def worst_sheet(photos: Sequence[Measured], pairs: Mapping[str, Pair], decode: Decode) -> Pixels:
    """Draw the worst twenty: the photo with its true outline and figures, then the cut-out.

    Returns (h, w, 3) uint8 RGB.
    """
    worst = sorted(photos, key=lambda photo: photo.figures.iou)[:MAX_SHOWN]
    cells = [_cells(photo, pairs[photo.name], decode) for photo in worst]
    blank: list[Pixels] = [np.full((4, 4, 3), 255, np.uint8)] * 2
    cells += [blank] * (-len(cells) % ACROSS)
    rows = [list(chain(*cells[start : start + ACROSS])) for start in range(0, len(cells), ACROSS)]
    return draw_sheet(rows)


def _cells(measured: Measured, pair: Pair, decode: Decode) -> list[Pixels]:
    photo = reduced(read(pair, decode)[0])
    drawing = photo.pixels.copy()
    contours, _ = cv2.findContours(
        measured.truth.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE
    )
    thick = max(2, max(drawing.shape) // 200)
    cv2.drawContours(drawing, contours, -1, OUTLINE, thick)
    words = f"{measured.figures.iou:.2f} ({measured.confidence:.2f}) {measured.name[:28]}"
    scale = max(drawing.shape) / 900
    for colour, width in (((0, 0, 0), 5), ((255, 255, 255), 2)):
        cv2.putText(
            drawing,
            words,
            (round(8 * scale), round(32 * scale)),
            cv2.FONT_HERSHEY_SIMPLEX,
            scale,
            colour,
            max(1, round(width * scale)),
            cv2.LINE_AA,
        )
    return [drawing, chequered(CutOut(photo.pixels, measured.alpha))]
