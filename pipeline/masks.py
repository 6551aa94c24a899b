"""Masks of 0 and 255, made and read by OpenCV: several times as fast as NumPy's on large photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.values import Box, Plane

    Mask = NDArray[np.uint8]
    """(height, width) uint8 of 0 and 255."""

EXACT = 1e-3
"""Alpha this near to 0 or to 1 is."""
MUCH = 1e6


def visible(alpha: Plane) -> Mask:
    """Where there is anything."""
    return between(alpha, EXACT, MUCH)


def opaque(alpha: Plane) -> Mask:
    """Where there is nothing behind."""
    return between(alpha, 1 - EXACT, MUCH)


def partial(alpha: Plane) -> Mask:
    """Where both are."""
    return between(alpha, EXACT, 1 - EXACT)


def between(plane: Plane, low: float, high: float) -> Mask:
    """Where ``plane`` lies in ``low``..``high``."""
    if not plane.size:
        return np.zeros(plane.shape, np.uint8)
    mask: Mask = cv2.inRange(plane, low, high)
    return mask


def places(mask: Mask) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the rows and columns where ``mask`` is not 0."""
    found = cv2.findNonZero(mask)
    if found is None:
        nowhere = np.empty(0, np.int32)
        return nowhere, nowhere
    # OpenCV 4 has one more axis here than OpenCV 5.
    columns, rows = found.reshape(-1, 2).T
    return rows, columns


def extent(mask: Mask) -> Box:
    """Return the smallest box around all that is not 0; (0, 0, 0, 0) where there is nothing."""
    left, top, wide, high = cv2.boundingRect(mask)
    return left, top, left + wide, top + high


def depth(region: NDArray[np.bool_]) -> Plane:
    """Return the distance in pixels to the nearest one outside of ``region``, or of the plane."""
    padded = np.pad(region.astype(np.uint8), 1)
    return np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1], np.float32)


def iou(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Intersection over union of two masks of one shape; 1 where both are empty."""
    either = int(np.count_nonzero(a | b))
    return int(np.count_nonzero(a & b)) / either if either else 1.0


def box_iou(box: NDArray[np.float32], boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the IoU of one XYXY box with each of (N, 4)."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    both = np.maximum(high - low, 0).prod(axis=1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    either = (box[2:] - box[:2]).prod() + areas - both
    return np.asarray(both / np.maximum(either, 1e-6), np.float32)
