"""The unknown region at full resolution: alpha and colour of each of the photo's own pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.masks import between, opaque, places, visible
from pipeline.matting.foreground_colours import unmix
from pipeline.matting.sampling import sample
from pipeline.matting.solver import apply_coefficients
from pipeline.matting.trimap import MIN_REGION_CELLS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from pipeline.masks import BinaryMask
    from pipeline.matting.colour_prior import ColourPrior
    from pipeline.matting.foreground_colours import Layers
    from pipeline.matting.sampling import Floats
    from pipeline.matting.trimap import Trimap
    from pipeline.values import Pixels, Plane

    Points = tuple[NDArray[np.int32], NDArray[np.int32]]

CHUNK_PIXELS = 1 << 17
"""Pixels worked on at once, which bounds the memory that they take."""
TRUSTED_END, UNTRUSTED_END = 0.04, 0.18
"""Alpha this near to 0 or 1 is stretched to it, where colour is trusted and where it is not.

A linear fit seldom reaches either end; where both sides look alike it is noise around the middle.
"""
CHROMA_RADIUS = 3
"""Pixels by which a JPEG's colours, kept at half its resolution, run over an edge."""
FAINT_ALPHA = 0.1
"""Alpha below this connects nothing."""
FAINT_RIM = 0.5
"""Width, in cells, of the rim in which a product may be fainter than that."""


def render_full_resolution(
    pixels: Pixels,
    trimap: Trimap,
    coefficients: Floats,
    prior: ColourPrior,
    layers: Layers,
) -> tuple[Plane, Pixels]:
    """Work out alpha and foreground of the whole photo, ``pixels`` (height, width, 3) uint8.

    Returns alpha, (height, width) float32 in 0..1, and foreground, (height, width, 3) uint8 RGB.
    Outside the unknown region alpha is the mask's, and the foreground the photo's own pixel, or
    white where alpha is 0, so that no pixel of the old backdrop remains in a file. ``pixels`` is
    RGB.
    """
    left, top, right, bottom = trimap.photo_crop
    size = right - left, bottom - top
    view = pixels[top:bottom, left:right]
    alpha = np.zeros(pixels.shape[:2], np.float32)
    part = alpha[top:bottom, left:right]
    mask = cv2.resize(trimap.mask, size, interpolation=cv2.INTER_NEAREST)
    np.multiply(mask, np.float32(1 / 255), out=part)
    foreground = np.full_like(pixels, 255)
    region = foreground[top:bottom, left:right]
    unknown = cv2.resize(trimap.unknown, size, interpolation=cv2.INTER_NEAREST)
    cv2.copyTo(view, mask | unknown, region)

    for points, x, y in chunks(unknown, trimap):
        colours = view[points].astype(np.float32) * np.float32(1 / 255)
        share = apply_coefficients(sample(coefficients, x, y), colours)
        trust = sample(prior.trust, x, y)[:, 0]
        end = np.float32(UNTRUSTED_END) - np.float32(UNTRUSTED_END - TRUSTED_END) * trust
        part[points] = np.clip((share - end) / (1 - 2 * end), 0, 1)
    seen = visible(part)
    region[places(unknown & ~seen)] = 255
    mixed = cv2.dilate(~opaque(part), np.ones((2 * CHROMA_RADIUS + 1,) * 2, np.uint8))
    for points, x, y in chunks(unknown & seen & mixed, trimap):
        colours = view[points].astype(np.float32) * np.float32(1 / 255)
        clean = unmix(colours, part[points], layers.at(x, y))
        region[points] = np.rint(clean * 255).astype(np.uint8)
    return alpha, foreground


def chunks(mask: BinaryMask, trimap: Trimap) -> Iterator[tuple[Points, Floats, Floats]]:
    """Yield the places where ``mask``, (h, w) uint8 on the crop, is not 0, CHUNK_PIXELS at a time.

    Each as rows and columns, (points,), and as x and y on the work maps, (points,) float32.
    """
    left, top, _, _ = trimap.photo_crop
    across = trimap.work_size[0] / trimap.photo_size[0]
    down = trimap.work_size[1] / trimap.photo_size[1]
    all_rows, all_columns = places(mask)
    for first in range(0, all_rows.size, CHUNK_PIXELS):
        rows, columns = (
            all_rows[first : first + CHUNK_PIXELS],
            all_columns[first : first + CHUNK_PIXELS],
        )
        x = ((columns + (left + 0.5)) * across - (0.5 + trimap.crop[0])).astype(np.float32)
        y = ((rows + (top + 0.5)) * down - (0.5 + trimap.crop[1])).astype(np.float32)
        yield (rows, columns), x, y


def remove_specks(alpha: Plane, foreground: Pixels, cell: float) -> None:
    """Clear, in place, regions below MIN_REGION_CELLS, and faint pixels that touch none.

    Those are texture of the backdrop in colours like the product's. ``alpha`` is (h, w) float32 in
    0..1, ``foreground`` (h, w, 3) uint8 RGB, which turns white there, and ``cell`` the side of one
    of the model's logits in pixels of these.
    """
    solid = between(alpha, FAINT_ALPHA, 1)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=4)
    areas = stats[1:, cv2.CC_STAT_AREA]
    specks = (areas < MIN_REGION_CELLS * cell**2) & (areas < areas.max(initial=0))
    product = solid.copy()
    for index in np.flatnonzero(specks) + 1:
        left, top, wide, high, _ = stats[index]
        box = slice(top, top + high), slice(left, left + wide)
        product[box][labels[box] == index] = 0
    seen, kept = visible(alpha), product
    faint = seen & ~solid
    for _ in range(max(1, round(FAINT_RIM * cell))):
        kept = product | (faint & cv2.dilate(kept, np.ones((3, 3), np.uint8)))
    gone = places(seen & ~kept)
    alpha[gone] = 0
    foreground[gone] = 255
