"""Whether a file's transparency is a product cut out, or a frame around an ordinary photo.

Straightened photos have transparent wedges, screenshots round corners and shadows, exports a
transparent border. What shows through there has a plain shape; a product's outline has none.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Alpha = NDArray[np.uint8]

    Mask = NDArray[np.uint8]
    """(height, width), 0 or 1."""

SIDE = 400
"""The longer side, in pixels, at which shapes are compared."""
SOLID, VISIBLE = 190, 12
"""Alpha, 0 to 255, from which a pixel is solid and no shadow, and from which it shows at all."""
LEAST_SHARE = 0.02
"""A cut-out leaves at least this share of all pixels transparent."""
LEAST_BORDER = 0.4
"""It leaves at least this share of the picture's edge transparent; one side may cut the product."""
PIECE = 0.02
"""A connected piece smaller than this share of the largest is ignored as dirt."""
PLAIN = 0.985
"""IoU with a plain shape from which a piece is taken to have that shape."""
FRAMED, REACH = 2, 0.03
"""A masked photo comes within REACH of the frame, a share of its side, on FRAMED sides or more."""
HALO = 0.05
"""A window's shadow covers more than this share of the solid area farther than REACH from it, where
a merely soft edge ends before."""
APART = 0.005
"""Tolerance of the polygon through an outline, as a share of the outline's length."""
SIDES = 8
"""Sides that a turned rectangle clipped by its frame has at most."""


def is_cut_out(alpha: Alpha) -> bool:
    """Tell whether (height, width) uint8 alpha outlines a product.

    It does not where it hides hardly anything, where most of the picture's edge shows, or where
    all that shows is plain shapes that fill the frame or have a shadow: rectangles, turned or not,
    with round corners or not, and ellipses. A product that happens to be one, cropped tightly, is
    found anew on white, which costs little.
    """
    small = _shrunk(alpha)
    shown = small >= SOLID
    if 2 * shown.sum() < (small >= VISIBLE).sum():
        # Glass and smoke have no solid part to speak of.
        shown = small >= VISIBLE
    mask = _filled(shown.astype(np.uint8))
    if 1 - mask.mean() < LEAST_SHARE or not mask.any():
        return False
    edge = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    if 1 - edge.mean() < LEAST_BORDER:
        return False
    if not all(_is_plain(piece) for piece in _pieces(mask)):
        return True
    return not _has_halo(small, mask) and _sides_reached(mask) < FRAMED


def _shrunk(alpha: Alpha) -> Alpha:
    """Return alpha at SIDE or smaller."""
    height, width = alpha.shape
    scale = min(1.0, SIDE / max(height, width))
    size = max(8, round(width * scale)), max(8, round(height * scale))
    small: Alpha = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
    return small


def _filled(shown: Mask) -> Mask:
    """Fill holes that are not connected to the edge: only the outline counts."""
    height, width = shown.shape
    outside = cv2.copyMakeBorder(shown, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    cv2.floodFill(outside, None, (0, 0), 2)
    # The value that the flood left.
    filled: Mask = (outside[1 : height + 1, 1 : width + 1] != 2).astype(np.uint8)  # noqa: PLR2004
    return filled


def _pieces(mask: Mask) -> list[Mask]:
    """Return the connected pieces, each by itself, without dirt."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    areas = stats[1:, cv2.CC_STAT_AREA]
    return [
        (labels == number).astype(np.uint8)
        for number in range(1, count)
        if areas[number - 1] >= PIECE * areas.max()
    ]


def _sides_reached(mask: Mask) -> int:
    """Count the sides of the frame that what shows comes near to."""
    left, top, width, height = cv2.boundingRect(mask)
    rows, columns = mask.shape
    free = (
        *(left / columns, (columns - left - width) / columns),
        *(top / rows, (rows - top - height) / rows),
    )
    return sum(share < REACH for share in free)


def _has_halo(alpha: Alpha, mask: Mask) -> bool:
    reach = 1 + 2 * max(1, round(max(mask.shape) * REACH))
    near = cv2.dilate(mask, np.ones((reach, reach), np.uint8))
    return bool(((alpha >= VISIBLE) & (near == 0)).sum() > HALO * mask.sum())


def _is_plain(piece: Mask) -> bool:
    """Tell whether a piece is a rectangle, whole or clipped, a rounded one, or an ellipse."""
    contours, _ = cv2.findContours(piece, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hull = cv2.convexHull(max(contours, key=len))
    if not _fits(piece, _polygon(piece, hull)):
        return False
    rough = cv2.approxPolyDP(hull, APART * cv2.arcLength(hull, closed=True), closed=True)
    if len(rough) <= SIDES and _fits(piece, _polygon(piece, rough)):
        return True
    return _fits(*_rounded(piece, hull)) or _fits(piece, _ellipse(piece, hull))


def _fits(piece: Mask, shape: Mask) -> bool:
    """Tell whether two masks cover the same."""
    return bool((piece & shape).sum() >= PLAIN * (piece | shape).sum())


def _polygon(piece: Mask, corners: NDArray[np.int32]) -> Mask:
    drawn = np.zeros_like(piece)
    cv2.fillPoly(drawn, [corners], 1)
    return drawn


def _ellipse(piece: Mask, hull: NDArray[np.int32]) -> Mask:
    """Draw the ellipse of the hull's extent and direction."""
    drawn = np.zeros_like(piece)
    if len(hull) >= 5:  # noqa: PLR2004 - what an ellipse is fitted to
        cv2.ellipse(drawn, cv2.fitEllipse(hull), 1, -1)
    return drawn


def _rounded(piece: Mask, hull: NDArray[np.int32]) -> tuple[Mask, Mask]:
    """Return the piece upright, and a rectangle of its size with corners as round as its own."""
    box = cv2.minAreaRect(hull)
    width, height = (max(2, round(side)) for side in box[1])
    target = np.array([[0, height - 1], [0, 0], [width - 1, 0], [width - 1, height - 1]])
    turn = cv2.getPerspectiveTransform(cv2.boxPoints(box), target.astype(np.float32))
    upright = cv2.warpPerspective(piece, turn, (width, height), flags=cv2.INTER_NEAREST)
    missing = width * height - int(upright.sum())
    radius = min(math.sqrt(max(0, missing) / (4 - math.pi)), min(width, height) / 2)
    rows, columns = np.indices(upright.shape)
    down, across = (
        np.maximum(0, np.abs(place - (side - 1) / 2) - (side / 2 - radius))
        for place, side in ((rows, height), (columns, width))
    )
    return upright, (down**2 + across**2 <= max(radius, 1) ** 2).astype(np.uint8)
