"""Where the product goes in the frame, and its pixels there.

A product that the photo's edge cuts stays at that edge: anywhere else its cut would show.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np

from pipeline.masks import ALPHA_TOLERANCE, between, extent, partial, places, visible

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.values import CutOut, Pixels, Plane

SOLID_ALPHA = 0.5
"""Alpha from here on counts as product when its extent is measured."""
MIN_CUT_SHARE = 0.02
"""The share of a photo's side that the product must touch to count as cut by it."""
KEPT_SCALES = (0.94, 1.12)
"""A change of size within these is not worth the sharpness it costs in the photo's own frame."""
OPTICAL_MIDDLE = 0.5, 0.48
"""Where in the frame, across and down, a product looks centred."""
MASS_WEIGHT = 0.5
"""What the centre of mass counts beside the middle of the extent: a handle weighs little."""
MIN_SHORT_SIDE = 1080
"""The shorter side, in pixels, at which social networks show a picture without enlarging it."""

PREMULTIPLIED_SCALE = 128
"""Premultiplied colours are kept in 16 bits, times this: cubic resampling may overshoot."""
AREA_BELOW = 0.6
"""Below this scale cubic resampling would skip pixels, so they are averaged."""


@dataclass(frozen=True, slots=True)
class Frame:
    """How the product is framed.

    ``kind`` "original" leaves it where the photo had it; "centred" makes it fill the frame up to
    ``margin``, a share of each side, its visual middle a little above the picture's. What stands
    does so no higher than ``base``, a share of the height, where that leaves room: a scene's floor
    is in its lower part. ``size`` is the picture's width and
    height; where it is None, ``ratio`` is that of width to height, and where that is None too, the
    picture is as large as the photo. ``enlarge`` bounds how much the product may grow beyond what
    the picture does.
    """

    kind: Literal["original", "centred"] = "centred"
    size: tuple[int, int] | None = None
    ratio: tuple[int, int] | None = None
    margin: float = 0.09
    base: float = 0.84
    enlarge: float = 2.0

    def size_for(self, photo: tuple[int, int]) -> tuple[int, int]:
        """Return the picture's width and height for a photo of this width and height.

        By ratio, the longer side is the photo's; the shorter one is MIN_SHORT_SIDE at least.
        """
        if self.size is not None:
            return self.size
        if self.ratio is None:
            return photo
        unit = max(max(photo) / max(self.ratio), MIN_SHORT_SIDE / min(self.ratio))
        return round(self.ratio[0] * unit), round(self.ratio[1] * unit)


@dataclass(frozen=True, slots=True)
class Placement:
    """The photo scaled by ``scale`` with its top left corner at (``x``, ``y``) of the frame."""

    size: tuple[int, int]
    scale: float
    x: float
    y: float


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """The product as the frame shows it.

    ``colours`` (h, w, 3) uint8 RGB, straight, and ``alpha`` (h, w) float32 in 0..1 lie with their
    top left corner at (``x``, ``y``) of the frame and wholly inside it.
    """

    colours: Pixels
    alpha: Plane
    x: int
    y: int

    def with_colours(self, colours: Pixels) -> Layer:
        """Return the same layer in other colours.

        ``colours`` is (h, w, 3) uint8 RGB.
        """
        return replace(self, colours=colours)


def place(
    cut_out: CutOut,
    frame: Frame,
    *,
    stands: bool = True,
    stage: tuple[float, float] | None = None,
) -> Placement:
    """Find the product's place; ``stands`` puts it on the floor. An empty cut-out stays put.

    ``stage`` is where a podium's top is, as a share of the frame's height, and its share of the
    width: the product is made to fit on it and stands exactly there, unless the photo cuts it.
    """
    width, height = cut_out.size
    size = frame.size_for(cut_out.size)
    solid = between(cut_out.alpha, SOLID_ALPHA, 1)
    left, top, right, bottom = extent(solid)
    if frame.kind == "original" or left == right:
        scale = min(size[0] / width, size[1] / height)
        x, y = (size[0] - width * scale) / 2, (size[1] - height * scale) / 2
        return Placement(size, scale, x, y)

    cut = cut_sides(solid)
    mass = centre_of_mass(solid)
    axes = (
        Axis(size[0], width, left, right, cut[0], cut[2], mass[0], OPTICAL_MIDDLE[0]),
        Axis(size[1], height, top, bottom, cut[1], cut[3], mass[1], OPTICAL_MIDDLE[1]),
    )
    whole = not any(cut)
    grown = max(1.0, min(axis.side / axis.own for axis in axes))
    spanning = [axis.side / axis.own for axis in axes if axis.cut_low and axis.cut_high]
    scale = max(
        spanning, default=min(frame.enlarge * grown, *(axis.limit(frame.margin) for axis in axes))
    )
    if stage is not None and whole:
        high, wide = stage[0] - frame.margin, stage[1]
        scale = min(scale, size[1] * high / (bottom - top), size[0] * wide / (right - left))
    if size == cut_out.size and not spanning and KEPT_SCALES[0] < scale < KEPT_SCALES[1]:
        scale = 1.0
    x, y = (axis.offset(scale, frame.margin) for axis in axes)
    if stage is not None and whole:
        x = size[0] / 2 - (left + right) / 2 * scale
        y = float(round(size[1] * stage[0] - bottom * scale))
    elif stands and not cut[1] and not cut[3]:
        y = max(y, float(round(size[1] * frame.base - bottom * scale)))
    return Placement(size, scale, x, y)


