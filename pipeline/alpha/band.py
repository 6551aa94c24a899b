"""The band at full resolution: each pixel's alpha and colour from the photo and the maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.alpha.colours import unmix
from pipeline.alpha.matting import apply

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.alpha.outline import Outline
    from pipeline.values import Pixels, Plane

LOW, HIGH = 0.06, 0.94
"""Alpha is stretched so that these become 0 and 1: a linear fit seldom reaches either end."""
ROW = 4096
"""Points are looked up in rows of this many: cv2.remap bounds each side of its answer."""


def evaluate(
    pixels: Pixels,
    outline: Outline,
    coefficients: NDArray[np.float32],
    layers: NDArray[np.float32],
) -> tuple[Plane, Pixels]:
    """Work out alpha (height, width) and foreground (height, width, 3) of the whole photo.

    Outside the band alpha is the mask's, and the foreground the photo's own pixel, or white
    where nothing of the product is: the old backdrop does not travel on, hidden or not.
    """
    height, width = pixels.shape[:2]
    left, top, right, bottom = full_box(outline)
    size = right - left, bottom - top
    inside = cv2.resize(outline.inside, size, interpolation=cv2.INTER_NEAREST)
    band = cv2.resize(outline.band, size, interpolation=cv2.INTER_NEAREST)
    view = pixels[top:bottom, left:right]

    rows, columns = np.nonzero(band)
    colours = view[rows, columns].astype(np.float32) * (1 / 255)
    found = at_points(outline, coefficients, columns + left, rows + top)
    share = np.clip((apply(found, colours) - LOW) / (HIGH - LOW), 0, 1)
    mixed = (share > 0) & (share < 1)
    around = at_points(outline, layers, columns[mixed] + left, rows[mixed] + top)

    part = inside.astype(np.float32) * (1 / 255)
    part[rows, columns] = share
    alpha = np.zeros((height, width), np.float32)
    alpha[top:bottom, left:right] = part
    foreground = np.full_like(pixels, 255)
    region = foreground[top:bottom, left:right]
    region[part > 0] = view[part > 0]
    clean = unmix(colours[mixed], share[mixed], around)
    region[rows[mixed], columns[mixed]] = np.rint(clean * 255).astype(np.uint8)
    return alpha, foreground


def full_box(outline: Outline) -> tuple[int, int, int, int]:
    """Return the outline's crop in the photo's own pixels, XYXY."""
    across, down = outline.full[0] / outline.size[0], outline.full[1] / outline.size[1]
    left, top, right, bottom = outline.crop
    return round(left * across), round(top * down), round(right * across), round(bottom * down)


def at_points(
    outline: Outline,
    planes: NDArray[np.float32],
    x: NDArray[np.intp],
    y: NDArray[np.intp],
) -> NDArray[np.float32]:
    """Look ``planes`` (h, w, n) up, bilinearly, at photo pixels ``x`` and ``y``: (points, n)."""
    across, down = outline.size[0] / outline.full[0], outline.size[1] / outline.full[1]
    filled = max(1, -(-x.size // ROW)) * ROW
    place = np.zeros((2, filled), np.float32)
    place[0, : x.size] = (x + 0.5) * across - 0.5 - outline.crop[0]
    place[1, : y.size] = (y + 0.5) * down - 0.5 - outline.crop[1]
    maps = place.reshape(2, -1, ROW)
    parts = []
    for first in range(0, planes.shape[2], 2):
        pair = np.ascontiguousarray(planes[:, :, first : first + 2])
        parts.append(
            cv2.remap(
                pair, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            ).reshape(filled, -1)
        )
    return np.asarray(np.concatenate(parts, axis=1)[: x.size], np.float32)
