"""A logo on a ground of one colour: the ground taken out, between its letters and within them too.

A model finds one thing in a picture; a logo is often several letters, all of which are meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from pipeline.values import CutOut

if TYPE_CHECKING:
    from pipeline.values import Photo

FLAT: Final = 8
"""Eight-bit levels by which nearly all of a picture's edge may differ from the ground's colour."""
NEARLY_ALL: Final = 98
"""Per cent."""
SOLID: Final = 72
"""Levels from the ground's colour from which something is the logo's."""
EDGE: Final = 5
"""Pixels across which an edge of the logo is soft."""
LARGEST: Final = 1600
"""Pixels of the longer side to which a picture is shrunk: no card shows a logo as large."""
SEEN: Final = 0.001
"""The share of a picture that a logo takes at least."""


def flat_logo(photo: Photo) -> CutOut | None:
    """Cut a logo out of a picture whose edge has one colour; None where it has several.

    Where the logo is half there its own colour is told apart from the ground's.
    """
    if photo.alpha is not None:
        return None
    shrink = min(1.0, LARGEST / max(photo.size))
    size = tuple(max(1, round(side * shrink)) for side in photo.size)
    pixels = np.asarray(cv2.resize(photo.pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]).astype(np.int16)
    ground = np.median(edge, axis=0)
    if np.percentile(np.abs(edge - ground).max(axis=1), NEARLY_ALL) > FLAT:
        return None
    far = np.abs(pixels.astype(np.float32) - ground.astype(np.float32))
    away = far.max(axis=2)
    # At a letter's edge it is as much there as it differs from the ground beside what lies within.
    within = cv2.dilate(away, np.ones((EDGE, EDGE), np.uint8))
    alpha = np.clip((away - FLAT) / np.maximum(within - FLAT, 1), 0, 1) * (within > SOLID)
    if np.count_nonzero(away > SOLID) < SEEN * alpha.size:
        return None
    share = np.maximum(alpha, 0.05)[:, :, None]
    colours = np.clip((pixels - (1 - alpha[:, :, None]) * ground) / share, 0, 255)
    return CutOut(np.rint(colours).astype(np.uint8), alpha.astype(np.float32))
