"""Holes of the product that SAM filled: backdrop behind a handle, in a ring, beside a sleeve.

SAM is as sure of what a handle frames as of the handle. What is seen through the product has the
colour of the backdrop beside it, ends in an edge, and lies no deeper within the product than it
is wide. SAM is then asked whether it is a thing by itself, and whether the rest is one without.
All of it must hold: a print may have the backdrop's colour, and a hole in it is worse than a
filled one. Of 582 photos 22 had holes by this rule, 26 in all, and none was the product's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.foreground import prompts
from pipeline.masks import depth, iou
from pipeline.sam import LOW_RES, Prompt
from pipeline.sam.mask_generator import stability_score

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.sam import Embedding, Sam
    from pipeline.values import Pixels, Plane

    Flags = NDArray[np.bool_]

MIN_STABILITY = 0.88
"""IoU of the outlines one logit further in and out: below it, what is beside may be the product."""
RIM = 2
"""Cells on either side of the outline whose colours are mixed."""
BACKDROP_REACH = 12
"""Cells from the outline within which the backdrop is what a hole shows."""
BACKDROP_WINDOW_RADIUS = 5
"""Radius in cells of the window in which the backdrop's colour is averaged."""
MIN_BACKDROP_SHARE = 0.2
"""The share of such a window that must be backdrop."""
MAX_BACKDROP_DISTANCE, MIN_EDGE_CONTRAST = 8.0, 18.0
"""Distances in CIELAB: of a hole from the backdrop at most, and from its own rim at least."""
MIN_CELLS = 30
"""Cells of the smallest hole."""
MAX_DEPTH = 1.5
"""How far from the outline a hole may begin, in lengths of a square of its area."""
MAX_HOLES = 4
"""Holes asked about, largest first."""
MIN_SEGMENT_IOU = 0.35
"""IoU of a hole with a segment of SAM's that is the same thing."""
MAX_LOGIT_INSIDE = 1.0
"""Mean logit within a hole that was pointed out as such."""
EDGE_SLOPE = 3.0
"""Logits by which SAM's answers fall from one cell to the next across an outline."""
MIN_SCORE, MIN_KEPT_SHARE = 0.8, 0.86
"""The decoder's own score of the product without the hole, and the share of it that stays."""


@dataclass(frozen=True, slots=True, eq=False)
class Hole:
    """What looks like backdrop: ``inside`` (256, 256), and the (row, column) of its middle."""

    inside: Flags
    middle: tuple[int, int]


