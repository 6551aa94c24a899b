"""What colour product and backdrop have where the two mix.

Forte, "Approximate Fast Foreground Colour Estimation", ICIP 2021: each layer's colour is a blur
of the photo weighted by its share, corrected so that the layers add up to the photo again; once
with a wide window, then with a narrow one. In the wide one mixed pixels count for less than their
share, or the old backdrop would tint what it is taken out of. What still leans towards the
backdrop's hue after that is the camera's and the JPEG's doing, and goes too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from pipeline.matting.sampling import at_points, box
from pipeline.matting.solver import apply

if TYPE_CHECKING:
    from pipeline.matting.colour_prior import Floats
    from pipeline.matting.trimap import Outline

WIDE, NARROW = 4.0, 1.5
"""Radii of the two windows in cells: one reaches what is sure from anywhere in the band."""
PURE = 4
"""Power of its share by which a mixed pixel counts in the wide window: the purer, the more."""
NEGLIGIBLE = 1e-6
"""Share of a window below which a layer's colour there does not matter."""

HUELESS = 0.003
"""Squared difference of two colours' hues that is noise."""
TINT = 0.5
"""A tint above this share of the backdrop's hue may be the product's own, and is at twice it."""


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


def separate(guide: Floats, outline: Outline, coefficients: Floats) -> Layers:
    """Find the blurred layers around every pixel: what `unmix` needs. They hold in the band."""
    band = np.nonzero(outline.band)
    colours = guide[band]
    alpha = apply(coefficients[band], colours)
    share = alpha[:, None]
    known = cv2.merge([*cv2.split(guide), np.ones(outline.band.shape, np.float32)])
    front = cv2.copyTo(known, outline.inside)
    back = cv2.subtract(known, front)
    front[band] = known[band] * share**PURE
    back[band] = known[band] * (1 - share) ** PURE
    layers = Layers(front, back)

    wide = layers.blurred(round(WIDE * outline.cell))
    around = Layers(wide.front[band], wide.back[band])
    product = unmix(colours, alpha, around)
    backdrop = around.back[:, :3] / np.maximum(around.back[:, 3:], NEGLIGIBLE)
    layers.front[band] = np.hstack([product * share, share])
    layers.back[band] = np.hstack([backdrop * (1 - share), 1 - share])
    return layers.blurred(round(NARROW * outline.cell))


def unmix(colours: Floats, alpha: Floats, around: Layers) -> Floats:
    """Take the backdrop out of mixed ``colours`` (points, 3), given `separate`'s layers there."""
    front, back, mixed = (np.ascontiguousarray(rows.T) for rows in (*around, colours))
    front, back = (layer[:3] / np.maximum(layer[3], NEGLIGIBLE) for layer in (front, back))
    own = front + alpha * (mixed - back + alpha * (back - front))
    return np.asarray(np.clip(without_tint(own, front, back), 0, 1).T, np.float32)


def without_tint(own: Floats, front: Floats, back: Floats) -> Floats:
    """Take from ``own`` (3, points) what tints ``front`` towards the hue of ``back``."""
    towards, apart = (rows - rows.mean(axis=0) for rows in (back - front, own - front))
    length = (towards * towards).sum(axis=0)
    tint = (apart * towards).sum(axis=0) / (length + HUELESS)
    tint = np.clip(tint, 0, 1) * np.clip(2 - tint / TINT, 0, 1)
    return np.asarray(own - towards * tint, np.float32)
