"""One picture of many results: each photo, its cut-out, and the product on every preset."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.values import CutOut, Pixels

ROW_HEIGHT = 300
"""Height of a row, in pixels."""
GAP = 6
SQUARE = 12
LIGHT, DARK = 236, 205
"""The chequerboard that stands for transparency."""


def chequered(cut_out: CutOut) -> Pixels:
    """Show a cut-out on a chequerboard, (h, w, 3) uint8 RGB."""
    rows, columns = np.indices(cut_out.alpha.shape)
    unit = max(1, SQUARE * max(cut_out.alpha.shape) // ROW_HEIGHT // 2)
    board = np.where((rows // unit + columns // unit) % 2, DARK, LIGHT)[:, :, None]
    alpha = cut_out.alpha[:, :, None]
    return np.asarray(cut_out.foreground * alpha + board * (1 - alpha), np.uint8)


def draw_sheet(rows: Sequence[Sequence[Pixels]]) -> Pixels:
    """Lay pictures out in rows of equal height on white; (h, w, 3) uint8 RGB.

    All rows have the same number of pictures; a column is as wide as its widest.
    """
    scaled = [[_to_height(picture) for picture in row] for row in rows]
    widths = [max(picture.shape[1] for picture in column) for column in zip(*scaled, strict=True)]
    sheet = np.full(
        (len(rows) * (ROW_HEIGHT + GAP) + GAP, sum(widths) + GAP * (len(widths) + 1), 3),
        255,
        np.uint8,
    )
    for index, row in enumerate(scaled):
        top, left = GAP + index * (ROW_HEIGHT + GAP), GAP
        for picture, width in zip(row, widths, strict=True):
            start = left + (width - picture.shape[1]) // 2
            sheet[top : top + ROW_HEIGHT, start : start + picture.shape[1]] = picture
            left += width + GAP
    return sheet


def _to_height(picture: Pixels) -> Pixels:
    width = max(1, round(picture.shape[1] * ROW_HEIGHT / picture.shape[0]))
    return np.asarray(cv2.resize(picture, (width, ROW_HEIGHT), interpolation=cv2.INTER_AREA))
