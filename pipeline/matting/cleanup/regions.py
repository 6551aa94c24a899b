"""Pieces of a mask that the model doubts, and how their colour differs from what is beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from pipeline.masks import Mask
    from pipeline.matting.colour_prior import Floats
    from pipeline.matting.trimap import Outline

    Flags = NDArray[np.bool_]

BEYOND = 0.06
"""The share of a piece that must lie outside the band: what is inside it, the matting settles.

At 0.15 white paper stayed above a boot. Of 679 photos 21 change by more than 25 pixels: rims and
tips of gaps go; a clock's bell of which the model had lost half loses more.
"""
LITTLE = 0.25
"""Share of the mask above which a piece is kept: the product itself may be white on white.

Of 309 photos one had a patch above 0.03, and it was half of a white bowl (0.37); the floor between
a pair of trousers' legs is 0.14.
"""
TOLD = 2.0
"""What the log ratio of a piece's colours, product by backdrop, weighs beside the model's logit."""
RING = 2.5
"""Width in cells of the strip around a piece that its colour is compared with."""
OPEN = 25
"""Percentage of the backdrop in the strip that has a piece's colour where there is no edge."""


class Apart(NamedTuple):
    """Distances of a piece's mean colour, in sRGB of 0..1.

    ``backdrop`` is from the backdrop beside it where that is nearest, ``product`` from the
    product's mean colour beside it.
    """

    backdrop: float
    product: float


def pieces(mask: Mask, outline: Outline) -> Iterator[tuple[tuple[slice, slice], Flags]]:
    """Take apart ``mask`` (h, w) of 0 and 1; what lies within the band is left out.

    Yields where a piece is, with RING around it, and the piece there.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    beyond = np.bincount(labels[outline.band == 0], minlength=count)
    margin = int(np.ceil(RING * outline.cell))
    for index in range(1, count):
        left, top, wide, high, area = stats[index]
        if beyond[index] < max(outline.cell**2, BEYOND * area):
            continue
        box = (
            slice(max(0, top - margin), top + high + margin),
            slice(max(0, left - margin), left + wide + margin),
        )
        yield box, labels[box] == index


def apart(guide: Floats, product: Flags, piece: Flags, cell: float) -> Apart | None:
    """Compare the colour of ``piece`` (h, w) with both sides' beside it; None where one is not.

    ``guide`` (h, w, 3) is the photo there, and ``product`` (h, w) what is within the outline.
    """
    width = 2 * int(np.ceil(RING * cell)) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    strip = (cv2.dilate(piece.astype(np.uint8), disc) > 0) & ~piece
    outer, inner = guide[strip & ~product], guide[strip & product]
    if not len(outer) or not len(inner):
        return None
    colour = guide[piece].mean(axis=0)
    open_edge = np.percentile(np.linalg.norm(outer - colour, axis=1), OPEN)
    return Apart(float(open_edge), float(np.linalg.norm(inner.mean(axis=0) - colour)))
