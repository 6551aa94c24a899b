"""Bays of backdrop that the model took for product: a crotch, an armpit, between a pair of shoes.

The photo is flooded from what is surely backdrop and from what is surely product, the flattest
places first, and the two meet at an edge: the watershed of Meyer, "Color image segmentation", 1992.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.alpha.thin import RING, pieces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.alpha.clues import Floats
    from pipeline.alpha.outline import Outline

    Flags = NDArray[np.bool_]

SMOOTH = 0.8
"""Deviation in pixels of the blur under which grain is no edge."""
ENCLOSED = 0.7
"""The share of a bay's rim that is the product's: less, and it is a corner of the product."""
ALIKE, UNLIKE, RATIO = 0.15, 0.12, 2.5
"""Distance of its colour from the backdrop's at its mouth, from the product's, and their least
ratio."""
NEAREST = 25
"""Percentage of the backdrop beside it that lies at its mouth."""
DECIDED, SURE = 4.0, 5.0
"""Least and mean logit in a bay from which on the model is believed."""
TOLD = 2.0
"""What the log ratio of its colours weighs beside the model's logit."""
PRODUCT, BACKDROP = 1, 2
"""What the two floods are called."""
LARGEST = 0.25
"""Share of the mask above which it is no bay."""


def bays(guide: Floats, outline: Outline, likely: Floats, doubt: float) -> Flags:
    """Find the bays, (h, w), in what lies within the outline and has logits below ``doubt``.

    ``guide`` is the photo on the outline's crop, (h, w, 3), and ``likely`` (h, w) the logarithm of
    how much likelier each colour is on the product than on the backdrop.
    """
    inside = outline.inside > 0
    sea = (flooded(guide, outline, doubt) & inside).astype(np.uint8)
    found = np.zeros(inside.shape, bool)
    width = 2 * int(np.ceil(RING * outline.cell)) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    square = np.ones((3, 3), np.uint8)
    most = LARGEST * np.count_nonzero(inside)
    for box, piece in pieces(cv2.morphologyEx(sea, cv2.MORPH_OPEN, square), outline):
        here, product, logit = piece > 0, inside[box], outline.logit[box]
        rim = (cv2.dilate(piece, square) > 0) & ~here
        strip = (cv2.dilate(piece, disc) > 0) & ~here
        outer, inner = guide[box][strip & ~product], guide[box][strip & product]
        if not len(outer) or not len(inner) or np.count_nonzero(here) > most:
            continue
        said = logit[here]
        colour = guide[box][here].mean(axis=0)
        mouth = np.percentile(np.linalg.norm(outer - colour, axis=1), NEAREST)
        edge = np.linalg.norm(inner.mean(axis=0) - colour)
        found[box] |= here & (
            product[rim].mean() > ENCLOSED
            and mouth < ALIKE
            and edge > max(UNLIKE, RATIO * mouth)
            and said.min() < DECIDED
            and said.mean() < SURE
            and said.mean() + TOLD * likely[box][here].mean() < 0
        )
    return found


def flooded(guide: Floats, outline: Outline, doubt: float) -> Flags:
    """Flood ``guide`` and tell what the backdrop's flood reaches first: (h, w).

    Seeds are what lies outside the band, and within it where logits are ``doubt`` or more.
    """
    seeds = np.zeros(outline.inside.shape, np.int32)
    seeds[(outline.inside > 0) & (outline.logit >= doubt)] = PRODUCT
    seeds[(outline.inside | outline.band) == 0] = BACKDROP
    smooth = cv2.convertScaleAbs(cv2.GaussianBlur(guide, (0, 0), SMOOTH), alpha=255)
    reached: Flags = cv2.watershed(smooth, seeds) == BACKDROP
    return reached
