"""The things on photos of food, each by itself: dozens of kinds to cut out and paste."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from training.sources import LEFT_OUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from training.sources import Source

HALF = 127
LONG, SHORT = 100, 40
"""What a thing's longer and shorter side measure at least, in pixels."""
FILLS = 0.2
"""How much of its box a thing fills at least."""


def pieces(photos: Sequence[Source]) -> list[Source]:
    """List the things on ``photos`` of food that are taught, as sources of kind "piece".

    What is small, thin, or touches the frame is not taken. Nothing that is measured on is made of
    them, so that it stays what it was.
    """
    return [
        piece
        for photo in photos
        if photo.kind == "food" and photo.split == "train" and photo.mask is not None
        for piece in _parts(photo, photo.mask)
        if piece.key not in LEFT_OUT
    ]


def connected(mask: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Label the connected parts of ``mask`` (h, w): (h, w), and OpenCV's statistics of each."""
    shown = (mask > HALF).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(shown, connectivity=4)
    return np.asarray(labels, np.int32), np.asarray(stats, np.int32)


def _parts(photo: Source, mask: Path) -> Iterator[Source]:
    with Image.open(mask) as picture:
        labels, stats = connected(np.array(picture.convert("L")))
    rows, columns = labels.shape
    for part, (left, top, wide, high, area) in enumerate(stats.tolist()[1:], 1):
        whole = left > 1 and top > 1 and left + wide < columns - 1 and top + high < rows - 1
        large = max(wide, high) >= LONG and min(wide, high) >= SHORT
        if whole and large and area > FILLS * wide * high:
            yield replace(photo, kind="piece", part=part)
