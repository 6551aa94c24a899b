"""A picture of the segments: what was weighed as the product, and what was chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.drawings.numbered import (
    INK,
    MAX_SIDE,
    draw_number,
    innermost,
    inside_of,
    outline,
    shrunk,
)

if TYPE_CHECKING:
    from pipeline.foreground import Choice
    from pipeline.values import Photo, Pixels

COLOURS = ((46, 160, 67), (36, 113, 210), (227, 98, 9), (147, 64, 188), (201, 42, 92))
"""RGB, best candidate first."""
TINT = 0.45


def draw_segments(photo: Photo, choice: Choice) -> Pixels:
    """Tint each candidate in its colour, number it, and outline the first in white.

    Returns (h, w, 3) uint8 RGB, MAX_SIDE at most.
    """
    drawing = shrunk(photo.pixels, MAX_SIDE)
    height, width = drawing.shape[:2]
    insides = [inside_of(each.logits, width, height) for each in choice.candidates]
    numbered = list(zip(range(1, len(COLOURS) + 1), insides, COLOURS, strict=False))
    for _, inside, colour in reversed(numbered):
        drawing[inside] = (drawing[inside] * (1 - TINT) + np.array(colour) * TINT).astype(np.uint8)
    for inside in insides[:1]:
        outline(drawing, inside, INK, max(2, max(width, height) // 300))
    for number, inside, colour in reversed(numbered):
        centre = innermost(inside)
        if centre is not None:
            draw_number(drawing, centre, number, max(12, max(width, height) // 50), colour)
    return drawing
