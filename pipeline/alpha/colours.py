"""What colour product and backdrop have where the two mix.

Forte, "Approximate Fast Foreground Colour Estimation", ICIP 2021: each layer's colour is a blur
of the photo weighted by its share, corrected so that the layers add up to the photo again; once
with a wide window, then with a narrow one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.alpha.maps import at_points, box, shrunk
from pipeline.alpha.matting import apply

if TYPE_CHECKING:
    from pipeline.alpha.matting import Floats
    from pipeline.alpha.outline import Outline

WIDE, NARROW = 45, 5
"""Radii of the two windows in work pixels."""
COARSE = 4
"""The wide window is worked out on maps this many times smaller."""
NEGLIGIBLE = 1e-4
"""Share of a window below which a layer's colour there does not matter."""


def separate(guide: Floats, outline: Outline, coefficients: Floats) -> Floats:
    """Blurred layers around every pixel, (h, w, 8) float32: what `unmix` needs.

    The product's colour times alpha, alpha; the backdrop's times 1 - alpha, 1 - alpha. They hold
    in the band.
    """
    band = np.nonzero(outline.band)
    alpha = outline.inside.astype(np.float32) * np.float32(1 / 255)
    alpha[band] = apply(coefficients[band], guide[band])

    height, width = alpha.shape
    size = max(1, width // COARSE), max(1, height // COARSE)
    shares = shrunk(layers(guide, guide, alpha), size)
    wide = at_points(
        box(shares, WIDE // COARSE),
        (band[1] + np.float32(0.5)) * np.float32(size[0] / width) - np.float32(0.5),
        (band[0] + np.float32(0.5)) * np.float32(size[1] / height) - np.float32(0.5),
    )
    product, backdrop = guide.copy(), guide.copy()
    product[band] = unmix(guide[band], alpha[band], wide)
    backdrop[band] = wide[:, 4:7] / np.maximum(wide[:, 7:], NEGLIGIBLE)
    return box(layers(product, backdrop, alpha), NARROW)


def layers(product: Floats, backdrop: Floats, alpha: Floats) -> Floats:
    """Weigh each layer by its share: (h, w, 8)."""
    rest = 1 - alpha
    front = (plane * alpha for plane in cv2.split(product))
    back = (plane * rest for plane in cv2.split(backdrop))
    return np.asarray(cv2.merge([*front, alpha, *back, rest]), np.float32)


def unmix(colours: Floats, alpha: Floats, around: Floats) -> Floats:
    """Take the backdrop out of mixed ``colours`` (points, 3), given `separate`'s layers there."""
    share = alpha[:, None]
    front = around[:, :3] / np.maximum(around[:, 3:4], NEGLIGIBLE)
    back = around[:, 4:7] / np.maximum(around[:, 7:], NEGLIGIBLE)
    own = front + share * (colours - share * front - (1 - share) * back)
    return np.asarray(np.clip(own, 0, 1), np.float32)
