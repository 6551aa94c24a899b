"""The photo's own background, out of focus: what stood behind the product, without the product."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from pipeline.backdrops import Backdrop, Light

if TYPE_CHECKING:
    from pipeline.values import CutOut, Photo

SIDE: Final = 640
"""Longer side at which it is blurred, in pixels: nothing finer is left."""
SIGMA: Final = 0.035
"""The blur's deviation, a share of the longer side."""
REACH: Final = 9
"""Pixels around the product that its shadow and its colours have touched."""
FAINT: Final = 1e-3
LIGHT: Final = Light(strength=0.4)


def blurred_backdrop(photo: Photo, cut_out: CutOut) -> Backdrop:
    """Blur what surrounds the product; where it stood its surroundings flow in."""
    scale = min(1.0, SIDE / max(photo.size))
    size = max(1, round(photo.size[0] * scale)), max(1, round(photo.size[1] * scale))
    pixels = cv2.resize(photo.pixels, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    alpha = cv2.resize(cut_out.alpha, size, interpolation=cv2.INTER_AREA)
    kept = 1 - cv2.dilate(alpha, np.ones((REACH, REACH), np.uint8))
    sigma = SIGMA * max(size)
    flowing, weight = pixels * kept[:, :, None], kept
    filled = np.zeros_like(pixels)
    open_ = np.ones(kept.shape, np.float32)
    # Wider and wider, until the middle of the largest product is reached.
    for _ in range(6):
        share = cv2.GaussianBlur(weight, (0, 0), sigma)
        colours = cv2.GaussianBlur(flowing, (0, 0), sigma) / np.maximum(share, FAINT)[:, :, None]
        here = open_ * np.clip(share * 4, 0, 1)
        filled += colours * here[:, :, None]
        open_ -= here
        sigma *= 2
    rest = (flowing.sum(axis=(0, 1)) / max(float(weight.sum()), 1.0))[None, None]
    filled += rest * open_[:, :, None]
    soft = cv2.GaussianBlur(filled, (0, 0), SIGMA * max(size) / 2)
    return Backdrop(np.clip(soft.round(), 0, 255).astype(np.uint8), LIGHT)
