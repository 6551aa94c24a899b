"""The trimap: what is surely product, what is surely backdrop, and the unknown region between.

It comes from the model's coarse logits alone. Everything after it works on the unknown region only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.errors import NothingFoundError
from pipeline.masks import extent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.masks import BinaryMask
    from pipeline.values import Box, Plane

MIN_LOGIT = -5.0
"""Logits below this are backdrop, whatever colour they have: a probability below 0.7 %."""
LOGIT_CLIP = 8.0
"""Logits beyond this say no more than it does: sigmoid(8) is 0.9997."""
UNKNOWN_RADIUS = 2.0
"""Half the unknown region's width in cells: how far off the model's outline may be."""
EXACT_RADIUS = 0.75
"""The same where the outline was painted by hand: no more than its soft rim."""
MARGIN = 8 * UNKNOWN_RADIUS
"""Cells around the mask that are looked at, so that the backdrop's colour beside it is known."""
THIN_MARGIN = 10
"""The same around what may be a thin part of the product that the model lost."""
MIN_REGION_SHARE = 0.03
"""A separate region below this share of the largest one goes; a second product is larger."""
MIN_REGION_CELLS = 2.0
"""A region or a hole of less than this many cells squared goes, whatever its share."""


@dataclass(frozen=True, slots=True, eq=False)
class Trimap:
    """The coarse mask and its unknown region, on the crop of the work map that holds the product.

    ``work_size`` is the work map's width and height, and ``photo_size`` the photo's; ``crop`` is
    XYXY in the work map. ``logits`` is (h, w) float32 in -LOGIT_CLIP..LOGIT_CLIP: what the model
    says. ``mask`` and ``unknown`` are (h, w) uint8 of 0 and 255: the product, and where alpha is
    to be estimated. ``cell`` is the side of one of the model's logits in work pixels, 1 at least.
    """

    work_size: tuple[int, int]
    photo_size: tuple[int, int]
    crop: Box
    logits: Plane
    mask: NDArray[np.uint8]
    unknown: NDArray[np.uint8]
    cell: float

    @property
    def photo_crop(self) -> Box:
        """The crop in the photo's own pixels, XYXY."""
        across = self.photo_size[0] / self.work_size[0]
        down = self.photo_size[1] / self.work_size[1]
        left, top, right, bottom = self.crop
        return round(left * across), round(top * down), round(right * across), round(bottom * down)

    @property
    def photo_cell(self) -> float:
        """The side of one of the model's logits in the photo's own pixels."""
        return self.cell * self.photo_size[0] / self.work_size[0]


def build_trimap(
    logits: NDArray[np.float32], photo_size: tuple[int, int], longest_side: int
) -> Trimap:
    """Threshold ``logits`` (256, 256) float32, which lie over the padded square of the photo.

    ``photo_size`` is (width, height) in pixels. The work map's longer side is ``longest_side``, or
    the photo's where that is shorter. Raises NothingFoundError where no region is worth keeping.
    """
    longer = max(photo_size)
    scale = min(1.0, longest_side / longer)
    size = max(1, round(photo_size[0] * scale)), max(1, round(photo_size[1] * scale))
    unit = logits.shape[0] / longer
    rows, columns = max(1, round(photo_size[1] * unit)), max(1, round(photo_size[0] * unit))
    exact_cell = longer * scale / logits.shape[0]
    cell = max(1.0, exact_cell)

    valid = np.clip(logits[:rows, :columns], -LOGIT_CLIP, LOGIT_CLIP)
    smooth = cv2.resize(valid, size, interpolation=cv2.INTER_CUBIC)
    mask = without_specks((smooth > 0).astype(np.uint8), MIN_REGION_CELLS * cell**2)
    if not mask.any():
        raise NothingFoundError("the mask encloses nothing")

    margin = round(MARGIN * cell)
    left, top, right, bottom = extent(mask)
    thin = extent(connected_to(valid, mask))
    crop = (
        max(0, min(left - margin, int((thin[0] - THIN_MARGIN) * exact_cell))),
        max(0, min(top - margin, int((thin[1] - THIN_MARGIN) * exact_cell))),
        min(size[0], max(right + margin, int((thin[2] + THIN_MARGIN) * exact_cell) + 1)),
        min(size[1], max(bottom + margin, int((thin[3] + THIN_MARGIN) * exact_cell) + 1)),
    )
    mask = np.ascontiguousarray(mask[crop[1] : crop[3], crop[0] : crop[2]])
    return Trimap(
        work_size=size,
        photo_size=photo_size,
        crop=crop,
        logits=np.ascontiguousarray(smooth[crop[1] : crop[3], crop[0] : crop[2]]),
        mask=mask * np.uint8(255),
        unknown=unknown_region(mask, cell),
        cell=cell,
    )


