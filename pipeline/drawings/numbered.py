"""Pictures that a seller answers with a number: backgrounds, alternatives, parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.masks import depth
from pipeline.sam import LOW_RES, valid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.values import Pixels

CELL = 360
"""Longer side of one picture among several, in pixels."""
CELL_GAP = 12
MAX_SIDE = 1280
"""Longer side of one picture alone."""
SPECK_DIVISOR = 60
"""Specks are thinner than the longer side divided by this."""
PAPER = 255
NEUTRAL = 150
"""Grey behind what is cut out: pale and dark things both stand out against it."""
TILE_MARGIN = 0.12
"""Around a thing on its tile, a share of its longer side."""
HAIRLINE = (222, 222, 226)
"""RGB around a cell, so that a white picture on white paper has an edge."""
LABEL_DIRECTIONS, LABEL_REACH = 12, 2.6
"""Where the label of a part smaller than it may stand: so many radii away."""
OUTSIDE_OPACITY = 0.25
"""How much is left of what lies outside."""
INK, IN, OUT = (255, 255, 255), (24, 128, 56), (80, 80, 88)
"""RGB of a number, and of its disc where the part is in and where it is out."""
LINE = (24, 128, 56)


def sheet(pictures: Sequence[Pixels], *, under: bool = False) -> Pixels:
    """Lay pictures out from left to right, at most three a row, and number them from 1.

    (h, w, 3) uint8 RGB. All cells have the shape of the first picture. Numbers stand in a corner
    of each, or ``under`` it, where they hide nothing.
    """
    height, width = pictures[0].shape[:2]
    scale = CELL / max(height, width)
    cell = max(1, round(width * scale)), max(1, round(height * scale))
    columns = 2 if len(pictures) in {2, 4} else min(3, len(pictures))
    rows = -(-len(pictures) // columns)
    radius = max(CELL // 14, 18)
    pitch = cell[1] + CELL_GAP + (2 * radius + CELL_GAP) * under
    drawing = np.full(
        (rows * pitch + CELL_GAP, columns * (cell[0] + CELL_GAP) + CELL_GAP, 3),
        PAPER,
        np.uint8,
    )
    for index, picture in enumerate(pictures):
        top = CELL_GAP + index // columns * pitch
        left = CELL_GAP + index % columns * (cell[0] + CELL_GAP)
        drawing[top : top + cell[1], left : left + cell[0]] = _fitted(picture, cell)
        corner = left + cell[0], top + cell[1]
        cv2.rectangle(drawing, (left - 1, top - 1), corner, HAIRLINE, 1)
        centre = left + radius + CELL_GAP, top + radius + CELL_GAP
        if under:
            centre = left + cell[0] // 2, top + cell[1] + radius + CELL_GAP // 2
        draw_number(drawing, centre, index + 1, radius, IN)
    return drawing


def tile(pixels: Pixels, logits: NDArray[np.float32], side: int = CELL) -> Pixels:
    """Show what is inside of (256, 256) logits on neutral grey, as large as a square of ``side``.

    ``pixels`` and the answer are (h, w, 3) uint8 RGB; ``side`` is in pixels.
    """
    height, width = pixels.shape[:2]
    inside = inside_of(logits, width, height)
    down, across = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if not down.size:
        return np.full((side, side, 3), NEUTRAL, np.uint8)
    margin = round(TILE_MARGIN * max(down[-1] - down[0], across[-1] - across[0]))
    crop = (
        slice(max(down[0] - margin, 0), down[-1] + margin + 1),
        slice(max(across[0] - margin, 0), across[-1] + margin + 1),
    )
    shown = np.where(inside[crop][:, :, None], pixels[crop], np.uint8(NEUTRAL))
    return _fitted(shown, (side, side), NEUTRAL)


def beside(photo: Pixels, drawing: Pixels) -> Pixels:
    """Lay a photo to the left of a drawing, at most as high; all are (h, w, 3) uint8 RGB."""
    height, width = drawing.shape[:2]
    small = shrunk(photo, height - 2 * CELL_GAP)
    high, wide = small.shape[:2]
    both = np.full((height, wide + 2 * CELL_GAP + width, 3), PAPER, np.uint8)
    both[CELL_GAP : CELL_GAP + high, CELL_GAP : CELL_GAP + wide] = small
    both[:, -width:] = drawing
    return both


def outlined(pixels: Pixels, logits: NDArray[np.float32], *, longest: int = MAX_SIDE) -> Pixels:
    """Show a photo with all faint that lies outside of (256, 256) logits, and outline the rest.

    ``pixels`` and the answer are (h, w, 3) uint8 RGB; ``longest`` is in pixels.
    """
    small = shrunk(pixels, longest)
    inside = _tidy(inside_of(logits, small.shape[1], small.shape[0]))
    faint = cv2.convertScaleAbs(small, alpha=OUTSIDE_OPACITY, beta=PAPER * (1 - OUTSIDE_OPACITY))
    drawing = np.where(inside[:, :, None], small, faint)
    outline(drawing, inside, LINE, max(2, longest // 320))
    return drawing


def parts(
    pixels: Pixels,
    logits: NDArray[np.float32],
    segments: Sequence[NDArray[np.float32]],
    included: Sequence[bool],
) -> Pixels:
    """Show the cut-out as it is now with every part outlined and numbered from 1.

    ``pixels`` and the answer are (h, w, 3) uint8 RGB; ``logits`` and ``segments`` are (256, 256)
    float32 over the padded square, above 0 inside.
    """
    drawing = outlined(pixels, logits)
    height, width = drawing.shape[:2]
    masks = [_tidy(inside_of(segment, width, height)) for segment in segments]
    for mask in masks:
        outline(drawing, mask, INK, 3)
        outline(drawing, mask, OUT, 1)
    radius = max(14, max(width, height) // 52)
    taken = np.zeros((height, width), np.uint8)
    for number, (mask, within) in enumerate(zip(masks, included, strict=True), 1):
        centre = innermost(mask & (taken == 0)) or innermost(mask)
        if centre is None:
            continue
        at = centre
        if depth(mask).max() < radius:  # the label would cover it: it stands beside
            at = _beside(centre, taken, radius)
            cv2.line(drawing, centre, at, INK, max(3, radius // 4), cv2.LINE_AA)
            cv2.line(drawing, centre, at, IN if within else OUT, max(1, radius // 8), cv2.LINE_AA)
        cv2.circle(taken, at, 2 * radius, 1, -1)
        draw_number(drawing, at, number, radius, IN if within else OUT)
    return drawing


def _beside(centre: tuple[int, int], taken: NDArray[np.uint8], radius: int) -> tuple[int, int]:
    """Find a free place near a small part for its label, all of it in the picture.

    ``taken`` is (h, w) uint8, not 0 where labels stand; (x, y) and ``radius`` are in pixels.
    """
    height, width = taken.shape
    places = []
    for turn in range(LABEL_DIRECTIONS):
        angle = 2 * np.pi * turn / LABEL_DIRECTIONS
        reach = LABEL_REACH * radius
        x = round(centre[0] + reach * float(np.cos(angle)))
        y = round(centre[1] + reach * float(np.sin(angle)))
        x, y = min(max(x, radius), width - radius - 1), min(max(y, radius), height - radius - 1)
        away = np.hypot(x - centre[0], y - centre[1])
        places.append((bool(taken[y, x]), -away, (x, y)))
    return min(places)[2]


def inside_of(logits: NDArray[np.float32], width: int, height: int) -> NDArray[np.bool_]:
    """Scale (256, 256) logits over SAM's padded square to a picture of this size: what is in.

    Returns (height, width) bool; both sides are in pixels.
    """
    rows, columns = valid((width, height), LOW_RES)
    scaled = cv2.resize(logits[:rows, :columns], (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(scaled > 0)


def shrunk(pixels: Pixels, longest: int) -> Pixels:
    """Make a picture no larger than ``longest``; a smaller one is copied.

    Both are (h, w, 3) uint8 RGB; ``longest`` is in pixels.
    """
    height, width = pixels.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return pixels.copy()
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))


def _tidy(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Remove specks and pinholes from a drawn mask."""
    size = max(3, max(inside.shape) // SPECK_DIVISOR) | 1
    return np.asarray(cv2.medianBlur(inside.astype(np.uint8), size) > 0)


def _fitted(picture: Pixels, cell: tuple[int, int], ground: int = PAPER) -> Pixels:
    """Fit a picture into a cell (width, height) on paper, or on another grey."""
    height, width = picture.shape[:2]
    scale = min(cell[0] / width, cell[1] / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    fitted = np.full((cell[1], cell[0], 3), ground, np.uint8)
    left, top = (cell[0] - size[0]) // 2, (cell[1] - size[1]) // 2
    fitted[top : top + size[1], left : left + size[0]] = cv2.resize(
        picture, size, interpolation=method
    )
    return fitted


def outline(
    drawing: Pixels, inside: NDArray[np.bool_], colour: tuple[int, int, int], thickness: int
) -> None:
    """Draw the outline of ``inside``, (h, w) bool, into ``drawing``, (h, w, 3) uint8 RGB."""
    contours, _ = cv2.findContours(inside.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    cv2.drawContours(drawing, contours, -1, colour, thickness, cv2.LINE_AA)


def innermost(inside: NDArray[np.bool_]) -> tuple[int, int] | None:
    """Return the (x, y) of (h, w) bool farthest from the outline; None where nothing is inside."""
    deep = depth(inside)
    row, column = np.unravel_index(int(deep.argmax()), deep.shape)
    return (int(column), int(row)) if deep[row, column] > 0 else None


def draw_number(
    drawing: Pixels,
    centre: tuple[int, int],
    number: int,
    radius: int,
    colour: tuple[int, int, int],
) -> None:
    """Draw a number on a disc of ``colour``, RGB, into ``drawing``, (h, w, 3) uint8 RGB.

    ``centre`` is (x, y), in pixels as ``radius``.
    """
    cv2.circle(drawing, centre, radius, colour, -1, cv2.LINE_AA)
    cv2.circle(drawing, centre, radius, INK, max(2, radius // 10), cv2.LINE_AA)
    text, scale, thick = str(number), radius / 20, max(2, radius // 9)
    (wide, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thick)
    corner = centre[0] - wide // 2, centre[1] + high // 2
    cv2.putText(drawing, text, corner, cv2.FONT_HERSHEY_SIMPLEX, scale, INK, thick, cv2.LINE_AA)
