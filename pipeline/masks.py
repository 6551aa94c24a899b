"""Masks of 0 and 255, made and read by OpenCV: several times as fast as NumPy's on large photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.values import Box, Plane

    BinaryMask = NDArray[np.uint8]
    """(height, width) uint8 of 0 and 255."""

ALPHA_TOLERANCE = 1e-3
"""Alpha this near to 0 or to 1 counts as exactly that."""
UNBOUNDED = 1e6


def visible(alpha: Plane) -> BinaryMask:
    """Return where ``alpha``, (h, w) float32 in 0..1, is above 0."""
    return between(alpha, ALPHA_TOLERANCE, UNBOUNDED)


def opaque(alpha: Plane) -> BinaryMask:
    """Return where ``alpha``, (h, w) float32 in 0..1, is 1."""
    return between(alpha, 1 - ALPHA_TOLERANCE, UNBOUNDED)


def partial(alpha: Plane) -> BinaryMask:
    """Return where ``alpha``, (h, w) float32 in 0..1, is neither 0 nor 1."""
    return between(alpha, ALPHA_TOLERANCE, 1 - ALPHA_TOLERANCE)


def between(plane: Plane, low: float, high: float) -> BinaryMask:
    """Return where ``plane``, (h, w) float32, lies in ``low``..``high``."""
    if not plane.size:
        return np.zeros(plane.shape, np.uint8)
    mask: BinaryMask = cv2.inRange(plane, low, high)
    return mask


def places(mask: BinaryMask) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the rows and columns, (points,) int32 each, where ``mask``, (h, w) uint8, is not 0."""
    found = cv2.findNonZero(mask)
    if found is None:
        nowhere = np.empty(0, np.int32)
        return nowhere, nowhere
    # OpenCV 4 has one more axis here than OpenCV 5.
    columns, rows = found.reshape(-1, 2).T
    return rows, columns


def extent(mask: BinaryMask) -> Box:
    """Return the smallest box, in pixels, around all of ``mask``, (h, w) uint8, that is not 0.

    (0, 0, 0, 0) where there is nothing.
    """
    left, top, wide, high = cv2.boundingRect(mask)
    return left, top, left + wide, top + high


def depth(region: NDArray[np.bool_]) -> Plane:
    """Return each pixel's distance, in pixels, to the nearest outside ``region`` or the plane.

    ``region`` is (h, w) bool, the answer (h, w) float32.
    """
    padded = np.pad(region.astype(np.uint8), 1)
    return np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1], np.float32)


def iou(a: NDArray[np.bool_], b: NDArray[np.bool_], *, empty: float = 1.0) -> float:
    """Intersection over union of two bool masks of one shape (h, w); ``empty`` where both are."""
    either = int(np.count_nonzero(a | b))
    return int(np.count_nonzero(a & b)) / either if either else empty


def box_iou(box: NDArray[np.float32], boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the IoU, (N,) in 0..1, of an XYXY box (4,) with each of ``boxes`` (N, 4) float32."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    both = np.maximum(high - low, 0).prod(axis=1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    either = (box[2:] - box[:2]).prod() + areas - both
    return np.asarray(both / np.maximum(either, 1e-6), np.float32)
