"""Maps of many channels: averaged, shrunk, and looked up at scattered points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Maps = NDArray[np.float32]

ROW = 4096
"""Points are looked up in rows of this many: cv2.remap bounds each side of its answer."""
TOGETHER = 4
"""Channels that OpenCV resamples at once."""


def box(maps: Maps, radius: int) -> Maps:
    """Average over a (2 radius + 1) square window, reflected at the edges."""
    side = 2 * radius + 1
    averaged: Maps = cv2.blur(maps, (side, side), borderType=cv2.BORDER_REFLECT)
    return averaged


def shrunk(maps: Maps, size: tuple[int, int]) -> Maps:
    """Average ``maps`` (h, w, n) down to ``size``, width and height."""
    groups = [
        cv2.resize(group, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], -1)
        for group in grouped(maps)
    ]
    return np.concatenate(groups, axis=2)


def at_points(maps: Maps, x: Maps, y: Maps) -> Maps:
    """Look ``maps`` (h, w, n) up, bilinearly, at ``x`` and ``y`` (points,): (points, n)."""
    filled = max(1, -(-x.size // ROW)) * ROW
    place = np.zeros((2, filled), np.float32)
    place[0, : x.size], place[1, : y.size] = x, y
    across, down = place.reshape(2, -1, ROW)
    groups = [
        cv2.remap(group, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for group in grouped(maps)
    ]
    found: Maps = np.concatenate([group.reshape(filled, -1) for group in groups], axis=1)
    return found[: x.size]


def grouped(maps: Maps) -> list[Maps]:
    """Split the channels into as many as OpenCV takes at once."""
    return [
        np.ascontiguousarray(maps[:, :, first : first + TOGETHER])
        for first in range(0, maps.shape[2], TOGETHER)
    ]
