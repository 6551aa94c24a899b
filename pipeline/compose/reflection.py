"""The faint reflection of what stands on a glossy floor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.compose.framing import SOLID_ALPHA, Layer
from pipeline.compose.linear import blend
from pipeline.masks import between, extent

if TYPE_CHECKING:
    from pipeline.values import Pixels

REACH = 0.16
"""The share of the product's height, from below, that is mirrored until it has faded."""
BLUR = 0.008
"""Deviation of the reflection's blur, in heights of the product."""


def mirror(canvas: Pixels, product: Layer, gloss: float) -> None:
    """Lay the product's mirror image below it over ``canvas``, in place.

    ``canvas`` is (h, w, 3) uint8 RGB; ``gloss`` is 0..1, how much is mirrored at the foot.
    """
    left, top, right, base = extent(between(product.alpha, SOLID_ALPHA, 1))
    high = round(REACH * (base - top))
    below = canvas.shape[0] - product.y - base
    rows = min(high, below)
    if left == right or rows <= 1:
        return
    part = slice(base - rows, base), slice(left, right)
    fade = gloss * np.linspace(1, 0, high, dtype=np.float32)[:rows, None] ** 2
    sigma = max(0.6, BLUR * (base - top))
    colours = cv2.GaussianBlur(product.colours[part][::-1], (0, 0), sigma)
    alpha = cv2.GaussianBlur(product.alpha[part][::-1], (0, 0), sigma) * fade
    blend(canvas, Layer(colours, alpha, product.x + left, product.y + base))
