"""Bays of backdrop that the model took for product: a crotch, an armpit, between a pair of shoes.

The photo is flooded from what is surely backdrop and from what is surely product, the flattest
places first, and the two meet at an edge: the watershed of Meyer, "Color image segmentation", 1992.
What it proposes is a bay if the product encloses it and colour says backdrop more surely than the
model doubts. Of 451 photos of garments 29 change by more than 25 pixels, of 228 of goods 11; by eye
one of the 40 lost what was the product's, a bow at a neckline.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.matting.cleanup.regions import LITTLE, TOLD, apart, pieces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.matting.colour_prior import Floats
    from pipeline.matting.trimap import Outline

    Flags = NDArray[np.bool_]

SMOOTH = 0.8
"""Deviation in pixels of the blur under which grain is no edge."""
ENCLOSED = 0.7
"""The share of a bay's rim that is the product's: less, and it is a corner of the product."""
ALIKE, UNLIKE, RATIO = 0.15, 0.12, 2.5
"""Most and least distance of its colour from backdrop and product, and their least ratio."""
DECIDED, SURE = 4.0, 5.0
"""Least and mean logit in a bay from which on the model is believed."""
PRODUCT, BACKDROP = 1, 2
"""What the two floods are called."""


def bays(guide: Floats, outline: Outline, likely: Floats, doubt: float) -> Flags:
    """Find the bays, (h, w), in what lies within the outline and has logits below ``doubt``.

    ``guide`` is the photo on the outline's crop, (h, w, 3), and ``likely`` (h, w) the logarithm of
    how much likelier each colour is on the product than on the backdrop.
    """
    inside = outline.inside > 0
    sea = (flooded(guide, outline, doubt) & inside).astype(np.uint8)
    found = np.zeros(inside.shape, bool)
    square = np.ones((3, 3), np.uint8)
    most = LITTLE * np.count_nonzero(inside)
    for box, piece in pieces(cv2.morphologyEx(sea, cv2.MORPH_OPEN, square), outline):
        product, said = inside[box], outline.logit[box][piece]
        colour = apart(guide[box], product, piece, outline.cell)
        if colour is None or np.count_nonzero(piece) > most:
            continue
        rim = (cv2.dilate(piece.astype(np.uint8), square) > 0) & ~piece
        found[box] |= piece & (
            product[rim].mean() > ENCLOSED
            and colour.backdrop < ALIKE
            and colour.product > max(UNLIKE, RATIO * colour.backdrop)
            and said.min() < DECIDED
            and said.mean() < SURE
            and said.mean() + TOLD * likely[box][piece].mean() < 0
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
