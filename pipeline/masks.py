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
