"""The band at full resolution: each pixel's alpha and colour from the photo and the maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.masks import between, opaque, places, visible
from pipeline.matting.foreground_colours import unmix
from pipeline.matting.sampling import at_points
from pipeline.matting.solver import apply
from pipeline.matting.trimap import SPECK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from pipeline.masks import Mask
    from pipeline.matting.colour_prior import Floats
    from pipeline.matting.foreground_colours import Layers
    from pipeline.matting.trimap import Outline
    from pipeline.values import Box, Pixels, Plane

    Points = tuple[NDArray[np.int32], NDArray[np.int32]]

TOGETHER = 1 << 17
"""Pixels worked on at once, which bounds the memory that they take."""
CLEAR, VAGUE = 0.04, 0.18
"""Alpha this near to 0 or 1 is stretched to it, where colour is trusted and where it is not.

A linear fit seldom reaches either end; where both sides look alike it is noise around the middle.
"""
SMEARED = 3
"""Pixels by which a JPEG's colours, kept at half its resolution, run over an edge."""
FAINT = 0.1
"""Alpha below this joins nothing."""
FADES = 0.5
"""Width, in cells, of the rim in which a product may be fainter than that."""


def evaluate(
    pixels: Pixels,
    outline: Outline,
    coefficients: NDArray[np.float32],
    trust: Plane,
    layers: Layers,
) -> tuple[Plane, Pixels]:
    """Work out alpha (height, width) and foreground (height, width, 3) of the whole photo.

    Outside the band alpha is the mask's, and the foreground the photo's own pixel, or white
    where nothing of the product is: the old backdrop does not travel on, hidden or not.
    """
    left, top, right, bottom = full_box(outline)
    size = right - left, bottom - top
    view = pixels[top:bottom, left:right]
    alpha = np.zeros(pixels.shape[:2], np.float32)
    part = alpha[top:bottom, left:right]
    inside = cv2.resize(outline.inside, size, interpolation=cv2.INTER_NEAREST)
    np.multiply(inside, np.float32(1 / 255), out=part)
    foreground = np.full_like(pixels, 255)
    region = foreground[top:bottom, left:right]
    band = cv2.resize(outline.band, size, interpolation=cv2.INTER_NEAREST)
    cv2.copyTo(view, inside | band, region)

    cell = outline.cell * outline.full[0] / outline.size[0]
    for points, x, y in scattered(band, outline):
        colours = view[points].astype(np.float32) * np.float32(1 / 255)
        share = apply(at_points(coefficients, x, y), colours)
        end = np.float32(VAGUE) - np.float32(VAGUE - CLEAR) * at_points(trust, x, y)[:, 0]
        part[points] = np.clip((share - end) / (1 - 2 * end), 0, 1)
    seen = visible(part)
    region[places(band & ~seen)] = 255
    mixed = cv2.dilate(~opaque(part), np.ones((2 * SMEARED + 1,) * 2, np.uint8))
    for points, x, y in scattered(band & seen & mixed, outline):
        colours = view[points].astype(np.float32) * np.float32(1 / 255)
        clean = unmix(colours, part[points], layers.at(x, y))
        region[points] = np.rint(clean * 255).astype(np.uint8)
    drop_crumbs(part, region, cell)
    return alpha, foreground


def scattered(mask: Mask, outline: Outline) -> Iterator[tuple[Points, Floats, Floats]]:
    """Yield rows and columns of ``mask`` on the crop, TOGETHER at once, and their places on it."""
    left, top, _, _ = full_box(outline)
    across, down = outline.size[0] / outline.full[0], outline.size[1] / outline.full[1]
    all_rows, all_columns = places(mask)
    for first in range(0, all_rows.size, TOGETHER):
        rows, columns = all_rows[first : first + TOGETHER], all_columns[first : first + TOGETHER]
        x = ((columns + (left + 0.5)) * across - (0.5 + outline.crop[0])).astype(np.float32)
        y = ((rows + (top + 0.5)) * down - (0.5 + outline.crop[1])).astype(np.float32)
        yield (rows, columns), x, y


def drop_crumbs(alpha: Plane, foreground: Pixels, cell: float) -> None:
    """Take off, in place, pieces below SPECK squared cells, and what is faint and hangs on none.

    It is texture beside the product that has like colours.
    """
    solid = between(alpha, FAINT, 1)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=4)
    areas = stats[1:, cv2.CC_STAT_AREA]
    crumbs = (areas < SPECK * cell**2) & (areas < areas.max(initial=0))
    product = solid.copy()
    for index in np.flatnonzero(crumbs) + 1:
        left, top, wide, high, _ = stats[index]
        box = slice(top, top + high), slice(left, left + wide)
        product[box][labels[box] == index] = 0
    seen, hanging = visible(alpha), product
    faint = seen & ~solid
    for _ in range(max(1, round(FADES * cell))):
        hanging = product | (faint & cv2.dilate(hanging, np.ones((3, 3), np.uint8)))
    gone = places(seen & ~hanging)
    alpha[gone] = 0
    foreground[gone] = 255


def full_box(outline: Outline) -> Box:
    """Return the outline's crop in the photo's own pixels."""
    across, down = outline.full[0] / outline.size[0], outline.full[1] / outline.size[1]
    left, top, right, bottom = outline.crop
    return round(left * across), round(top * down), round(right * across), round(bottom * down)