@dataclass(frozen=True, slots=True)
class Axis:
    """One direction: the frame's ``side``, the photo's ``own``, the product from low to high.

    ``cut_low`` and ``cut_high`` tell whether the photo's edge cuts the product there. ``mass`` is
    its centre of mass in the photo, ``middle`` the share of the frame at which it looks centred.
    """

    side: int
    own: int
    low: int
    high: int
    cut_low: bool
    cut_high: bool
    mass: float
    middle: float

    def limit(self, margin: float) -> float:
        """Return the largest scale at which the product fits."""
        free = 1 - margin * (2 - self.cut_low - self.cut_high)
        return self.side * free / (self.high - self.low)

    def offset(self, scale: float, margin: float) -> float:
        """Return where the photo's edge goes in the frame; ``margin`` is kept where it can be."""
        if self.cut_low and self.cut_high:
            where = (self.side - self.own * scale) / 2
        elif self.cut_low:
            where = 0.0
        elif self.cut_high:
            where = self.side - self.own * scale
        else:
            centre = (self.low + self.high) / 2
            seen = centre + MASS_WEIGHT * (self.mass - centre)
            lowest = self.side * margin - self.low * scale
            highest = self.side * (1 - margin) - self.high * scale
            where = self.side * self.middle - seen * scale
            fits = lowest <= highest
            where = min(max(where, lowest), highest) if fits else (lowest + highest) / 2
        return float(round(where)) if scale == 1 else where


def centre_of_mass(solid: NDArray[np.uint8]) -> tuple[float, float]:
    """Return the middle, x and y in pixels, of ``solid``, (h, w) uint8, not 0 on the product."""
    moments = cv2.moments(solid, binaryImage=True)
    area = moments["m00"] or 1.0
    return moments["m10"] / area + 0.5, moments["m01"] / area + 0.5


def cut_sides(solid: NDArray[np.uint8]) -> tuple[bool, bool, bool, bool]:
    """Tell whether the photo's left, top, right and bottom edge cut the product.

    ``solid`` is (h, w) uint8, not 0 on the product.
    """
    left, top, right, bottom = (
        bool(np.count_nonzero(side) > MIN_CUT_SHARE * side.size)
        for side in (solid[:, 0], solid[0], solid[:, -1], solid[-1])
    )
    return left, top, right, bottom


def layer(cut_out: CutOut, placement: Placement) -> Layer:
    """Resample the product into the frame, premultiplied, so that nothing bleeds into its edge."""
    left, top, right, bottom = extent(visible(cut_out.alpha))
    colours = cut_out.foreground[top:bottom, left:right]
    alpha = cut_out.alpha[top:bottom, left:right]
    x, y = placement.x + left * placement.scale, placement.y + top * placement.scale
    first_x, first_y = int(np.floor(x)), int(np.floor(y))
    if placement.scale == 1 or not alpha.size:
        return clipped(colours, alpha, first_x, first_y, placement.size)

    across = max(1, int(np.ceil(x + (right - left) * placement.scale)) - first_x)
    down = max(1, int(np.ceil(y + (bottom - top) * placement.scale)) - first_y)
    method = cv2.INTER_AREA if placement.scale < AREA_BELOW else cv2.INTER_CUBIC
    soft = cv2.resize(alpha, (across, down), interpolation=method)
    resampled = np.empty((down, across, 3), np.uint8)
    seen, mixed = visible(alpha), places(partial(alpha))
    own = places(partial(soft) | between(soft, 1 + ALPHA_TOLERANCE, 2))
    share, thin = alpha[mixed] * PREMULTIPLIED_SCALE, soft[own] * PREMULTIPLIED_SCALE
    # A channel at a time: in 16 bits, all three of a large photo would be the peak of memory.
    for channel in range(3):
        plane = cv2.extractChannel(colours, channel)
        fine = cv2.multiply(plane, seen, scale=PREMULTIPLIED_SCALE / 255, dtype=cv2.CV_16U)
        fine[mixed] = np.rint(plane[mixed] * share)
        fine = cv2.resize(fine, (across, down), interpolation=method)
        plane = cv2.convertScaleAbs(fine, alpha=1 / PREMULTIPLIED_SCALE)
        plane[own] = np.clip(np.rint(fine[own] / thin), 0, 255)
        cv2.insertChannel(plane, resampled, channel)
    return clipped(resampled, np.clip(soft, 0, 1, out=soft), first_x, first_y, placement.size)


def clipped(colours: Pixels, alpha: Plane, x: int, y: int, size: tuple[int, int]) -> Layer:
    """Keep what lies inside the frame.

    ``colours`` is (h, w, 3) uint8 RGB and ``alpha`` (h, w) float32 in 0..1, with their corner at
    (``x``, ``y``) of a frame of ``size`` (width, height), all in pixels.
    """
    left, top = max(0, -x), max(0, -y)
    right = min(colours.shape[1], size[0] - x)
    bottom = min(colours.shape[0], size[1] - y)
    part = slice(top, max(top, bottom)), slice(left, max(left, right))
    return Layer(colours[part], alpha[part], max(0, x), max(0, y))
