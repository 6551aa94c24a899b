"""Bring the product's light near the background's, without changing what colour the product is.

Exposure, white balance and contrast become one curve per channel. However far they would go, no
colour of the product moves by more than MAX_DELTA_E, measured as the distance in CIELAB (CIE 1976).
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
EXPOSURE, BALANCE, CONTRAST = 0.30, 0.30, 0.15
"""How much of each difference full strength would take away."""

LUMA = np.array([0.2126, 0.7152, 0.0722])
"""Weights of linear red, green and blue in luminance (ITU-R BT.709)."""
PIVOT = 0.18
"""Middle grey: what more or less contrast leaves where it is."""
KNEE = 0.6
"""Linear light from which highlights roll off where they would clip; 203 in sRGB."""


def curves(product: Layer, canvas: Pixels, strength: float) -> NDArray[np.uint8]:
    """Return a (1, 256, 3) table for ``product`` on ``canvas``; ``strength`` is 0..1.

    The table is uint8, from sRGB to sRGB, ``canvas`` (h, w, 3) uint8 RGB.
    """
    colours = sample(product)
    step = -(-max(canvas.shape) // SAMPLES_A_SIDE)
    around = canvas[::step, ::step].reshape(-1, 3)
    if not colours.size:
        return table(np.zeros(3), 0.0)
    ours, theirs = decoding()[colours] / WHITE, decoding()[around] / WHITE
    bright, lit = np.percentile(ours @ LUMA, 90) + 0.02, np.percentile(theirs @ LUMA, 90) + 0.02
    tint = np.log(theirs.mean(axis=0) + 1e-3)
    gains = EXPOSURE * np.log(lit / bright) + BALANCE * (tint - tint @ LUMA)
    contrast = -CONTRAST * np.log(max(bright / (np.percentile(ours @ LUMA, 10) + 0.02), 1.0) / 20)
    contrast = float(np.clip(contrast, -0.1, 0.1))

    low, high = 0.0, strength
    if change(colours, table(gains * high, contrast * high)) <= MAX_DELTA_E:
        return table(gains * high, contrast * high)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        within = change(colours, table(gains * middle, contrast * middle)) <= MAX_DELTA_E
        low, high = (middle, high) if within else (low, middle)
    return table(gains * low, contrast * low)


def table(gains: NDArray[np.float64], contrast: float) -> NDArray[np.uint8]:
    """Build the curves, a (1, 256, 3) uint8 table of RGB in sRGB: `light_curves`, rounded.

    ``gains`` (3,) are natural logarithms of factors of linear light, ``contrast`` is around 0.
    """
    level = np.rint(light_curves(gains, contrast) * WHITE).astype(np.uint16)
    return np.asarray(encoding()[level].reshape(1, 256, 3), np.uint8)


def light_curves(gains: NDArray[np.float64], contrast: float) -> NDArray[np.float64]:
    """Map the 256 sRGB levels to linear light in 0..1, (256, 3) float64, one column a channel.

    Light times exp(gain), its distance to PIVOT stretched by ``contrast``. A channel that would
    leave 0..1 rolls off: a white product keeps its folds.
    """
    light = decoding()[:, None] / WHITE * np.exp(gains)[None, :]
    curved = PIVOT * (light / PIVOT) ** (1 + contrast)
    return np.stack([roll_off(channel, float(channel[-1])) for channel in curved.T], axis=1)


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

    Both are uint8 RGB, the curve (1, 256, 3).
    """
    before = colours[None]
    return float(np.linalg.norm(lab(before) - lab(cv2.LUT(before, curve)), axis=2).max())


def lab(colours: Pixels) -> NDArray[np.float32]:
    """Convert (h, w, 3) uint8 sRGB to CIELAB under D65, L in 0..100."""
    converted: NDArray[np.float32] = cv2.cvtColor(
        colours.astype(np.float32) / 255, cv2.COLOR_RGB2LAB
    )
    return converted
