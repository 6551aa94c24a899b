"""Holes of the product that SAM filled: backdrop behind a handle, in a ring, beside a sleeve.

SAM is as sure of what a handle frames as of the handle. What is seen through the product has the
colour of the backdrop beside it, ends in an edge, and lies no deeper within the product than it
is wide. SAM is then asked whether it is a thing by itself, and whether the rest is one without.
All of it must hold: a print may have the backdrop's colour, and a hole in it is worse than a
filled one. Of 582 photos 22 had pockets by this rule, 26 in all, and none was the product's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.foreground import prompts
from pipeline.foreground.rank import overlap
from pipeline.masks import depth
from pipeline.sam import LOW_RES, Prompt
from pipeline.sam.mask_generator import stability_score

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.sam import Embedding, Sam
    from pipeline.values import Pixels, Plane

    Flags = NDArray[np.bool_]

STABLE = 0.88
"""IoU of the outlines one logit further in and out: below it, what is beside may be the product."""
RIM = 2
"""Cells on either side of the outline whose colours are mixed."""
AROUND = 12
"""Cells from the outline within which the backdrop is what a pocket shows."""
WINDOW = 5
"""Radius in cells of the window in which the backdrop's colour is averaged."""
ENOUGH = 0.2
"""The share of such a window that must be backdrop."""
ALIKE, UNLIKE = 8.0, 18.0
"""Distances in CIELAB: of a pocket from the backdrop at most, and from its own rim at least."""
SMALLEST = 30
"""Cells of the smallest pocket."""
DEEP = 1.5
"""How far from the outline a pocket may begin, in lengths of a square of its area."""
MOST = 4
"""Pockets asked about, largest first."""
SAME = 0.35
"""IoU of a pocket with a segment of SAM's that is the same thing."""
UNDECIDED = 1.0
"""Mean logit within a pocket that was pointed out as such."""
STEEP = 3.0
"""Logits by which SAM's answers fall from one cell to the next across an outline."""
SURE, WHOLE = 0.8, 0.86
"""The decoder's own score of the product without the pocket, and the share of it that stays."""


@dataclass(frozen=True, slots=True, eq=False)
class Pocket:
    """What looks like backdrop: ``inside`` (256, 256), and the (row, column) of its middle."""

    inside: Flags
    middle: tuple[int, int]


def hollowed(
    sam: Sam, pixels: Pixels, embedding: Embedding, logits: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Take out of ``logits``, (256, 256) over the padded square, the pockets that SAM filled.

    ``pixels`` are the photo's, of any size. Where nothing looks like a pocket SAM is not asked.
    """
    found = pockets(pixels, embedding, logits)
    if not found:
        return logits
    masks = sam.decode(
        embedding, [prompt for pocket in found for prompt in asked(embedding, logits, pocket)]
    )
    inside = logits > 0
    for index, pocket in enumerate(found):
        alone, without = masks.logits[2 * index, 1:], masks.logits[2 * index + 1, 0]
        rest = inside & ~grown(pocket.inside, RIM)
        stays = (without[rest] > 0).mean() if rest.any() else 0.0
        if (
            max(overlap(way > 0, pocket.inside) for way in alone) >= SAME
            and without[pocket.inside].mean() < UNDECIDED
            and stays >= WHOLE
            and masks.scores[2 * index + 1, 0] >= SURE
        ):
            logits = np.minimum(logits, opened(pocket.inside))
    return logits


def pockets(
    pixels: Pixels, embedding: Embedding, logits: NDArray[np.float32]
) -> tuple[Pocket, ...]:
    """Find what within the outline looks like the backdrop beside it, largest first."""
    rows, columns = embedding.valid(LOW_RES)
    if stability_score(logits[:rows, :columns], 1) < STABLE:
        return ()
    inside = logits[:rows, :columns] > 0
    within, away = distance(inside), distance(~inside)
    deep, backdrop = within > RIM, (away > RIM) & (away < AROUND)
    if not deep.any() or not backdrop.any():
        return ()
    seen = cv2.resize(pixels, (columns, rows), interpolation=cv2.INTER_AREA)
    colours = cv2.cvtColor(seen.astype(np.float32) * np.float32(1 / 255), cv2.COLOR_RGB2LAB)
    off = cv2.GaussianBlur(colours, (3, 3), 0) - beside(colours, backdrop)
    apart = np.sqrt(np.einsum("rcn,rcn->rc", off, off))
    alike = deep & (apart < ALIKE)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(
        cv2.morphologyEx(alike.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)),
        connectivity=4,
    )
    found: list[Pocket] = []
    for index in np.argsort(-stats[:, cv2.CC_STAT_AREA]):
        area = stats[index, cv2.CC_STAT_AREA]
        if index == 0 or area < SMALLEST or len(found) == MOST:
            continue
        here = labels == index
        rim = grown(here, RIM + 1) & ~here & inside
        edge = np.linalg.norm(colours[rim].mean(axis=0) - colours[here].mean(axis=0))
        if within[here].min() > DEEP * np.sqrt(area) or edge < UNLIKE:
            continue
        whole = np.zeros(logits.shape, np.bool_)
        whole[:rows, :columns] = filled(here, inside & (apart < edge / 2))
        row, column = np.unravel_index(int(depth(whole).argmax()), whole.shape)
        found.append(Pocket(whole, (int(row), int(column))))
    return tuple(found)


def filled(here: Flags, alike: Flags) -> Flags:
    """Let a pocket's colours reach its edge over what is ``alike``, and close what they enclose."""
    wide = here
    for _ in range(RIM + 1):
        wide = here | (grown(wide, 1) & alike)
    outlines, _ = cv2.findContours(wide.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    whole: Flags = cv2.drawContours(np.zeros(here.shape, np.uint8), outlines, -1, 1, cv2.FILLED) > 0
    return whole


def asked(
    embedding: Embedding, logits: NDArray[np.float32], pocket: Pocket
) -> tuple[Prompt, Prompt]:
    """Ask what is at the pocket, and for the product without it."""
    there = prompts.at(embedding, *pocket.middle)
    (x, y, _), *_ = there.points
    product = prompts.about(embedding, np.where(pocket.inside, -prompts.MASK_LIMIT, logits))[1]
    points = (*product.points, (x, y, False))
    return there, Prompt(points, product.box, prompts.smooth(logits))


def opened(inside: Flags) -> Plane:
    """Draw a pocket as SAM would: logits, (256, 256), that cross 0 at its edge.

    SAM's own outline of it takes in the handle that frames it.
    """
    away = distance(~inside) - distance(inside)
    return np.asarray(np.clip(STEEP * away, -prompts.MASK_LIMIT, prompts.MASK_LIMIT))


def beside(colours: Plane, backdrop: Flags) -> Plane:
    """Tell for each cell the mean colour where the backdrop is next to it."""
    share = backdrop.astype(np.float32)
    side = 2 * WINDOW + 1
    around = cv2.blur(share, (side, side))
    known = backdrop & (around >= min(ENOUGH, around[backdrop].max()))
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


def distance(region: Flags) -> Plane:
    """Tell how far each cell of a region is from the nearest one outside of it."""
    return np.asarray(cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5))


def grown(region: Flags, reach: int) -> Flags:
    """Grow a region by ``reach`` cells on every side."""
    wide: Flags = cv2.dilate(region.astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8)) > 0
    return wide
