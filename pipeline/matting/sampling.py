"""Maps of up to four channels: averaged in windows, and sampled at scattered points."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]
    """float32. Colours are (h, w, 3) or (points, 3) in 0..1, RGB, sRGB-encoded."""
    Flags: TypeAlias = NDArray[np.bool_]

REMAP_WIDTH = 4096
"""Points are sampled in rows of this many: cv2.remap bounds each side of its answer."""


def box_filter(maps: Floats, radius: int) -> Floats:
    """Average ``maps`` (h, w) or (h, w, n) over (2 radius + 1) windows, reflected at the edges.

    ``maps`` is float32, the radius in pixels.
    """
    side = 2 * radius + 1
    averaged: Floats = cv2.blur(maps, (side, side), borderType=cv2.BORDER_REFLECT)
    return averaged


def sample(maps: Floats, x: Floats, y: Floats) -> Floats:
    """Sample ``maps`` (h, w) or (h, w, n) bilinearly at ``x`` and ``y``, (points,): (points, n).

    (0, 0) is the middle of the first pixel; outside, the nearest pixel counts. All are float32.
    """
    filled = max(1, -(-x.size // REMAP_WIDTH)) * REMAP_WIDTH
    place = np.zeros((2, filled), np.float32)
    place[0, : x.size], place[1, : y.size] = x, y
    across, down = place.reshape(2, -1, REMAP_WIDTH)
    found: Floats = cv2.remap(
        maps, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).reshape(filled, -1)
    return found[: x.size]


def dot(one: Floats, other: Floats) -> Floats:
    """Multiply and sum over the last axis: float32 (..., c) and (..., c) to (...)."""
    return np.asarray(np.einsum("...c,...c->...", one, other), np.float32)
