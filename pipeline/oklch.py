"""Colours in OKLCH, and those of a product: https://bottosson.github.io/posts/oklab/.

Lightness is 0..1, chroma 0 for grey and about 0.3 for the purest, hue in radians.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from pipeline.compose.linear import WHITE, decoding, encoding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.values import CutOut

    Rgb = tuple[int, int, int]

SAMPLED_SIDE: Final = 96
"""The product is shrunk to this before its colours are looked at."""
GREYISH: Final = 0.035
"""Chroma below which a product has no colour of its own."""
DISTINCT: Final = 0.2
"""The distance in OKLab from which two colours are told apart at once."""
ALIKE: Final = 30
"""Per cent of a product that may be nearer than that to what it stands before."""
WARM: Final = 1.2
"""The hue behind a product without colour: sand."""
_TO_LMS: Final = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB: Final = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def look_of(cut_out: CutOut) -> tuple[float, float, float]:
    """Return a product's lightness, chroma and hue, the coloured parts counting for more."""
    colours = sample_of(cut_out)
    if not len(colours):
        return 0.5, 0.0, WARM
    lab = lab_of(colours)
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    weight = chroma + 1e-4
    a, b = (float(np.average(lab[:, axis], weights=weight)) for axis in (1, 2))
    strength = float(np.hypot(a, b)) * min(1.0, float(chroma.mean()) / GREYISH)
    return float(lab[:, 0].mean()), strength, math.atan2(b, a)


def sample_of(cut_out: CutOut) -> NDArray[np.uint8]:
    """Return colours of the product, (n, 3) uint8 RGB, from all over it."""
    longest = max(cut_out.size)
    size = tuple(max(1, round(side * min(1.0, SAMPLED_SIDE / longest))) for side in cut_out.size)
    alpha = cv2.resize(cut_out.alpha, size, interpolation=cv2.INTER_AREA)
    small = cv2.resize(cut_out.foreground, size, interpolation=cv2.INTER_AREA)
    found: NDArray[np.uint8] = small[alpha > 0.9]  # noqa: PLR2004 - all but opaque
    return found


def lch_of(colour: Rgb) -> tuple[float, float, float]:
    """Return lightness, chroma and hue of a colour."""
    lightness, a, b = (float(one) for one in lab_of(np.array([colour], np.uint8))[0])
    return lightness, math.hypot(a, b), math.atan2(b, a)


def lab_of(colours: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return OKLab, (..., 3) float64, of (..., 3) uint8 RGB."""
    light = decoding()[colours].astype(np.float64) / WHITE
    return np.asarray(np.cbrt(light @ _TO_LMS.T) @ _TO_LAB.T)


def apart(cut_out: CutOut, colours: Sequence[str]) -> str:
    """Choose the first colour that the product stands out from, else the one it does most."""
    colours_of_it = sample_of(cut_out)
    if not len(colours_of_it):
        return colours[0]
    far = [distance(colours_of_it, one) for one in colours]
    good = [one for one, away in zip(colours, far, strict=True) if away > DISTINCT]
    return good[0] if good else colours[int(np.argmax(far))]


def distance(colours: NDArray[np.uint8], other: str) -> float:
    """Return how far, in OKLab, all but ALIKE per cent of (n, 3) uint8 RGB are from a colour."""
    lab, point = lab_of(colours), lab_of(np.array([rgb_of(other)], np.uint8))
    return float(np.percentile(np.linalg.norm(lab - point, axis=1), ALIKE))


def rgb_of(colour: str) -> Rgb:
    """Read ``#rrggbb``."""
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue


def hex_of(lightness: float, chroma: float, hue: float) -> str:
    """Write a colour of OKLCH, its chroma taken back until sRGB has it."""
    while True:
        lab = np.array([lightness, chroma * math.cos(hue), chroma * math.sin(hue)])
        light = np.linalg.solve(_TO_LMS, np.linalg.solve(_TO_LAB, lab) ** 3)
        if chroma < 1e-3 or (light.min() >= -1e-4 and light.max() <= 1.0001):  # noqa: PLR2004 - rounding
            break
        chroma *= 0.94
    shade = encoding()[np.clip(np.rint(light * WHITE), 0, WHITE).astype(int)]
    return "#" + bytes(shade.tolist()).hex()
