"""Where a card's product stands, and where text may stand round it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from pipeline.compose import Frame
from pipeline.compose.framing import SOLID_ALPHA, cut_sides, layer, place
from pipeline.masks import between, depth, extent, visible

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.compose.framing import Layer
    from pipeline.masks import BinaryMask
    from pipeline.values import Box, CutOut

CELLS: Final = 96
"""Free rectangles are looked for on a grid of this many cells along the longer side."""
GAP: Final = 0.022
"""The share of the frame's longer side that stays free between the product and text."""
ENLARGE: Final = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """The product in its frame: ``mask`` is (h, w) uint8, 255 where it is seen.

    ``windowed`` tells that its photo cut it off, so that it is shown within ``box`` as in a window.
    """

    layer: Layer
    mask: BinaryMask
    box: Box
    windowed: bool

    @property
    def extent(self) -> Box:
        """The box around what is seen."""
        return extent(self.mask)


def place_product(cut_out: CutOut, size: tuple[int, int], box: Box, align: str) -> Placed:
    """Put the product as large as it fits into ``box`` of a frame of ``size``, in pixels.

    ``align`` "bottom" has it stand on the box's lower edge; else it lies in the middle. One that
    its photo's edge cuts keeps that edge at the box's.
    """
    left, top, right, bottom = box
    windowed = any(cut_sides(between(cut_out.alpha, SOLID_ALPHA, 1)))
    inner = Frame(
        size=(right - left, bottom - top), margin=0.06 if windowed else 0, enlarge=ENLARGE
    )
    placement = place(cut_out, inner, stands=False)
    x, y = placement.x + left, placement.y + top
    _, _, _, lowest = extent(between(cut_out.alpha, SOLID_ALPHA, 1))
    if align == "bottom" and not windowed:
        y = bottom - lowest * placement.scale
    product = layer(cut_out, replace(placement, size=size, x=x, y=y))
    if windowed:
        product = _within(product, box)
    mask = np.zeros(size[::-1], np.uint8)
    height, width = product.alpha.shape
    mask[product.y : product.y + height, product.x : product.x + width] = visible(product.alpha)
    return Placed(product, mask, box, windowed)


def _within(product: Layer, box: Box) -> Layer:
    """Keep what of the product lies inside the box."""
    left, top, right, bottom = box
    alpha = product.alpha.copy()
    alpha[: max(0, top - product.y)] = 0
    alpha[max(0, bottom - product.y) :] = 0
    alpha[:, : max(0, left - product.x)] = 0
    alpha[:, max(0, right - product.x) :] = 0
    return replace(product, alpha=alpha)


class FreeSpace:
    """Where nothing of the product is, on a grid of `CELLS`."""

    def __init__(self, placed: Placed) -> None:
        height, width = placed.mask.shape
        self._cell = max(height, width) / CELLS
        self._size = width, height
        mask = placed.mask
        if placed.windowed:
            mask = mask.copy()
            left, top, right, bottom = placed.box
            mask[top:bottom, left:right] = 255
        gap = max(1, round(GAP * max(height, width)))
        grown = cv2.dilate(mask, np.ones((2 * gap + 1, 2 * gap + 1), np.uint8))
        grid = round(width / self._cell), round(height / self._cell)
        self._free: NDArray[np.bool_] = cv2.resize(grown, grid, interpolation=cv2.INTER_AREA) == 0

    def is_free(self, box: Box) -> bool:
        """Tell whether nothing of the product is in or near a box, in pixels."""
        left, top, right, bottom = (round(side / self._cell) for side in box)
        return bool(self._free[top:bottom, left:right].all())

    def rectangle(
        self, within: Box, least: tuple[float, float], most: tuple[float, float]
    ) -> Box | None:
        """Find the free rectangle inside ``within`` that is worth most, all in pixels.

        One narrower or lower than ``least`` is worth nothing; what exceeds ``most`` does not count.
        """
        rows, columns = self._free.shape
        cell = self._cell
        left, top = int(np.ceil(within[0] / cell)), int(np.ceil(within[1] / cell))
        right, bottom = min(columns, int(within[2] / cell)), min(rows, int(within[3] / cell))
        part = self._free[top:bottom, left:right]
        best, worth = None, 0.0
        heights = np.zeros(part.shape[1], int)
        for row in range(part.shape[0]):
            heights = np.where(part[row], heights + 1, 0)
            for first, last, high in _under(heights.tolist()):
                wide, tall = (last - first) * cell, high * cell
                if wide < least[0] or tall < least[1]:
                    continue
                value = min(wide, most[0]) * min(tall, most[1]) + 1e-3 * wide * tall
                if value > worth:
                    worth, best = value, (first, row + 1 - high, last, row + 1)
        if best is None:
            return None
        x0, y0, x1, y1 = best
        edges = (left + x0) * cell, (top + y0) * cell, (left + x1) * cell, (top + y1) * cell
        # A rectangle that reaches the grid's edge reaches the area's.
        return (
            within[0] if x0 == 0 else round(edges[0]),
            within[1] if y0 == 0 else round(edges[1]),
            within[2] if x1 == part.shape[1] else round(edges[2]),
            within[3] if y1 == part.shape[0] else round(edges[3]),
        )


def _under(heights: list[int]) -> list[tuple[int, int, int]]:
    """Give the rectangles under a histogram: first and last (exclusive) column, height."""
    found: list[tuple[int, int, int]] = []
    stack: list[tuple[int, int]] = []
    for column, height in enumerate([*heights, 0]):
        first = column
        while stack and stack[-1][1] >= height:
            first, high = stack.pop()
            if high:
                found.append((first, column, high))
        stack.append((first, height))
    return found


def point_on(mask: BinaryMask, side: str, at: float) -> tuple[int, int]:
    """Find a point well inside the product for a label on that ``side`` of it.

    ``mask`` is (h, w) uint8, 255 on the product; ``at`` is the label's row, or column where it is
    above or below, in pixels. The point lies on that row or column where the product reaches it.
    """
    turned = mask if side in {"left", "right"} else mask.T
    deep = depth(turned > 0)
    _, top, _, bottom = extent(np.ascontiguousarray(turned))
    reach = max(2.0, 0.03 * (bottom - top))
    rows = np.arange(turned.shape[0])
    wanted = min(max(round(at), top), bottom - 1)
    solid = deep >= min(reach, float(deep.max()) * 0.6)
    filled = rows[solid.any(axis=1)]
    row = int(filled[np.abs(filled - wanted).argmin()])
    columns = np.flatnonzero(solid[row])
    # A sixth into the product from the label's side, on a part that is there.
    share = 0.16 if side in {"left", "above"} else 0.84
    aim = columns[0] + share * (columns[-1] - columns[0])
    column = int(columns[np.abs(columns - aim).argmin()])
    return (column, row) if side in {"left", "right"} else (row, column)
