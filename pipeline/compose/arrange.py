"""The product where the seller put it: moved, scaled, turned and mirrored from its own place."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from pipeline.compose.framing import (
    PREMULTIPLIED_SCALE,
    SOLID_ALPHA,
    Layer,
    Placement,
    clipped,
    layer,
)
from pipeline.masks import ALPHA_TOLERANCE, between, extent, visible

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.values import CutOut, Plane

SCALES: Final = (0.2, 4.0)
BESIDE: Final = 4
"""Pixels around what is seen that resampling looks at."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Where the product goes, from where its frame has it.

    ``dx`` and ``dy`` are shares of the picture's width and height, -1..1; ``scale`` is times its
    size there, within SCALES; ``turn`` is in degrees, clockwise, about its middle; ``mirror`` swaps
    left and right. Its middle stays in the picture. Raises ValueError where they are something
    else.
    """

    dx: float = 0.0
    dy: float = 0.0
    scale: float = 1.0
    turn: float = 0.0
    mirror: bool = False

    def __post_init__(self) -> None:
        within = abs(self.dx) <= 1 and abs(self.dy) <= 1 and abs(self.turn) <= 180  # noqa: PLR2004 - half a turn
        if not (within and SCALES[0] <= self.scale <= SCALES[1]):  # nor where one is not a number
            raise ValueError(f"expected an arrangement within its bounds, got {self}")


def arranged(cut_out: CutOut, placement: Placement, wanted: Arrangement) -> Layer:
    """Resample the product into the frame, from ``placement`` to where it is wanted."""
    width, height = placement.size
    box = extent(between(cut_out.alpha, SOLID_ALPHA, 1))
    left, top, right, bottom = box if any(box) else extent(visible(cut_out.alpha))
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    to_x = placement.x + middle_x * placement.scale + wanted.dx * width
    to_y = placement.y + middle_y * placement.scale + wanted.dy * height
    to_x, to_y = min(max(to_x, 0.0), float(width)), min(max(to_y, 0.0), float(height))
    scale = placement.scale * wanted.scale
    if wanted.mirror:
        cut_out = replace(
            cut_out,
            foreground=np.ascontiguousarray(cut_out.foreground[:, ::-1]),
            alpha=np.ascontiguousarray(cut_out.alpha[:, ::-1]),
        )
        middle_x = cut_out.size[0] - middle_x
    if not wanted.turn:
        corner = to_x - middle_x * scale, to_y - middle_y * scale
        return seen_part(cut_out, Placement(placement.size, scale, *corner))

    angle = math.radians(wanted.turn)
    cos, sin = abs(math.cos(angle)), abs(math.sin(angle))
    far_x, far_y = max(to_x, width - to_x), max(to_y, height - to_y)
    # What the frame shows of the product before it is turned, about its middle.
    room = (
        math.ceil(cos * far_x + sin * far_y) + BESIDE,
        math.ceil(sin * far_x + cos * far_y) + BESIDE,
    )
    corner = room[0] - middle_x * scale, room[1] - middle_y * scale
    straight = seen_part(cut_out, Placement((2 * room[0], 2 * room[1]), scale, *corner))
    return turned(straight, angle, room, (to_x, to_y), placement.size)


def seen_part(cut_out: CutOut, placement: Placement) -> Layer:
    """Resample no more of the product than the frame shows: enlarged, all of it is too much."""
    bounds = []
    for corner, side, own in zip(
        (placement.x, placement.y), placement.size, cut_out.size, strict=True
    ):
        first = math.floor(-corner / placement.scale) - BESIDE
        last = math.ceil((side - corner) / placement.scale) + BESIDE
        low = min(max(first, 0), own - 1)
        bounds.append((low, max(min(last, own), low + 1)))
    (left, right), (top, bottom) = bounds
    part = replace(
        cut_out,
        foreground=cut_out.foreground[top:bottom, left:right],
        alpha=cut_out.alpha[top:bottom, left:right],
    )
    scale = placement.scale
    moved = replace(placement, x=placement.x + left * scale, y=placement.y + top * scale)
    return layer(part, moved)


def turned(
    product: Layer,
    angle: float,
    about: tuple[float, float],
    to: tuple[float, float],
    size: tuple[int, int],
) -> Layer:
    """Turn a layer by ``angle`` radians, clockwise, and keep what a frame of ``size`` shows.

    ``about`` is the point of its frame that comes to lie at ``to`` in that of ``size``, (width,
    height); all in pixels. Colours are premultiplied meanwhile, so that nothing bleeds into an
    edge.
    """
    height, width = product.alpha.shape
    if not product.alpha.size:
        return clipped(product.colours, product.alpha, 0, 0, size)
    cos, sin = math.cos(angle), math.sin(angle)
    turn = np.array([[cos, -sin], [sin, cos]])
    start = np.array([product.x - about[0], product.y - about[1]])
    corners = start + np.array([[0, 0], [width, 0], [0, height], [width, height]])
    placed = corners @ turn.T + np.array(to)
    low = np.maximum(np.floor(placed.min(axis=0)).astype(int) - 1, 0)
    high = np.minimum(np.ceil(placed.max(axis=0)).astype(int) + 1, size)
    if (high <= low).any():
        return clipped(product.colours, product.alpha, size[0], size[1], size)
    # Pixels lie by their middles: half a pixel each way.
    shift = turn @ (start + 0.5) + np.array(to) - low - 0.5
    matrix = np.column_stack((turn, shift))
    across, down = (int(side) for side in high - low)

    def moved(plane: NDArray[np.float32] | NDArray[np.uint16]) -> Plane:
        return np.asarray(
            cv2.warpAffine(plane, matrix, (across, down), flags=cv2.INTER_CUBIC), np.float32
        )

    soft = moved(product.alpha)  # beyond 0..1 at sharp edges, as the colours are
    alpha = np.clip(soft, 0, 1)
    alpha[alpha < ALPHA_TOLERANCE] = 0
    alpha[alpha > 1 - ALPHA_TOLERANCE] = 1
    colours = np.zeros((down, across, 3), np.uint8)
    share = product.alpha * PREMULTIPLIED_SCALE
    inside = alpha > 0
    for channel in range(3):
        plane = np.rint(product.colours[:, :, channel] * share).astype(np.uint16)
        fine = moved(plane)[inside] / (soft[inside] * PREMULTIPLIED_SCALE)
        colours[inside, channel] = np.clip(np.rint(fine), 0, 255)
    return clipped(colours, alpha, int(low[0]), int(low[1]), size)
