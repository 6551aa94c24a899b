"""Thin structures that the model lost: straps, laces and loops, told from the backdrop's lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.matting.cleanup.regions import regions
from pipeline.matting.colour_prior import LocalColourStats
from pipeline.matting.sampling import dot
from pipeline.matting.trimap import MIN_LOGIT, THIN_MARGIN, UNKNOWN_RADIUS

if TYPE_CHECKING:
    from pipeline.masks import BinaryMask
    from pipeline.matting.sampling import Flags, Floats
    from pipeline.matting.trimap import Trimap

MAX_HALF_WIDTH = 2.5
"""Half the width, in cells, of what is no longer thin."""
MIN_VARIANCE = 0.004
"""Least variance of colour, summed over the channels."""
MAX_MIXED = 0.5
"""A thin structure's pixels are mixed with the backdrop, up to this share."""
MIN_PIXEL_DISTANCE, MIN_MEAN_DISTANCE = 4.0, 10.0
"""Squared distance from the backdrop's mean colour in variances: of each pixel, of a structure."""
MIN_ELONGATION = 3.0
"""Least length of a thin structure by its width."""
LINE_HALF_WIDTH, LINE_ELONGATION, LINE_DISTANCE = 2.0, 5.0, 0.15
"""A thin structure is a line of the backdrop where half its width, in cells, is below the first,
its length by its width is at least the second, and it continues in a colour within the third.

A strap ends; the joint between two tiles runs on.
"""
LINE_WIDTH = 0.5
"""How wide, in cells, it is on average for THIN_MARGIN cells more."""


def thin_structures(guide: Floats, trimap: Trimap, unsure: BinaryMask, log_ratio: Floats) -> Flags:
    """Find straps, laces and loops just outside the mask: (h, w).

    ``guide`` is the photo on the trimap's crop, (h, w, 3), ``unsure`` (h, w) not 0 where colours
    are not learned from, and ``log_ratio`` (h, w) the colour model's. Returns bool; ``guide`` is
    float32 RGB in 0..1, ``unsure`` uint8, ``log_ratio`` float32.
    """
    mask = trimap.mask > 0
    candidates = (cv2.inRange(trimap.logits, MIN_LOGIT, 0) > 0) & ~mask
    found = np.zeros(mask.shape, np.uint8)
    beyond = candidates & (trimap.unknown == 0) & (log_ratio > 0)
    if np.count_nonzero(beyond) < trimap.cell**2:
        return found > 0
    lost, distance = _of_the_products_colour(guide, trimap, unsure, candidates)
    width = 2 * round(MAX_HALF_WIDTH * trimap.cell) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    thin = lost.copy()
    thin[cv2.morphologyEx(lost | mask, cv2.MORPH_OPEN, disc) > 0] = 0
    # In the unknown region only where it leads on to what lies beyond, or the product's rim would
    # count.
    width = 2 * int(np.ceil(UNKNOWN_RADIUS * trimap.cell)) + 3
    thin &= cv2.dilate(thin * (trimap.unknown == 0), np.ones((width, width), np.uint8))
    # Across the pixels at its root, which the opening took for the product's.
    root = np.ones((2 * int(np.ceil(trimap.cell)) + 1,) * 2, np.uint8)
    for box, here in regions(thin, trimap):
        region = here.astype(np.uint8)
        half = cv2.distanceTransform(np.pad(region, 1), cv2.DIST_L2, cv2.DIST_MASK_3).max()
        touching = cv2.dilate(region, root) > 0
        elongation = np.count_nonzero(here) / (2 * half) ** 2
        line = half < LINE_HALF_WIDTH * trimap.cell and elongation >= LINE_ELONGATION
        found[box] |= region * (
            elongation >= MIN_ELONGATION
            and (touching & mask[box]).any()
            and distance[box][here].mean() >= MIN_MEAN_DISTANCE
            and log_ratio[box][here].mean() > 0
            and not (line and runs_on(guide, trimap, box, region))
        )
    joined: Flags = (found | (cv2.dilate(found, root) & lost)) > 0
    return joined


def _of_the_products_colour(
    guide: Floats, trimap: Trimap, unsure: BinaryMask, candidates: Flags
) -> tuple[BinaryMask, Floats]:
    """Find which of ``candidates`` (h, w) have the product's colour, if mixed: (h, w) of 0 and 1.

    Beside it their squared distances from the backdrop's mean colour, in variances.
    """
    lost = np.zeros(candidates.shape, np.uint8)
    distance = np.zeros(candidates.shape, np.float32)
    points = np.nonzero(candidates)
    sides = LocalColourStats(guide, trimap, unsure)
    product, product_variance, backdrop, backdrop_variance = sides.at(points)
    off_backdrop = guide[points] - backdrop
    line = product - backdrop
    position = dot(off_backdrop, line) / np.maximum(dot(line, line), 1e-6)
    off_line = off_backdrop - np.clip(position, MAX_MIXED, 1)[:, None] * line
    away = dot(off_backdrop, off_backdrop) / np.maximum(backdrop_variance, MIN_VARIANCE)
    lost[points] = (dot(off_line, off_line) < np.maximum(product_variance, MIN_VARIANCE)) & (
        away > MIN_PIXEL_DISTANCE
    )
    distance[points] = np.minimum(away, MIN_PIXEL_DISTANCE * MIN_MEAN_DISTANCE)
    return lost, distance


def runs_on(guide: Floats, trimap: Trimap, box: tuple[slice, slice], region: BinaryMask) -> bool:
    """Tell whether a thin ``region``, which lies in ``box``, goes on for long outside the mask.

    ``guide`` is (h, w, 3) float32 RGB in 0..1, ``region`` (h, w) uint8 of 0 and 1.
    """
    reach = int(np.ceil(THIN_MARGIN * trimap.cell))
    part = np.zeros_like(trimap.mask)
    part[box] = region
    near = tuple(slice(max(0, side.start - reach), side.stop + reach) for side in box)
    wide, colours = part[near], guide[near]
    depth = cv2.distanceTransform(wide, cv2.DIST_L2, cv2.DIST_MASK_3)
    off = colours - colours[2 * depth > depth.max()].mean(axis=0)
    alike = (dot(off, off) < LINE_DISTANCE**2) & (trimap.mask[near] == 0)
    _, labels = cv2.connectedComponents((alike | (wide > 0)).astype(np.uint8))
    onward = np.isin(labels, labels[wide > 0]) & alike & (wide == 0)
    return bool(np.count_nonzero(onward) >= LINE_WIDTH * reach * trimap.cell)
