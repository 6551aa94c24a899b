"""A picture of the segments: what was weighed as the product, and what was chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.masks import depth
from pipeline.sam import LOW_RES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.foreground import Choice
    from pipeline.values import Photo, Pixels

COLOURS = ((46, 160, 67), (36, 113, 210), (227, 98, 9), (147, 64, 188), (201, 42, 92))
"""RGB, best candidate first."""
TINT = 0.45
LONGEST = 1280
"""Longer side of the drawing, in pixels."""


def draw_segments(photo: Photo, choice: Choice) -> Pixels:
    """Tint each candidate in its colour, number it, and outline the chosen one in white."""
    width, height = photo.size
    scale = min(1.0, LONGEST / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    drawing = cv2.resize(photo.pixels, size, interpolation=cv2.INTER_AREA)
    insides = [_inside(candidate.logits, size) for candidate in choice.candidates]
    for inside, colour in reversed(list(zip(insides, COLOURS, strict=False))):
        drawing[inside] = (drawing[inside] * (1 - TINT) + np.array(colour) * TINT).astype(np.uint8)
    for inside in insides[:1]:
        contours, _ = cv2.findContours(
            inside.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE
        )
        cv2.drawContours(drawing, contours, -1, (255, 255, 255), max(2, max(size) // 300))
    for number, inside in reversed(list(enumerate(insides, 1))):
        _number(drawing, inside, number)
    return np.asarray(drawing)


def _inside(logits: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Scale (256, 256) logits over the padded square to the drawing's (width, height)."""
    unit = LOW_RES / max(size)
    rows, columns = max(1, round(size[1] * unit)), max(1, round(size[0] * unit))
    scaled = cv2.resize(logits[:rows, :columns], size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(scaled > 0)


def _number(drawing: Pixels, inside: NDArray[np.bool_], number: int) -> None:
    """Write a number at the segment's innermost place."""
    deep = depth(inside)
    row, column = np.unravel_index(int(deep.argmax()), deep.shape)
    radius = max(12, max(drawing.shape) // 50)
    centre = int(column), int(row)
    cv2.circle(drawing, centre, radius, COLOURS[number - 1], -1, cv2.LINE_AA)
    cv2.circle(drawing, centre, radius, (255, 255, 255), 2, cv2.LINE_AA)
    cv2.putText(
        drawing,
        str(number),
        (centre[0] - radius // 2, centre[1] + radius // 2),
        cv2.FONT_HERSHEY_SIMPLEX,
        radius / 18,
        (255, 255, 255),
        max(1, radius // 8),
        cv2.LINE_AA,
    )
