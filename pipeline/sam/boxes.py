"""Boxes around masks, XYXY in the square's pixels, and how much they overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.sam import GRID, LOW_RES, SIDE

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELL = SIDE // GRID
SEEN = 2.5 * SIDE / LOW_RES
"""Where in its cell a sketch's pixel lies, in the square's pixels."""


def overlaps(box: NDArray[np.float32], boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the IoU of one XYXY box with each of (N, 4)."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    both = np.maximum(high - low, 0).prod(axis=1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    either = (box[2:] - box[:2]).prod() + areas - both
    return np.asarray(both / np.maximum(either, 1e-6), np.float32)


def boxes_of(inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the XYXY boxes of (N, rows, columns) cells in the square's pixels.

    An edge lies somewhere between the pixel that is in and the one before: taken is the middle.
    """
    left, right = _ends(np.asarray(inside.any(axis=1)))
    top, bottom = _ends(np.asarray(inside.any(axis=2)))
    edges = np.stack([left, top, right, bottom], axis=1).astype(np.float32)
    return edges * CELL + np.float32(SEEN - CELL / 2)


def _ends(there: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return where each of (N, cells) starts, and where it has ended."""
    last = there.shape[1] - there[:, ::-1].argmax(axis=1)
    return there.argmax(axis=1), np.where(there.any(axis=1), last, 0)
