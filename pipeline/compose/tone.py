"""Bring the product's exposure near the background's, without changing what colour the product is.

One curve serves all three channels, so that nothing grey takes on the background's colour: what
colour a background has tells next to nothing about the light on a product (docs/lab/light.md).
However far it would go, no colour of the product moves by more than MAX_DELTA_E, measured as the
distance in CIELAB (CIE 1976).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.compose.linear import WHITE, decoding, encoding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.compose.framing import Layer
    from pipeline.values import Pixels

MAX_DELTA_E = 5.0
"""Largest change of any of the product's colours, in Delta E 1976."""
SAMPLES_A_SIDE = 96
"""Colours are looked at on a grid of at most this many a side."""
HALVINGS = 6
"""Halvings in the search for the strongest change within MAX_DELTA_E."""
EXPOSURE = 0.2
"""How much of the difference in exposure full strength would take away."""

LUMA = np.array([0.2126, 0.7152, 0.0722])
"""Weights of linear red, green and blue in luminance (ITU-R BT.709)."""
KNEE = 0.6
"""Linear light from which highlights roll off where they would clip; 203 in sRGB."""


def curve(product: Layer, canvas: Pixels, strength: float) -> NDArray[np.uint8]:
    """Return a (256,) table for ``product`` on ``canvas``; ``strength`` is 0..1.

    The table is uint8, from sRGB to sRGB, ``canvas`` (h, w, 3) uint8 RGB.
    """
    colours = sample(product)
    if not colours.size:
        return table(0.0)
    step = -(-max(canvas.shape) // SAMPLES_A_SIDE)
    around = canvas[::step, ::step].reshape(-1, 3)
    bright, lit = (
        np.percentile(decoding()[seen] / WHITE @ LUMA, 90) + 0.02 for seen in (colours, around)
    )
    gain = EXPOSURE * float(np.log(lit / bright))

    low, high = 0.0, strength
    if change(colours, table(gain * high)) <= MAX_DELTA_E:
        return table(gain * high)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        within = change(colours, table(gain * middle)) <= MAX_DELTA_E
        low, high = (middle, high) if within else (low, middle)
    return table(gain * low)


def table(gain: float) -> NDArray[np.uint8]:
    """Build the curve, a (256,) uint8 table in sRGB: `exposed`, rounded."""
    level = np.rint(exposed(gain) * WHITE).astype(np.uint16)
    return np.asarray(encoding()[level], np.uint8)


def exposed(gain: float) -> NDArray[np.float64]:
    """Map the 256 sRGB levels to linear light times exp(``gain``): (256,) float64 in 0..1.

    What would leave 0..1 rolls off: a white product keeps its folds.
    """
    light = decoding() / WHITE * np.exp(gain)
    return roll_off(light, float(light[-1]))


def roll_off(light: NDArray[np.float64], brightest: float) -> NDArray[np.float64]:
    """Bring linear ``light``, float64 of 0..``brightest``, (...,), into 0..1.

    Strictly increasing and smooth; nothing changes below KNEE, nor at all where ``brightest`` is
    within 1. Above the knee it is the curve of Reinhard et al., "Photographic Tone Reproduction for
    Digital Images", 2002, equation 4, whose white point is ``brightest``.
    """
    if brightest <= 1:
        return light
    above = np.maximum(light - KNEE, 0) / (1 - KNEE)
    white = (brightest - KNEE) / (1 - KNEE)
    rolled = KNEE + (1 - KNEE) * above * (1 + above / white**2) / (1 + above)
    return np.where(light > KNEE, rolled, light)


def sample(product: Layer) -> NDArray[np.uint8]:
    """Return colours of wholly opaque pixels of the product: (n, 3) uint8 RGB."""
    step_y = -(-product.alpha.shape[0] // SAMPLES_A_SIDE) or 1
    step_x = -(-product.alpha.shape[1] // SAMPLES_A_SIDE) or 1
    opaque = product.alpha[::step_y, ::step_x] >= 1
    return product.colours[::step_y, ::step_x][opaque]


def change(colours: NDArray[np.uint8], curve: NDArray[np.uint8]) -> float:
    """Return the largest Delta E 1976 that ``curve`` does to ``colours`` (n, 3).

    Both are uint8, the colours RGB, the curve (256,) for each channel.
    """
    before = colours[None]
    return float(np.linalg.norm(lab(before) - lab(cv2.LUT(before, curve)), axis=2).max())


def lab(colours: Pixels) -> NDArray[np.float32]:
    """Convert (h, w, 3) uint8 sRGB to CIELAB under D65, L in 0..100."""
    converted: NDArray[np.float32] = cv2.cvtColor(
        colours.astype(np.float32) / 255, cv2.COLOR_RGB2LAB
    )
    return converted
