"""From the model's coarse logits to a soft alpha and clean colours at the photo's own resolution.

Everything is estimated on maps of at most WORK pixels a side, cropped to the product. Only the
pixels of a narrow band around the outline are then worked out at full resolution, each from the
photo's own pixel and the maps. The cost therefore hardly grows with the photo.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.errors import NothingFoundError
from pipeline.matting import full_resolution
from pipeline.matting.cleanup.apply import settle
from pipeline.matting.foreground_colours import separate
from pipeline.matting.solver import matte
from pipeline.matting.trimap import find
from pipeline.values import CutOut

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.values import Photo

__all__ = ["WORK", "cut_out", "from_transparency"]

WORK = 384
"""Longer side, in pixels, of the maps on which alpha and colours are estimated."""
VISIBLE = 1 / 255
"""Alpha below this is none."""


def cut_out(photo: Photo, logits: NDArray[np.float32], confidence: float = 1.0) -> CutOut:
    """Lift the product off ``photo`` along the outline that ``logits`` draws.

    ``logits`` is (256, 256) float32 over SAM's padded square, above 0 inside. Raises
    NothingFoundError where the outline encloses nothing worth keeping.
    """
    outline = find(logits, photo.size, WORK)
    left, top, right, bottom = outline.crop
    small = cv2.resize(photo.pixels, outline.size, interpolation=cv2.INTER_AREA)
    guide = small[top:bottom, left:right].astype(np.float32) * (1 / 255)
    outline = settle(guide, outline)
    coefficients, trust = matte(guide, outline)
    layers = separate(guide, outline, coefficients)
    alpha, foreground = full_resolution.evaluate(photo.pixels, outline, coefficients, trust, layers)
    return CutOut(foreground=foreground, alpha=alpha, confidence=confidence)


def from_transparency(photo: Photo) -> CutOut:
    """Use the transparency that the seller's own file has.

    Raises NothingFoundError where the photo has none, or hides everything.
    """
    if photo.alpha is None or not (photo.alpha > VISIBLE).any():
        raise NothingFoundError("the picture's own transparency leaves nothing")
    return CutOut(foreground=photo.pixels, alpha=photo.alpha)
