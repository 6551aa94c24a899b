"""Photos too small for what is asked of the picture: said, and enlarged where that is wished."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.values import Photo

if TYPE_CHECKING:
    from pipeline.compose import Style

USABLE = 500
"""The shorter side that any shop's page wants of a picture, where the format names none."""


def least_side(style: Style) -> int:
    """Return the shorter side, in pixels, that a photo needs for a style without being enlarged."""
    asked = None if style.rules is None else style.rules.least
    return min(asked or style.frame.size or (USABLE, USABLE))


def enlarged(photo: Photo, side: int) -> Photo:
    """Return a photo whose shorter side is ``side`` at least, soft where it had to grow."""
    scale = side / min(photo.size)
    if scale <= 1:
        return photo
    width, height = photo.size
    size = max(side, round(width * scale)), max(side, round(height * scale))
    pixels = cv2.resize(photo.pixels, size, interpolation=cv2.INTER_CUBIC)
    if photo.alpha is None:
        return Photo(pixels.astype(np.uint8, copy=False))
    alpha = cv2.resize(photo.alpha, size, interpolation=cv2.INTER_LINEAR)
    return Photo(pixels.astype(np.uint8, copy=False), alpha.astype(np.float32, copy=False))