def connected_to(logits: NDArray[np.float32], mask: BinaryMask) -> BinaryMask:
    """Find what is above MIN_LOGIT and connected to ``mask``, at the resolution of ``logits``.

    ``logits`` is (rows, columns) float32, ``mask`` (h, w) uint8 of 0 and 1, the answer (rows,
    columns) uint8 of 0 and 1.
    """
    _, labels = cv2.connectedComponents(cv2.inRange(logits, MIN_LOGIT, LOGIT_CLIP))
    kept = cv2.resize(mask, logits.shape[::-1], interpolation=cv2.INTER_AREA) > 0
    connected: BinaryMask = np.isin(labels, labels[kept & (labels > 0)]).astype(np.uint8)
    return connected


def kept_exactly(trimap: Trimap, asked: Trimap, exact: NDArray[np.bool_]) -> Trimap:
    """Have ``trimap`` keep the outline that was ``asked``, both of one crop, where it is exact.

    ``exact`` is (256, 256) bool over the padded square.
    """
    unit = exact.shape[0] / max(trimap.photo_size)
    columns, rows = (max(1, round(side * unit)) for side in trimap.photo_size)
    part = exact[:rows, :columns].astype(np.uint8)
    left, top, right, bottom = trimap.crop
    whole = cv2.resize(part, trimap.work_size, interpolation=cv2.INTER_NEAREST)
    there = whole[top:bottom, left:right] > 0
    narrow = unknown_region((asked.mask > 0).astype(np.uint8), trimap.cell, EXACT_RADIUS)
    return replace(
        trimap,
        mask=np.where(there, asked.mask, trimap.mask),
        unknown=np.where(there, narrow, trimap.unknown),
    )


def unknown_region(mask: BinaryMask, cell: float, radius: float = UNKNOWN_RADIUS) -> BinaryMask:
    """Return 255 within ``radius`` cells of the outline of ``mask`` (h, w) of 0 and 1.

    Both are uint8; ``cell`` is in pixels.
    """
    within = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_3)
    without = cv2.distanceTransform(1 - mask, cv2.DIST_L2, cv2.DIST_MASK_3)
    unknown: BinaryMask = cv2.inRange(cv2.max(within, without), 0, radius * cell)
    return unknown


def without_specks(mask: NDArray[np.uint8], least: float) -> NDArray[np.uint8]:
    """Drop small regions of ``mask`` (h, w) uint8 of 0 and 1; fill holes below ``least`` pixels.

    A region is small below ``least`` pixels or MIN_REGION_SHARE of the largest. Real holes stay.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA]
    keep = np.zeros(count, np.uint8)
    if count > 1:
        keep[1:] = areas[1:] >= max(least, MIN_REGION_SHARE * areas[1:].max())
        if not keep.any() and areas[1:].max() >= 1 and mask.size <= least:
            keep[1:] = 1
    kept: NDArray[np.uint8] = keep[labels]
    _, labels, stats, _ = cv2.connectedComponentsWithStats(1 - kept, connectivity=4)
    small = stats[:, cv2.CC_STAT_AREA] < least
    small[0] = False
    kept[small[labels]] = 1
    return kept
