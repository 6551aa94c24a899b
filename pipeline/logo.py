"""A seller's logo: what can be seen of it, as small as cards need it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from pipeline.errors import NothingFoundError
from pipeline.values import CutOut

if TYPE_CHECKING:
    from pipeline.values import Plane

LONGEST_SIDE: Final = 800
"""Pixels: more than any card sets it in."""
_VISIBLE: Final = 0.02
_LEAST: Final = 1e-3


def trimmed_logo(cut_out: CutOut) -> CutOut:
    """Crop a logo to what can be seen, and shrink it.

    Raises NothingFoundError where nothing can be.
    """
    seen = cut_out.alpha > _VISIBLE
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not rows.size:
        raise NothingFoundError("the logo is transparent all over")
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    alpha, foreground = cut_out.alpha[box], cut_out.foreground[box]
    height, width = alpha.shape
    scale = min(1.0, LONGEST_SIDE / max(height, width))
    if scale == 1:
        return CutOut(foreground.copy(), alpha.copy())
    size = max(1, round(width * scale)), max(1, round(height * scale))
    # Premultiplied, so that what is hidden lends no colour to the edges.
    small: Plane = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
    lit = cv2.resize(foreground * alpha[..., None], size, interpolation=cv2.INTER_AREA)
    colour = np.clip(np.round(lit / np.maximum(small, _LEAST)[..., None]), 0, 255)
    return CutOut(colour.astype(np.uint8), np.clip(small, 0, 1))
