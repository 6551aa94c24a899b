"""Shadows and layers in linear light.

sRGB (IEC 61966-2-1) is decoded to 16 bits by one table and encoded again by another, so that no
full-size floating-point picture is ever held.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.masks import ALPHA_TOLERANCE, between, opaque, partial, places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.compose.framing import Layer
    from pipeline.values import Pixels, Plane

WHITE = 65535
"""White in 16-bit linear light."""
TOE, SLOPE = 0.04045, 12.92
"""sRGB is linear with this slope up to this value."""
BOUNCE = 0.25
"""Share of a shadow's depth that light from the background itself fills up again."""
SAMPLE_STEP = 16
"""Every so many pixels the background is looked at for the colour that it reflects."""
STRIP_ROWS = 128
"""Rows worked on at once, so that what is worked on stays in the processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Shadow:
    """``depth`` (h, w) float32 in 0..1 at (``x``, ``y``) of the frame: how much light is lost.

    ``loss`` tells how much of that red, green and blue lose, each 0..1: what lights a shadow has
    another colour than the key light.
    """

    depth: Plane
    x: int
    y: int
    loss: tuple[float, float, float] = (1.0, 1.0, 1.0)


@cache
def decoding() -> NDArray[np.uint16]:
    """Return the table from an sRGB byte to linear light of 0..WHITE, (256,) uint16."""
    value = np.arange(256) / 255
    light = np.where(value > TOE, ((value + 0.055) / 1.055) ** 2.4, value / SLOPE)
    return np.asarray(np.rint(light * WHITE), np.uint16)


@cache
def encoding() -> NDArray[np.uint8]:
    """Return the table from linear light of 0..WHITE to an sRGB byte, (WHITE + 1,) uint8."""
    light = np.arange(WHITE + 1) / WHITE
    value = np.where(light > TOE / SLOPE, 1.055 * light ** (1 / 2.4) - 0.055, light * SLOPE)
    return np.asarray(np.rint(value * 255), np.uint8)


def darken(canvas: Pixels, shadow: Shadow) -> None:
    """Take the shadow's share of light from ``canvas``, in place.

    What light remains in a shadow has bounced off the background, so it has its colour. ``canvas``
    is (h, w, 3) uint8 RGB.
    """
    height, width = shadow.depth.shape
    region = canvas[shadow.y : shadow.y + height, shadow.x : shadow.x + width]
    colour = decoding()[region[::SAMPLE_STEP, ::SAMPLE_STEP]].reshape(-1, 3).mean(axis=0)
    loss = (1 - BOUNCE * colour / max(1.0, colour.max())) * shadow.loss
    noise = dither(width, colour)
    for top in range(0, height, STRIP_ROWS):
        part = region[top : top + STRIP_ROWS]
        depth = shadow.depth[top : top + STRIP_ROWS]
        light = cv2.LUT(part, decoding())
        kept = cv2.merge([1 - depth * np.float32(share) for share in loss])
        dimmed = cv2.multiply(light, kept, dtype=cv2.CV_32F)
        shaded = between(depth, ALPHA_TOLERANCE, 1)
        cv2.add(dimmed, noise[: part.shape[0]], dst=light, mask=shaded, dtype=cv2.CV_16U)
        part[:] = cv2.LUT(light, encoding())


def dither(width: int, colour: NDArray[np.float64]) -> Plane:
    """Noise of one sRGB level at a linear ``colour``: (STRIP_ROWS, width, 3) float32 RGB.

    ``colour`` is (3,) of 0..WHITE, ``width`` in pixels. A soft shadow on white is all but flat:
    rounded without noise, its levels would show as rings.
    """
    shade = encoding()[np.clip(np.rint(colour), 0, WHITE).astype(int)].astype(int)
    table = decoding().astype(float)
    step = table[np.maximum(shade, 1)] - table[np.maximum(shade, 1) - 1]
    tile = np.random.default_rng(0).uniform(-0.5, 0.5, (STRIP_ROWS, STRIP_ROWS, 3)) * step
    return np.tile(tile.astype(np.float32), (1, -(-width // STRIP_ROWS), 1))[:, :width]


def blend(canvas: Pixels, layer: Layer) -> None:
    """Lay ``layer`` over ``canvas``, in place.

    ``canvas`` is (h, w, 3) uint8 RGB.
    """
    height, width = layer.alpha.shape
    region = canvas[layer.y : layer.y + height, layer.x : layer.x + width]
    where = places(partial(layer.alpha))
    share = layer.alpha[where][:, None]
    front, behind = decoding()[layer.colours[where]], decoding()[region[where]]
    mixed = np.rint(front * share + behind * (1 - share)).astype(np.uint16)
    cv2.copyTo(layer.colours, opaque(layer.alpha), region)
    region[where] = encoding()[mixed]
