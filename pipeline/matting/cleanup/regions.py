"""Connected regions where the model is uncertain, and how their colour differs from both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.masks import BinaryMask
    from pipeline.matting.sampling import Flags, Floats
    from pipeline.matting.trimap import Trimap

MIN_SHARE_BEYOND = 0.06
"""The share of a region that must lie outside the unknown region: the solver settles what is in it.

At 0.15 white paper stayed above a boot. Of 679 photos 21 change by more than 25 pixels: rims and
tips of gaps go; a clock's bell of which the model had lost half loses more.
"""
MAX_AREA_SHARE = 0.25
"""Share of the mask above which a region is kept: the product itself may be white on white.

Of 309 photos one had a patch above 0.03, and it was half of a white bowl (0.37); the floor between
a pair of trousers' legs is 0.14.
"""
RING_WIDTH = 2.5
"""Width in cells of the strip around a region that its colour is compared with."""
OPEN_PERCENTILE = 25
"""Percentage of the backdrop in the strip that has a region's colour where there is no edge."""


class ColourDistance(NamedTuple):
    """Distances of a region's mean colour, in sRGB of 0..1.

    ``backdrop`` is from the backdrop beside it where that is nearest, ``product`` from the
    product's mean colour beside it.
    """

    backdrop: float
    product: float


def regions(mask: BinaryMask, trimap: Trimap) -> Iterator[tuple[tuple[slice, slice], Flags]]:
    """Yield the connected regions of ``mask`` (h, w) of 0 and 1 that reach beyond what is unknown.

    Each comes as the box in which it lies, with RING_WIDTH around it, and the region in that box.
    ``mask`` is uint8, a region (h, w) bool.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    beyond = np.bincount(labels[trimap.unknown == 0], minlength=count)
    margin = int(np.ceil(RING_WIDTH * trimap.cell))
    for index in range(1, count):
        left, top, wide, high, area = stats[index]
        if beyond[index] < max(trimap.cell**2, MIN_SHARE_BEYOND * area):
            continue
        box = (
            slice(max(0, top - margin), top + high + margin),
            slice(max(0, left - margin), left + wide + margin),
        )
        yield box, labels[box] == index


def colour_distance(
    guide: Floats, product: Flags, region: Flags, cell: float
) -> ColourDistance | None:
    """Compare the colour of ``region`` (h, w) with both sides' beside it; None where one is not.

    ``guide`` (h, w, 3) is the photo there, and ``product`` (h, w) the mask. ``guide`` is float32
    RGB in 0..1, the others are bool; ``cell`` is in pixels.
    """
    width = 2 * int(np.ceil(RING_WIDTH * cell)) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    strip = (cv2.dilate(region.astype(np.uint8), disc) > 0) & ~region
    outer, inner = guide[strip & ~product], guide[strip & product]
    if not len(outer) or not len(inner):
        return None
    colour = guide[region].mean(axis=0)
    open_edge = np.percentile(np.linalg.norm(outer - colour, axis=1), OPEN_PERCENTILE)
    return ColourDistance(float(open_edge), float(np.linalg.norm(inner.mean(axis=0) - colour)))
