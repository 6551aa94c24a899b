"""The outline: where the logits change sign, cleaned of specks, and the band around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.errors import NothingFoundError
from pipeline.masks import extent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.masks import Mask
    from pipeline.values import Box, Plane

HOPE = -5.0
"""Logits below this are backdrop, whatever colour they have."""
CLIP = 8.0
"""Logits beyond this say no more than it does: sigmoid(8) is 0.9997."""
LIKELY = -3.2
"""Logits below this leave less than one in 25 that a thin part is the product."""
THIN = 2.5
"""Half the width, in cells, of what is no longer thin."""
REACH = 2.0
"""Half the band's width in cells of the logits: how far off the model's outline may be."""
AROUND = 10
"""Cells around what may be thin parts of the product that are looked at as well."""
ISLAND = 0.03
"""A separate piece below this share of the largest one goes; a second product is larger."""
SPECK = 2.0
"""A piece or a hole whose area is below this many squared cells goes, whatever its share."""


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """The coarse mask on the crop of the work map that holds the product.

    ``size`` is the work map's width and height and ``full`` the photo's; ``crop`` is XYXY in the
    work map. ``logit`` is (h, w) float32 in -CLIP..CLIP: what the model says. ``inside`` and
    ``band`` are (h, w) uint8 of 0 and 255: the mask, and what is to be estimated anew. ``cell``
    is the length of one logit in work pixels.
    """

    size: tuple[int, int]
    full: tuple[int, int]
    crop: Box
    logit: Plane
    inside: NDArray[np.uint8]
    band: NDArray[np.uint8]
    cell: float


def find(logits: NDArray[np.float32], full: tuple[int, int], work: int) -> Outline:
    """Trace ``logits`` (256, 256), which lie over the padded square of a photo of size ``full``.

    The work map's longer side is ``work``, or the photo's where that is shorter. Raises
    NothingFoundError where no piece of the mask is worth keeping.
    """
    longer = max(full)
    scale = min(1.0, work / longer)
    size = max(1, round(full[0] * scale)), max(1, round(full[1] * scale))
    unit = logits.shape[0] / longer
    rows, columns = max(1, round(full[1] * unit)), max(1, round(full[0] * unit))
    cell = longer * scale / logits.shape[0]

    valid = np.clip(logits[:rows, :columns], -CLIP, CLIP)
    smooth = cv2.resize(valid, size, interpolation=cv2.INTER_CUBIC)
    inside = without_specks((smooth > 0).astype(np.uint8), SPECK * max(1.0, cell) ** 2)
    if not inside.any():
        raise NothingFoundError("the mask encloses nothing")

    reach = REACH * max(1.0, cell)
    margin = round(8 * reach)
    left, top, right, bottom = extent(inside)
    hanging = extent(attached(valid, inside))
    crop = (
        max(0, min(left - margin, int((hanging[0] - AROUND) * cell))),
        max(0, min(top - margin, int((hanging[1] - AROUND) * cell))),
        min(size[0], max(right + margin, int((hanging[2] + AROUND) * cell) + 1)),
        min(size[1], max(bottom + margin, int((hanging[3] + AROUND) * cell) + 1)),
    )
    inside = np.ascontiguousarray(inside[crop[1] : crop[3], crop[0] : crop[2]])
    logit = np.ascontiguousarray(smooth[crop[1] : crop[3], crop[0] : crop[2]])
    return Outline(
        size=size,
        full=full,
        crop=crop,
        logit=logit,
        inside=inside * np.uint8(255),
        band=around(inside, logit, max(1.0, cell)),
        cell=max(1.0, cell),
    )


def attached(logits: NDArray[np.float32], inside: Mask) -> Mask:
    """Find what is doubtful and hangs on ``inside`` (h, w), at the resolution of ``logits``."""
    _, labels = cv2.connectedComponents(cv2.inRange(logits, HOPE, CLIP))
    kept = cv2.resize(inside, logits.shape[::-1], interpolation=cv2.INTER_AREA) > 0
    hanging: Mask = np.isin(labels, labels[kept & (labels > 0)]).astype(np.uint8)
    return hanging


def around(inside: Mask, logit: Plane, cell: float) -> Mask:
    """Draw the band: 255 within REACH cells of the outline of ``inside`` (h, w), 0 or 1.

    It goes on along what is thin, hangs on it and is likely enough: straps and fringe, and along
    gaps that are as thin.
    """
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_3)
    gap = cv2.distanceTransform(1 - inside, cv2.DIST_L2, cv2.DIST_MASK_3)
    within: Mask = cv2.inRange(cv2.max(depth, gap), 0, REACH * cell)
    solid = inside * np.uint8(255)
    width = 2 * round(THIN * cell) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    joined = within.copy()
    for sure, low, high in ((solid, LIKELY, 0.0), (~solid, 0.0, -LIKELY)):
        hopeful = cv2.inRange(logit, low, high) & ~sure
        if cv2.countNonZero(hopeful & ~within):
            joined |= hopeful & ~cv2.morphologyEx(hopeful | sure, cv2.MORPH_OPEN, disc)
    _, labels = cv2.connectedComponents(joined)
    hanging = np.zeros(labels.max() + 1, np.uint8)
    hanging[labels[within > 0]] = 255
    hanging[0] = 0
    band: Mask = hanging[labels]
    return band


def without_specks(mask: NDArray[np.uint8], least: float) -> NDArray[np.uint8]:
    """Drop pieces below ``least`` pixels or ISLAND of the largest; fill holes below ``least``.

    ``mask`` is (h, w) uint8 of 0 and 1, and so is the answer. Real holes stay holes.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA]
    keep = np.zeros(count, np.uint8)
    if count > 1:
        keep[1:] = areas[1:] >= max(least, ISLAND * areas[1:].max())
        if not keep.any() and areas[1:].max() >= 1 and mask.size <= least:
            keep[1:] = 1
    kept: NDArray[np.uint8] = keep[labels]
    _, labels, stats, _ = cv2.connectedComponentsWithStats(1 - kept, connectivity=4)
    small = stats[:, cv2.CC_STAT_AREA] < least
    small[0] = False
    kept[small[labels]] = 1
    return kept
