"""The shadow that the product casts, made from its alpha alone: deterministic, no model.

It is drawn on a small map, since all of it is blurred, and enlarged where it falls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.compose.framing import SOLID_ALPHA
from pipeline.compose.linear import Shadow
from pipeline.masks import between, extent

if TYPE_CHECKING:
    from pipeline.backdrops import ShadowKind
    from pipeline.compose.framing import Layer
    from pipeline.values import Plane

MAP_SIDE = 384
"""Longer side of the map in pixels."""
MIN_DEPTH = 1 / 128
"""Depth below this is no shadow, so that white stays 255 away from the product."""
FOOT_SHARE = 0.30
"""The share of the product's height, from below, that may touch the floor."""
COARSE_SIGMA = 4.0
"""A blur's deviation, in pixels, that is wide enough to be enlarged without being seen."""


def cast(product: Layer, size: tuple[int, int], kind: ShadowKind, strength: float) -> Shadow | None:
    """Return the shadow of ``product`` in a frame of ``size``, or None where there is none."""
    if kind == "none" or strength <= 0 or not product.alpha.size:
        return None
    small = on_map(product, size)
    if not small.any():
        return None
    draw = {"soft": standing, "lying": lying, "floating": floating}[kind]
    depth = draw(small)
    depth = np.minimum(depth * strength, 0.9)
    depth = np.maximum(depth - MIN_DEPTH, 0) * np.float32(1 / (1 - MIN_DEPTH))
    left, top, right, bottom = extent(between(depth, MIN_DEPTH / 4, 1))
    if left == right:
        return None
    across, down = size[0] / small.shape[1], size[1] / small.shape[0]
    x, y = int(left * across), int(top * down)
    wide = min(int(np.ceil(right * across)), size[0]) - x
    high = min(int(np.ceil(bottom * down)), size[1]) - y
    full = cv2.resize(depth[top:bottom, left:right], (wide, high), interpolation=cv2.INTER_LINEAR)
    return Shadow(full, x, y)


def on_map(product: Layer, size: tuple[int, int]) -> Plane:
    """Draw the product's alpha on a small map of the frame: (h, w) float32.

    ``size`` is the frame's width and height in pixels.
    """
    scale = min(1.0, MAP_SIDE / max(size))
    small = np.zeros((max(1, round(size[1] * scale)), max(1, round(size[0] * scale))), np.float32)
    height, width = product.alpha.shape
    wide, high = max(1, round(width * scale)), max(1, round(height * scale))
    x = min(round(product.x * scale), small.shape[1] - 1)
    y = min(round(product.y * scale), small.shape[0] - 1)
    part = small[y : y + high, x : x + wide]
    shrunk = cv2.resize(product.alpha, (wide, high), interpolation=cv2.INTER_AREA)
    part[:] = shrunk[: part.shape[0], : part.shape[1]]
    return small


def standing(alpha: Plane) -> Plane:
    """Join a dark line of contact, a soft pool around the foot, and a faint cast shadow.

    The foot is each lower edge near the product's base, not one line at its lowest point: of two
    boots one usually stands a little farther back. ``alpha`` and the depth returned are (h, w)
    float32 in 0..1.
    """
    left, top, right, base = extent(between(alpha, SOLID_ALPHA, 1))
    high = max(1, base - top)
    unit = float(np.sqrt(max(1, (right - left) * high)))
    around = shifted(blurred(alpha, 0.03 * unit), 0.012 * unit, 0.02 * unit)
    far = shifted(blurred(alpha, 0.09 * unit), 0.05 * unit, 0.05 * unit)
    light = 1 - (1 - 0.25 * around) * (1 - 0.25 * far)
    if base >= alpha.shape[0]:
        return np.asarray(light, np.float32)
    near = np.clip(
        (np.arange(alpha.shape[0], dtype=np.float32) - base) / (FOOT_SHARE * high) + 1, 0, 1
    )
    foot = alpha * near[:, None]
    contact = shifted(blurred(foot, 0.014 * unit, 0.008 * unit), 0.002 * unit, 0.014 * unit)
    pool = shifted(blurred(foot, 0.06 * unit, 0.028 * unit), 0.03 * unit, 0.036 * unit)
    return np.asarray(1 - (1 - light) * (1 - 0.90 * contact) * (1 - 0.75 * pool), np.float32)


def lying(alpha: Plane) -> Plane:
    """Surround a thing that lies: darkest at its edge, a little wider away from the key light.

    ``alpha`` and the depth returned are (h, w) float32 in 0..1.
    """
    left, top, right, bottom = extent(between(alpha, SOLID_ALPHA, 1))
    unit = float(np.sqrt(max(1, (right - left) * (bottom - top))))
    edge = shifted(blurred(alpha, 0.012 * unit), 0.002 * unit, 0.004 * unit)
    near = shifted(blurred(alpha, 0.03 * unit), 0.006 * unit, 0.01 * unit)
    far = shifted(blurred(alpha, 0.08 * unit), 0.015 * unit, 0.025 * unit)
    return np.asarray(1 - (1 - 0.45 * edge) * (1 - 0.35 * near) * (1 - 0.25 * far), np.float32)


def floating(alpha: Plane) -> Plane:
    """Cast one soft shadow on a wall behind, away from the key light at the upper left.

    ``alpha`` and the depth returned are (h, w) float32 in 0..1.
    """
    left, top, right, bottom = extent(between(alpha, SOLID_ALPHA, 1))
    unit = float(np.sqrt(max(1, (right - left) * (bottom - top))))
    near = shifted(blurred(alpha, 0.03 * unit), 0.02 * unit, 0.03 * unit)
    far = shifted(blurred(alpha, 0.09 * unit), 0.05 * unit, 0.08 * unit)
    return np.asarray(1 - (1 - 0.35 * near) * (1 - 0.45 * far), np.float32)


def blurred(plane: Plane, across: float, down: float | None = None) -> Plane:
    """Blur by a Gaussian of these deviations; a product cut by the frame goes on beyond it.

    A wide blur is worked out on a coarser map, on which it is COARSE_SIGMA pixels wide. ``plane``
    and the answer are (h, w) float32; deviations are in pixels.
    """
    deviations = np.maximum(0.5, (across, across if down is None else down))
    height, width = plane.shape
    step = max(1.0, float(deviations.min()) / COARSE_SIGMA)
    if step > 1:
        size = max(1, round(width / step)), max(1, round(height / step))
        plane = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
        deviations *= np.array(size) / (width, height)
    soft: Plane = cv2.GaussianBlur(
        plane, (0, 0), deviations[0], sigmaY=deviations[1], borderType=cv2.BORDER_REPLICATE
    )
    return cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR) if step > 1 else soft


def shifted(plane: Plane, x: float, y: float) -> Plane:
    """Move to the right and down by pixels, also by parts of one.

    ``plane`` and the answer are (h, w) float32.
    """
    matrix = np.array([[1, 0, x], [0, 1, y]], np.float32)
    moved: Plane = cv2.warpAffine(
        plane, matrix, (plane.shape[1], plane.shape[0]), borderMode=cv2.BORDER_REPLICATE
    )
    return moved
