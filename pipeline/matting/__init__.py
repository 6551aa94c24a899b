"""From the model's coarse logits to a soft alpha and clean colours at the photo's own resolution.

One way down, each step in a module of its own: a trimap (`trimap`), corrected by colour where the
model is uncertain (`cleanup`); what colour says of the unknown region (`colour_prior`); alpha there
by closed-form matting (`solver`); the foreground's colours (`foreground_colours`); and both at full
resolution (`full_resolution`).

Everything is estimated on maps of at most WORK pixels a side, cropped to the product. Only the
pixels of the unknown region are then worked out at full resolution, each from the photo's own pixel
and the maps. The cost therefore hardly grows with the photo.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.errors import NothingFoundError
from pipeline.matting.cleanup import clean_mask
from pipeline.matting.colour_prior import alpha_from_colour
from pipeline.matting.foreground_colours import estimate_layers
from pipeline.matting.full_resolution import remove_specks, render_full_resolution
from pipeline.matting.solver import solve_alpha
from pipeline.matting.trimap import build_trimap, kept_exactly
from pipeline.values import CutOut

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.values import Photo

__all__ = ["WORK", "cut_out", "from_transparency"]

WORK = 384
"""Longer side, in pixels, of the maps on which alpha and colours are estimated."""
MIN_ALPHA = 1 / 255
"""Alpha below this counts as 0."""


def cut_out(
    photo: Photo,
    logits: NDArray[np.float32],
    confidence: float = 1.0,
    *,
    flat_lay: bool = False,
    exact: NDArray[np.bool_] | None = None,
) -> CutOut:
    """Cut the product out of ``photo`` along the outline of ``logits``.

    ``logits`` is (256, 256) float32 over SAM's padded square, above 0 inside; ``flat_lay`` tells
    that the product lies, seen from above. Where ``exact``, (256, 256) bool, is set, the outline is
    as ``logits`` has it, whatever the colours say. Raises NothingFoundError where the outline
    encloses nothing worth keeping.
    """
    trimap = build_trimap(logits, photo.size, WORK)
    left, top, right, bottom = trimap.crop
    small = cv2.resize(photo.pixels, trimap.work_size, interpolation=cv2.INTER_AREA)
    guide = small[top:bottom, left:right].astype(np.float32) * (1 / 255)
    asked, trimap = trimap, clean_mask(guide, trimap)
    if exact is not None:
        trimap = kept_exactly(trimap, asked, exact)
    prior = alpha_from_colour(guide, trimap)
    coefficients = solve_alpha(guide, trimap, prior)
    layers = estimate_layers(guide, trimap, coefficients)
    alpha, foreground = render_full_resolution(photo.pixels, trimap, coefficients, prior, layers)
    left, top, right, bottom = trimap.photo_crop
    crop = np.s_[top:bottom, left:right]
    remove_specks(alpha[crop], foreground[crop], trimap.photo_cell)
    return CutOut(foreground, alpha, confidence, flat_lay=flat_lay)


def from_transparency(photo: Photo) -> CutOut:
    """Use the transparency that the seller's own file has.

    Raises NothingFoundError where the photo has none, or hides everything.
    """
    if photo.alpha is None or not (photo.alpha > MIN_ALPHA).any():
        raise NothingFoundError("the picture's own transparency leaves nothing")
    return CutOut(foreground=photo.pixels, alpha=photo.alpha)
