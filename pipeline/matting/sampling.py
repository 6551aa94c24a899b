"""Maps of up to four channels: averaged, and looked up at scattered points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Maps = NDArray[np.float32]

ROW = 4096
"""Points are looked up in rows of this many: cv2.remap bounds each side of its answer."""


def box(maps: Maps, radius: int) -> Maps:
    """Average over a (2 radius + 1) square window, reflected at the edges."""
    side = 2 * radius + 1
    averaged: Maps = cv2.blur(maps, (side, side), borderType=cv2.BORDER_REFLECT)
    return averaged


def at_points(maps: Maps, x: Maps, y: Maps) -> Maps:
    """Look up ``maps`` (h, w) or (h, w, n), bilinearly, at ``x`` and ``y``: (points, n)."""
    filled = max(1, -(-x.size // ROW)) * ROW
    place = np.zeros((2, filled), np.float32)
    place[0, : x.size], place[1, : y.size] = x, y
    across, down = place.reshape(2, -1, ROW)
    found: Maps = cv2.remap(
        maps, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).reshape(filled, -1)
    return found[: x.size]
