"""What a shadow needs besides where all around is pure white."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.compose.framing import SOLID_ALPHA
from pipeline.compose.shadow import blurred, on_map
from pipeline.masks import between, extent

if TYPE_CHECKING:
    from pipeline.compose.framing import Layer
    from pipeline.compose.linear import Shadow
    from pipeline.values import Plane

EDGE = 0.12
"""Of a white frame's shorter side, from its edges, within which a shadow fades."""
EDGE_DEPTH, BLUR = 0.25, 0.012
"""How deep the shade is along a white product's edge, and its blur, in the product's size."""
PALE = 228, 250
"""The darkest channel from which a product begins to vanish on white, and where it has."""


def faded(shadow: Shadow, size: tuple[int, int]) -> Shadow:
    """Have a shadow end before the edges of a frame of ``size``: a page around it is white too."""
    high, wide = shadow.depth.shape
    reach = EDGE * min(size)
    x = np.arange(shadow.x, shadow.x + wide, dtype=np.float32)
    y = np.arange(shadow.y, shadow.y + high, dtype=np.float32)
    across = np.clip(np.minimum(x, size[0] - 1 - x) / reach, 0, 1)
    down = np.clip(np.minimum(y, size[1] - 1 - y) / reach, 0, 1)
    share = (down[:, None] * across).astype(np.float32)
    return replace(shadow, depth=shadow.depth * share)


def edge_shade(product: Layer, size: tuple[int, int]) -> Plane:
    """Shade the edge of a product where it is white itself, so that one sees where it ends.

    Returns (h, w) float32 in 0..1, of `on_map`; ``size`` is the frame's width and height in pixels.
    """
    red, green, blue = cv2.split(product.colours)
    darkest = cv2.min(cv2.min(red, green), blue)
    levels = np.arange(256, dtype=np.float32)
    ramp = np.clip((levels - PALE[0]) / (PALE[1] - PALE[0]), 0, 1)
    pale = on_map(replace(product, alpha=product.alpha * cv2.LUT(darkest, ramp)), size)
    left, top, right, bottom = extent(between(on_map(product, size), SOLID_ALPHA, 1))
    unit = float(np.sqrt(max(1, (right - left) * (bottom - top))))
    return np.float32(EDGE_DEPTH) * blurred(pale, BLUR * unit)
