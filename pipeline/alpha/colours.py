"""What colour product and backdrop have where the two mix.

Forte, "Approximate Fast Foreground Colour Estimation", ICIP 2021: each layer's colour is a blur
of the photo weighted by its share, corrected so that the layers add up to the photo again; once
with a wide window, then with a narrow one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from pipeline.alpha.maps import at_points, box
from pipeline.alpha.matting import apply

if TYPE_CHECKING:
    from pipeline.alpha.clues import Floats
    from pipeline.alpha.outline import Outline

WIDE, NARROW = 45, 5
"""Radii of the two windows in work pixels."""
COARSE = 4
"""The wide window is worked out on maps this many times smaller."""
NEGLIGIBLE = 1e-4
"""Share of a window below which a layer's colour there does not matter."""


class Layers(NamedTuple):
    """Blurred ``front`` and ``back``, (h, w, 4) float32 each: colour times share, and share."""

    front: Floats
    back: Floats

    def at(self, x: Floats, y: Floats) -> Layers:
        """Look both up at scattered points: (points, 4) each."""
        return Layers(at_points(self.front, x, y), at_points(self.back, x, y))

    def blurred(self, radius: int) -> Layers:
        """Average both in windows of ``radius``."""
        return Layers(box(self.front, radius), box(self.back, radius))

    def shrunk(self, size: tuple[int, int]) -> Layers:
        """Average both down to ``size``, width and height."""
        front, back = (
            cv2.resize(layer, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], 4)
            for layer in self
        )
        return Layers(front, back)


def separate(guide: Floats, outline: Outline, coefficients: Floats) -> Layers:
    """Find the blurred layers around every pixel: what `unmix` needs. They hold in the band."""
    band = np.nonzero(outline.band)
    colours = guide[band]
    alpha = apply(coefficients[band], colours)
    share = alpha[:, None]
    known = cv2.merge([*cv2.split(guide), np.ones(outline.band.shape, np.float32)])
    front = cv2.copyTo(known, outline.inside)
    front[band] = known[band] * share
    layers = Layers(front, cv2.subtract(known, front))

    height, width = outline.band.shape
    size = max(1, width // COARSE), max(1, height // COARSE)
    wide = layers.shrunk(size).blurred(WIDE // COARSE)
    around = wide.at(
        (band[1] + np.float32(0.5)) * np.float32(size[0] / width) - np.float32(0.5),
        (band[0] + np.float32(0.5)) * np.float32(size[1] / height) - np.float32(0.5),
    )
    product = unmix(colours, alpha, around)
    backdrop = around.back[:, :3] / np.maximum(around.back[:, 3:], NEGLIGIBLE)
    layers.front[band] = np.hstack([product * share, share])
    layers.back[band] = np.hstack([backdrop * (1 - share), 1 - share])
    return layers.blurred(NARROW)


def unmix(colours: Floats, alpha: Floats, around: Layers) -> Floats:
    """Take the backdrop out of mixed ``colours`` (points, 3), given `separate`'s layers there."""
    share = alpha[:, None]
    front, back = (layer[:, :3] / np.maximum(layer[:, 3:], NEGLIGIBLE) for layer in around)
    own = front + share * (colours - share * front - (1 - share) * back)
    return np.asarray(np.clip(own, 0, 1), np.float32)
