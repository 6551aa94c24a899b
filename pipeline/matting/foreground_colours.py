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

from pipeline.matting.sampling import box_filter, sample
from pipeline.matting.solver import apply_coefficients

if TYPE_CHECKING:
    from pipeline.matting.sampling import Floats
    from pipeline.matting.trimap import Trimap

WIDE_RADIUS, NARROW_RADIUS = 4.0, 1.5
"""Radii of the two windows in cells: one reaches what is sure from anywhere in the unknown
region."""
PURITY_POWER = 4
"""Power of its share by which a mixed pixel counts in the wide window: the purer, the more."""
MIN_SHARE = 1e-6
"""Share of a window below which a layer's colour there does not matter."""
HUE_NOISE = 0.003
"""Squared difference of two colours' hues that is noise."""
MAX_SPILL = 0.5
"""A tint above this share of the backdrop's hue may be the product's own, and is at twice it."""


class Layers(NamedTuple):
    """Blurred ``front`` and ``back``, (h, w, 4) float32 each: colour times share, and share."""

    front: Floats
    back: Floats

    def at(self, x: Floats, y: Floats) -> Layers:
        """Sample both at scattered points: (points, 4) each.

        ``x`` and ``y`` are (points,) float32, in pixels of the maps.
        """
        return Layers(sample(self.front, x, y), sample(self.back, x, y))

    def blurred(self, radius: int) -> Layers:
        """Average both in windows of ``radius``."""
        return Layers(box_filter(self.front, radius), box_filter(self.back, radius))


def estimate_layers(guide: Floats, trimap: Trimap, coefficients: Floats) -> Layers:
    """Find the blurred layers that `unmix` needs; they hold in the unknown region.

    ``guide`` is (h, w, 3) and ``coefficients`` are the solver's, (h, w, 4). Both are float32,
    ``guide`` RGB in 0..1.
    """
    unknown = np.nonzero(trimap.unknown)
    colours = guide[unknown]
    alpha = apply_coefficients(coefficients[unknown], colours)
    share = alpha[:, None]
    known = cv2.merge([*cv2.split(guide), np.ones(trimap.unknown.shape, np.float32)])
    front = cv2.copyTo(known, trimap.mask)
    back = cv2.subtract(known, front)
    front[unknown] = known[unknown] * share**PURITY_POWER
    back[unknown] = known[unknown] * (1 - share) ** PURITY_POWER
    layers = Layers(front, back)

    wide = layers.blurred(round(WIDE_RADIUS * trimap.cell))
    nearby = Layers(wide.front[unknown], wide.back[unknown])
    product = unmix(colours, alpha, nearby)
    backdrop = nearby.back[:, :3] / np.maximum(nearby.back[:, 3:], MIN_SHARE)
    layers.front[unknown] = np.hstack([product * share, share])
    layers.back[unknown] = np.hstack([backdrop * (1 - share), 1 - share])
    return layers.blurred(round(NARROW_RADIUS * trimap.cell))


def unmix(colours: Floats, alpha: Floats, layers: Layers) -> Floats:
    """Take the backdrop out of mixed ``colours``: (points, 3) float32 in 0..1.

    ``colours`` are (points, 3), ``alpha`` (points,), and ``layers`` those of `estimate_layers`
    there, (points, 4) each.
    """
    front, back, mixed = (np.ascontiguousarray(rows.T) for rows in (*layers, colours))
    front, back = (layer[:3] / np.maximum(layer[3], MIN_SHARE) for layer in (front, back))
    own = front + alpha * (mixed - back + alpha * (back - front))
    return np.asarray(np.clip(without_spill(own, front, back), 0, 1).T, np.float32)


def without_spill(own: Floats, front: Floats, back: Floats) -> Floats:
    """Take from ``own`` what tints ``front`` towards the hue of ``back``.

    All are (3, points) float32 RGB in 0..1.
    """
    towards, off = (rows - rows.mean(axis=0) for rows in (back - front, own - front))
    length = (towards * towards).sum(axis=0)
    spill = (off * towards).sum(axis=0) / (length + HUE_NOISE)
    spill = np.clip(spill, 0, 1) * np.clip(2 - spill / MAX_SPILL, 0, 1)
    return np.asarray(own - towards * spill, np.float32)
