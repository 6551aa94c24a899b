"""Thin parts that the model lost: straps, laces and loops, told from the backdrop's own lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.matting.cleanup.regions import pieces
from pipeline.matting.colour_prior import dot
from pipeline.matting.trimap import AROUND, HOPE, REACH, THIN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.masks import Mask
    from pipeline.matting.colour_prior import Floats, Sides
    from pipeline.matting.trimap import Outline

    Flags = NDArray[np.bool_]

FLAT = 0.004
"""Least variance of colour, summed over the channels."""
HALF = 0.5
"""A thin part's pixels are mixed with the backdrop, up to this share."""
APART, FAR_APART = 4.0, 10.0
"""Squared distance from the backdrop's mean colour in variances: of each pixel, of a piece."""
LONG = 3.0
"""Least length of a thin part by its width."""
NARROW, LINE, SAME = 2.0, 5.0, 0.15
"""Of a line of the backdrop: half its width in cells at most, length by width at least, likeness.

A strap ends; the joint between two tiles runs on.
"""
LEAST = 0.5
"""How wide, in cells, it is on average for AROUND cells more."""


def thin_parts(guide: Floats, outline: Outline, sides: Sides, likely: Floats) -> Flags:
    """Find straps, laces and loops just outside the mask: (h, w)."""
    inside = outline.inside > 0
    hopeful = cv2.inRange(outline.logit, HOPE, 0) > 0
    hopeful &= ~inside
    if np.count_nonzero(hopeful & (outline.band == 0) & (likely > 0)) < outline.cell**2:
        return np.zeros(inside.shape, bool)
    lost = np.zeros(inside.shape, np.uint8)
    points = np.nonzero(hopeful)
    product, spread, backdrop, other = sides.at(points)
    spread, other = np.maximum(spread, FLAT), np.maximum(other, FLAT)
    colours = guide[points]
    line = product - backdrop
    along = dot(colours - backdrop, line) / np.maximum(dot(line, line), 1e-6)
    off = colours - backdrop - np.clip(along, HALF, 1)[:, None] * line
    apart = dot(colours - backdrop, colours - backdrop) / other
    lost[points] = (dot(off, off) < spread) & (apart > APART)
    width = 2 * round(THIN * outline.cell) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    thin = lost.copy()
    thin[cv2.morphologyEx(lost | inside, cv2.MORPH_OPEN, disc) > 0] = 0
    # In the band only where it leads on to what lies beyond, or the product's rim would count.
    width = 2 * int(np.ceil(REACH * outline.cell)) + 3
    thin &= cv2.dilate(thin * (outline.band == 0), np.ones((width, width), np.uint8))

    distance = np.zeros(inside.shape, np.float32)
    distance[points] = np.minimum(apart, APART * FAR_APART)
    # Across the pixels at its root, which the opening took for the product's.
    root = np.ones((2 * int(np.ceil(outline.cell)) + 1,) * 2, np.uint8)
    joined = np.zeros(inside.shape, np.uint8)
    for box, here in pieces(thin, outline):
        piece = here.astype(np.uint8)
        half = cv2.distanceTransform(np.pad(piece, 1), cv2.DIST_L2, cv2.DIST_MASK_3).max()
        touching = cv2.dilate(piece, root) > 0
        size = np.count_nonzero(here)
        lined = half < NARROW * outline.cell and size >= LINE * (2 * half) ** 2
        joined[box] |= piece * (
            size >= LONG * (2 * half) ** 2
            and (touching & inside[box]).any()
            and distance[box][here].mean() >= FAR_APART
            and likely[box][here].mean() > 0
            and not (lined and runs_on(guide, outline, box, piece))
        )
    found: Flags = (joined | (cv2.dilate(joined, root) & lost)) > 0
    return found


def runs_on(guide: Floats, outline: Outline, box: tuple[slice, slice], piece: Mask) -> bool:
    """Tell whether a thin ``piece``, which lies in ``box``, goes on for long outside the mask."""
    reach = int(np.ceil(AROUND * outline.cell))
    part = np.zeros_like(outline.inside)
    part[box] = piece
    near = tuple(slice(max(0, side.start - reach), side.stop + reach) for side in box)
    wide, colours = part[near], guide[near]
    depth = cv2.distanceTransform(wide, cv2.DIST_L2, cv2.DIST_MASK_3)
    off = colours - colours[depth > HALF * depth.max()].mean(axis=0)
    alike = (dot(off, off) < SAME**2) & (outline.inside[near] == 0)
    _, labels = cv2.connectedComponents((alike | (wide > 0)).astype(np.uint8))
    onward = np.isin(labels, labels[wide > 0]) & alike & (wide == 0)
    return bool(np.count_nonzero(onward) >= LEAST * reach * outline.cell)