def open_holes(
    sam: Sam, pixels: Pixels, embedding: Embedding, logits: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Take out of ``logits``, (256, 256) over the padded square, the holes that SAM filled.

    ``pixels`` are the photo's, of any size. Where nothing looks like a hole SAM is not asked. They
    are (h, w, 3) uint8 RGB, the logits float32, above 0 inside.
    """
    found = find_holes(pixels, embedding, logits)
    if not found:
        return logits
    masks = sam.decode(
        embedding, [prompt for hole in found for prompt in hole_prompts(embedding, logits, hole)]
    )
    inside = logits > 0
    for index, hole in enumerate(found):
        alone, without = masks.logits[2 * index, 1:], masks.logits[2 * index + 1, 0]
        rest = inside & ~dilated(hole.inside, RIM)
        stays = (without[rest] > 0).mean() if rest.any() else 0.0
        if (
            max(iou(each > 0, hole.inside) for each in alone) >= MIN_SEGMENT_IOU
            and without[hole.inside].mean() < MAX_LOGIT_INSIDE
            and stays >= MIN_KEPT_SHARE
            and masks.scores[2 * index + 1, 0] >= MIN_SCORE
        ):
            logits = np.minimum(logits, hole_logits(hole.inside))
    return logits


def find_holes(
    pixels: Pixels, embedding: Embedding, logits: NDArray[np.float32]
) -> tuple[Hole, ...]:
    """Find what within the outline looks like the backdrop beside it, largest first.

    ``pixels`` are the photo's, (h, w, 3) uint8 RGB of any size; ``logits`` is (256, 256) float32
    over the padded square, above 0 inside.
    """
    rows, columns = embedding.valid(LOW_RES)
    if stability_score(logits[:rows, :columns], 1) < MIN_STABILITY:
        return ()
    inside = logits[:rows, :columns] > 0
    within, away = distance_inside(inside), distance_inside(~inside)
    deep, backdrop = within > RIM, (away > RIM) & (away < BACKDROP_REACH)
    if not deep.any() or not backdrop.any():
        return ()
    seen = cv2.resize(pixels, (columns, rows), interpolation=cv2.INTER_AREA)
    colours = cv2.cvtColor(seen.astype(np.float32) * np.float32(1 / 255), cv2.COLOR_RGB2LAB)
    off = cv2.GaussianBlur(colours, (3, 3), 0) - backdrop_colour(colours, backdrop)
    apart = np.sqrt(np.einsum("rcn,rcn->rc", off, off))
    alike = deep & (apart < MAX_BACKDROP_DISTANCE)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(
        cv2.morphologyEx(alike.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)),
        connectivity=4,
    )
    found: list[Hole] = []
    for index in np.argsort(-stats[:, cv2.CC_STAT_AREA]):
        area = stats[index, cv2.CC_STAT_AREA]
        if index == 0 or area < MIN_CELLS or len(found) == MAX_HOLES:
            continue
        here = labels == index
        rim = dilated(here, RIM + 1) & ~here & inside
        edge = np.linalg.norm(colours[rim].mean(axis=0) - colours[here].mean(axis=0))
        if within[here].min() > MAX_DEPTH * np.sqrt(area) or edge < MIN_EDGE_CONTRAST:
            continue
        whole = np.zeros(logits.shape, np.bool_)
        whole[:rows, :columns] = filled(here, inside & (apart < edge / 2))
        row, column = np.unravel_index(int(depth(whole).argmax()), whole.shape)
        found.append(Hole(whole, (int(row), int(column))))
    return tuple(found)


def filled(here: Flags, alike: Flags) -> Flags:
    """Let a hole's colours reach its edge over what is ``alike``, and close what they enclose.

    All are (rows, columns) bool.
    """
    wide = here
    for _ in range(RIM + 1):
        wide = here | (dilated(wide, 1) & alike)
    outlines, _ = cv2.findContours(wide.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    whole: Flags = cv2.drawContours(np.zeros(here.shape, np.uint8), outlines, -1, 1, cv2.FILLED) > 0
    return whole


def hole_prompts(
    embedding: Embedding, logits: NDArray[np.float32], hole: Hole
) -> tuple[Prompt, Prompt]:
    """Ask what is at the hole, and for the product without it.

    ``logits`` is the product's, (256, 256) float32 over the padded square.
    """
    there = prompts.point(embedding, *hole.middle)
    (x, y, _), *_ = there.points
    product = prompts.from_map(embedding, np.where(hole.inside, -prompts.MASK_LIMIT, logits))[1]
    points = (*product.points, (x, y, False))
    return there, Prompt(points, product.box, prompts.smooth(logits))


def hole_logits(inside: Flags) -> Plane:
    """Draw a hole as SAM would: logits, (256, 256), that cross 0 at its edge.

    SAM's own outline of it takes in the handle that frames it. ``inside`` is bool, the answer
    float32.
    """
    away = distance_inside(~inside) - distance_inside(inside)
    return np.asarray(np.clip(EDGE_SLOPE * away, -prompts.MASK_LIMIT, prompts.MASK_LIMIT))


def backdrop_colour(colours: Plane, backdrop: Flags) -> Plane:
    """Tell for each cell the mean colour where the backdrop is next to it.

    ``colours`` and the answer are (rows, columns, 3) float32 in CIELAB, ``backdrop`` (rows,
    columns) bool.
    """
    share = backdrop.astype(np.float32)
    side = 2 * BACKDROP_WINDOW_RADIUS + 1
    around = cv2.blur(share, (side, side))
    known = backdrop & (around >= min(MIN_BACKDROP_SHARE, around[backdrop].max()))
    mean = cv2.blur(colours * share[:, :, None], (side, side))[known]
    _, nearest = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8),
        cv2.DIST_L2,
        cv2.DIST_MASK_5,
        labelType=cv2.DIST_LABEL_PIXEL,
    )
    table = np.zeros((int(nearest.max()) + 1, 3), np.float32)
    table[nearest[known]] = mean / around[known][:, None]
    return np.asarray(table[nearest], np.float32)


def distance_inside(region: Flags) -> Plane:
    """Measure how far each cell of ``region``, (h, w) bool, is from outside, (h, w) float32."""
    return np.asarray(cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5))


def dilated(region: Flags, reach: int) -> Flags:
    """Grow a region, (rows, columns) bool, by ``reach`` cells on every side."""
    wide: Flags = cv2.dilate(region.astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8)) > 0
    return wide
