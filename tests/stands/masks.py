"""Masks as the official predictor gives them, at the picture's size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.sam import SIDE
from pipeline.sam.preprocess import scaled

if TYPE_CHECKING:
    from numpy.typing import NDArray


def full_size(logits: NDArray[np.float32], width: int, height: int) -> NDArray[np.bool_]:
    """Scale (256, 256) logits to the picture, as the official post-processing: twice bilinear.

    Returns (height, width) bool; both sides are in pixels.
    """
    columns, rows = scaled(width, height)
    square = cv2.resize(logits, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    picture = cv2.resize(square[:rows, :columns], (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(picture > 0)
