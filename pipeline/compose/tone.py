"""Bring the product's light near the background's, without changing what colour the product is.

Exposure, white balance and contrast become one curve per channel. However far they would go, no
colour of the product moves by more than LIMIT, measured as the distance in CIELAB (CIE 1976).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.compose.linear import FULL, decoding, encoding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.compose.framing import Layer
    from pipeline.values import Pixels

LIMIT = 5.0
"""Largest change of any of the product's colours, in Delta E 1976."""
SAMPLES = 96
"""Colours are looked at on a grid of at most this many a side."""
STEPS = 6
"""Halvings in the search for the strongest change within LIMIT."""
EXPOSURE, BALANCE, CONTRAST = 0.30, 0.30, 0.15
"""How much of each difference full strength would take away."""


def curves(product: Layer, canvas: Pixels, strength: float) -> NDArray[np.uint8]:
    """Return a (1, 256, 3) table for ``product`` on ``canvas``; ``strength`` is 0..1."""
    colours = sample(product)
    step = -(-max(canvas.shape) // SAMPLES)
    around = canvas[::step, ::step].reshape(-1, 3)
    if not colours.size:
        return table(np.zeros(3), 0.0)
    ours, theirs = decoding()[colours] / FULL, decoding()[around] / FULL
    bright, lit = np.percentile(ours @ LUMA, 90) + 0.02, np.percentile(theirs @ LUMA, 90) + 0.02
    tint = np.log(theirs.mean(axis=0) + 1e-3)
    gains = EXPOSURE * np.log(lit / bright) + BALANCE * (tint - tint @ LUMA)
    contrast = -CONTRAST * np.log(max(bright / (np.percentile(ours @ LUMA, 10) + 0.02), 1.0) / 20)
    contrast = float(np.clip(contrast, -0.1, 0.1))

    low, high = 0.0, strength
    if change(colours, table(gains * high, contrast * high)) <= LIMIT:
        return table(gains * high, contrast * high)
    for _ in range(STEPS):
        middle = (low + high) / 2
        within = change(colours, table(gains * middle, contrast * middle)) <= LIMIT
        low, high = (middle, high) if within else (low, middle)
    return table(gains * low, contrast * low)


LUMA = np.array([0.2126, 0.7152, 0.0722])
"""Weights of linear red, green and blue in luminance (ITU-R BT.709)."""
PIVOT = 0.18
"""Middle grey: what more or less contrast leaves where it is."""


def table(gains: NDArray[np.float64], contrast: float) -> NDArray[np.uint8]:
    """Build the curves: linear light times exp(gain), its distance to PIVOT stretched."""
    light = decoding()[:, None] / FULL * np.exp(gains)[None, :]
    curved = PIVOT * (light / PIVOT) ** (1 + contrast)
    # Highlights roll off instead of clipping: a white product keeps its folds.
    curved = np.where(curved > 1, 1.0, curved)
    level = np.rint(curved * FULL).astype(np.uint16)
    return np.asarray(encoding()[level].reshape(1, 256, 3), np.uint8)


def sample(product: Layer) -> NDArray[np.uint8]:
    """Return colours of wholly opaque pixels of the product: (n, 3)."""
    step_y = -(-product.alpha.shape[0] // SAMPLES) or 1
    step_x = -(-product.alpha.shape[1] // SAMPLES) or 1
    opaque = product.alpha[::step_y, ::step_x] >= 1
    return product.colours[::step_y, ::step_x][opaque]


def change(colours: NDArray[np.uint8], curve: NDArray[np.uint8]) -> float:
    """Return the largest Delta E 1976 that ``curve`` does to ``colours`` (n, 3)."""
    before = colours[None]
    return float(np.linalg.norm(lab(before) - lab(cv2.LUT(before, curve)), axis=2).max())


def lab(colours: Pixels) -> NDArray[np.float32]:
    """Convert (h, w, 3) uint8 sRGB to CIELAB under D65, L in 0..100."""
    converted: NDArray[np.float32] = cv2.cvtColor(
        colours.astype(np.float32) / 255, cv2.COLOR_RGB2LAB
    )
    return converted
