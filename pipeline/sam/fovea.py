"""Cells seen sharply around some points and four in one elsewhere, as an eye sees.

What a point's masks are is decided around it. A sketch asks 32 x 32 cells of the whole picture,
each the mean of four, and a square window of cells as they are: a third of all. Values that prompts
share are named and laid out as `pipeline.sam.shared.SHARED` lists them, cells row by row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.sam import GRID, SIDE
from pipeline.sam.preprocess import PADDING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

FINER = 2
COARSE = GRID // FINER
"""Merged cells along a side."""
FOVEA = 18
"""Cells along the window's side, even: the corner is even too, and no merged cell is cut."""
REACH = 6.5
"""Cells between points that share a window."""


def merged(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the means of (channels, 4096) cells, two by two: (channels, 1024)."""
    blocks = cells.reshape(-1, COARSE, FINER, COARSE, FINER)
    return np.asarray(blocks.mean(axis=(2, 4)).reshape(-1, COARSE * COARSE))


def together(points: NDArray[np.float32], most: int) -> Iterator[NDArray[np.float32]]:
    """Part (N, P, 3) points, labels last, where a window would lie too far from some of them."""
    start = 0
    for end in range(1, len(points) + 1):
        more = points[start : end + 1]
        if end == len(points) or len(more) > most or np.ptp(_cells(more), axis=0).max() > REACH:
            yield points[start:end]
            start = end


def corner(points: NDArray[np.float32]) -> tuple[int, int]:
    """Return the left column and top row of the window around (N, P, 3) points, labels last."""
    real = _cells(points)
    middle = (real.min(axis=0) + real.max(axis=0)) / 2
    left, top = (
        int(np.clip(round((at - FOVEA / 2) / FINER) * FINER, 0, GRID - FOVEA)) for at in middle
    )
    return left, top


def _cells(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return where the points are, padding ones left out, in cells: (N, 2)."""
    real = points[points[:, :, 2] != PADDING][:, :2]
    return np.asarray(real * np.float32(GRID / SIDE))


def counts(left: int, top: int) -> NDArray[np.float32]:
    """Return for how many cells each merged one stands, (1, 1024): 4, or 0 in the window."""
    whole = np.full((COARSE, COARSE), FINER * FINER, np.float32)
    side = FOVEA // FINER
    whole[top // FINER :, left // FINER :][:side, :side] = 0
    return whole.reshape(1, -1)


def window(
    parts: Sequence[NDArray[np.float32]], axis: int, left: int, top: int
) -> NDArray[np.float32]:
    """Cut the window's cells out of what is kept of all of them, in ``parts`` along ``axis``."""
    height = GRID // len(parts)
    pieces = []
    for number, part in enumerate(parts):
        first, last = top - number * height, top + FOVEA - number * height
        if first < height and last > 0:
            before, after = part.shape[:axis], part.shape[axis + 1 :]
            rows = part.reshape(*before, height, GRID, *after)
            cut = slice(max(0, first), last), slice(left, left + FOVEA)
            pieces.append(rows[(slice(None),) * axis + cut])
    seen = np.concatenate(pieces, axis=axis)
    return seen.reshape(*seen.shape[:axis], FOVEA * FOVEA, *seen.shape[axis + 2 :])


def joined(
    coarse: Sequence[NDArray[np.float32]], fine: NDArray[np.float32], left: int, top: int
) -> NDArray[np.float32]:
    """Put (N, 4, 324) into logits that are parts of (N, 4, 1024): (N, 4, 64, 64)."""
    whole = np.concatenate(coarse, axis=2).reshape(*fine.shape[:2], COARSE, COARSE)
    whole = whole.repeat(FINER, axis=2).repeat(FINER, axis=3)
    seen = fine.reshape(*fine.shape[:2], FOVEA, FOVEA)
    whole[:, :, top : top + FOVEA, left : left + FOVEA] = seen
    return whole
