"""Masks as they travel: run lengths to the page, a painted picture from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from pipeline.sam import LOW_RES, valid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.values import Plane

    Logits = NDArray[np.float32]
    """(256, 256) over SAM's padded square, above 0 inside."""

MASK_SIDE: Final = 512
"""The longer side of a mask, in pixels, where so many bytes hold it."""
LEAST_SIDE: Final = 64
MAX_RUNS_BYTES: Final = 10_000
SLOPE: Final = 4.0
"""Logits a cell away from a painted outline."""
MOST: Final = 8.0


def valid_part(square: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """Return the part of a (256, 256) square, (rows, columns), that a photo of ``size`` fills.

    ``size`` is its (width, height).
    """
    rows, columns = valid(size, LOW_RES)
    return square[:rows, :columns]


def to_wire(logits: Logits, size: tuple[int, int]) -> dict[str, Any]:
    """Write a mask for the page: ``w``, ``h`` and ``runs``, row by row, the first one outside.

    ``logits`` is (256, 256) float32 over the padded square, ``size`` the photo's width and height.
    The mask is coarser where it would take more than MAX_RUNS_BYTES.
    """
    part = np.clip(valid_part(logits, size), -MOST, MOST)
    side = MASK_SIDE
    while True:
        scale = side / max(size)
        width, height = (max(1, round(length * scale)) for length in size)
        smooth = cv2.resize(part, (width, height), interpolation=cv2.INTER_LINEAR)
        runs = ",".join(map(str, run_lengths(smooth > 0)))
        if len(runs) <= MAX_RUNS_BYTES or side <= LEAST_SIDE:
            return {"w": width, "h": height, "runs": runs}
        side = side * 3 // 4


def run_lengths(mask: NDArray[np.bool_]) -> list[int]:
    """Return the lengths of the runs of ``mask``, (h, w) bool, row by row, False first."""
    flat = mask.ravel()
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    lengths = np.diff(np.concatenate(([0], edges, [flat.size]))).tolist()
    return [0, *lengths] if flat[0] else lengths


def from_plane(plane: Plane, size: tuple[int, int]) -> Logits:
    """Make logits of a plane, (h, w) float32 in 0..1, of a photo of ``size`` (width, height).

    The outline keeps its place within a cell: each logit tells how far from it the cell is.
    """
    rows, columns = valid(size, LOW_RES)
    inside = (plane >= 0.5).astype(np.uint8)  # noqa: PLR2004 - half covered
    away = _distance(inside) - _distance(1 - inside)
    cells = away * (columns / plane.shape[1])
    small = cv2.resize(cells, (columns, rows), interpolation=cv2.INTER_AREA)
    logits = np.full((LOW_RES, LOW_RES), -MOST, np.float32)
    logits[:rows, :columns] = np.clip(small * SLOPE, -MOST, MOST)
    return logits


def _distance(region: NDArray[np.uint8]) -> Plane:
    """Return how far inside ``region``, (h, w) of 0 and 1, each pixel's middle is, in pixels.

    The picture's own border is no outline.
    """
    if region.all():
        return np.full(region.shape, float(max(region.shape)), np.float32)
    far = cv2.distanceTransform(region, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(np.maximum(far - np.float32(0.5), 0), np.float32)


def rounded(logits: Logits) -> Logits:
    """Round to half precision, as masks are kept: the same mask comes of it at any time."""
    return logits.astype(np.float16).astype(np.float32)
