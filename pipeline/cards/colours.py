"""A card's colours: of the brand, or in harmony with the product; text that can be read on them.

Lightness, chroma and hue are those of OKLCH (https://bottosson.github.io/posts/oklab/): lightness
0..1, chroma 0 for grey and about 0.3 for the purest, hue in radians.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from pipeline.compose.linear import WHITE, decoding, encoding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.cards.values import Brand
    from pipeline.values import CutOut

    Rgb = tuple[int, int, int]

SEEN: Final = 2.0
"""The contrast from which a line is seen."""
READABLE: Final = 4.5
"""WCAG's contrast of text, at least."""
SAMPLED_SIDE: Final = 96
"""The product is shrunk to this before its colours are looked at."""
GREYISH: Final = 0.035
"""Chroma below which a product has no colour of its own."""
DISTINCT: Final = 0.2
"""The distance in OKLab from which two colours are told apart at once."""
ALIKE: Final = 30
"""Per cent of a product that may be nearer than that to what it stands before."""
PALE: Final = 0.78
"""Lightness from which a product is pale."""
ORANGE, GREEN = 0.86, 2.5
"""The hues between which a colour dark enough for white text is olive."""
WHITE_RGB: Final = 255, 255, 255
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


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one card, as ``#rrggbb``.

    ``ground`` and ``ground_far`` are the two ends of the background, ``shape`` lies on it behind
    the product, ``surface`` under small text. ``ink`` is read on the ground, the shape and the
    surface, ``muted`` too; ``on_accent`` on ``accent`` and so on. ``panel`` is the colour that the
    product stands out from, ``line`` one that is seen on the ground.
    """

    ground: str
    ground_far: str
    shape: str
    surface: str
    ink: str
    muted: str
    accent: str
    on_accent: str
    second: str
    on_second: str
    panel: str
    on_panel: str
    line: str


def palette_for(brand: Brand, cut_out: CutOut) -> Palette:
    """Choose a card's colours."""
    lightness, chroma, hue = _look_of(cut_out)
    if brand.primary is not None:
        accent = brand.primary
        _, strength, hue = _lch(rgb_of(accent))
        strength = min(strength, 0.12)
        second = brand.secondary or accent
    else:
        strength = min(max(chroma, 0.05), 0.13)
        if chroma < GREYISH:
            hue, strength = WARM, 0.05
            accent, second = _hex(0.27, 0.02, WARM), _hex(0.60, 0.17, 0.75)
        else:
            accent = _vivid(0.05 + strength, hue)
            second = _vivid(0.16, hue + math.pi * 0.85)
    # A pale product wants a deeper ground, a deep one a pale ground: it must stand out.
    far, share = (0.86, 0.42) if lightness > PALE else (0.905, 0.3)
    tint = strength * share
    own = (accent,) if brand.primary is None else (accent, second)
    ground_far, ink = _hex(far, tint, hue), _hex(0.235, 0.03, hue)
    seen = contrast(rgb_of(accent), rgb_of(ground_far)) >= SEEN
    panel = _apart(
        cut_out, (*own, _hex(0.31, 0.02 + strength / 2, hue), _hex(0.84, max(0.045, tint * 2), hue))
    )
    return Palette(
        ground=_hex(far + 0.065, tint * 0.45, hue),
        ground_far=ground_far,
        shape=_hex(far - 0.035, tint * 1.25, hue),
        surface=_hex(0.992, tint * 0.08, hue),
        ink=ink,
        muted=_hex(0.40, 0.03, hue),
        accent=accent,
        on_accent=readable_on(accent),
        second=second,
        on_second=readable_on(second),
        panel=panel,
        on_panel=readable_on(panel),
        line=accent if seen else ink,
    )


def rgb_of(colour: str) -> Rgb:
    """Read ``#rrggbb``."""
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue


def readable_on(colour: str) -> str:
    """Give white where it is read on the colour, else black: one of them always is."""
    return "#ffffff" if contrast(rgb_of(colour), WHITE_RGB) >= READABLE else "#0b0b0d"


def contrast(one: Rgb, other: Rgb) -> float:
    """Return WCAG's contrast of two colours, 1..21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminances(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return WCAG's relative luminance, (...,) float32 in 0..1, of (..., 3) uint8 RGB."""
    light = decoding()[pixels].astype(np.float32) / WHITE
    return np.asarray(light @ np.array([0.2126, 0.7152, 0.0722], np.float32))


def _luminance(colour: Rgb) -> float:
    return float(luminances(np.array(colour, np.uint8)))


def _look_of(cut_out: CutOut) -> tuple[float, float, float]:
    """Return a product's lightness, chroma and hue, the coloured parts counting for more."""
    colours = _sample(cut_out)
    if not len(colours):
        return 0.5, 0.0, WARM
    lab = _lab(colours)
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    weight = chroma + 1e-4
    a, b = (float(np.average(lab[:, axis], weights=weight)) for axis in (1, 2))
    strength = float(np.hypot(a, b)) * min(1.0, float(chroma.mean()) / GREYISH)
    return float(lab[:, 0].mean()), strength, math.atan2(b, a)


def _sample(cut_out: CutOut) -> NDArray[np.uint8]:
    """Return colours of the product, (n, 3) uint8 RGB, from all over it."""
    longest = max(cut_out.size)
    size = tuple(max(1, round(side * min(1.0, SAMPLED_SIDE / longest))) for side in cut_out.size)
    alpha = cv2.resize(cut_out.alpha, size, interpolation=cv2.INTER_AREA)
    small = cv2.resize(cut_out.foreground, size, interpolation=cv2.INTER_AREA)
    found: NDArray[np.uint8] = small[alpha > 0.9]  # noqa: PLR2004 - all but opaque
    return found


def _lch(colour: Rgb) -> tuple[float, float, float]:
    lightness, a, b = (float(one) for one in _lab(np.array([colour], np.uint8))[0])
    return lightness, math.hypot(a, b), math.atan2(b, a)


def _lab(colours: NDArray[np.uint8]) -> NDArray[np.float64]:
    light = decoding()[colours].astype(np.float64) / WHITE
    return np.asarray(np.cbrt(light @ _TO_LMS.T) @ _TO_LAB.T)


def _apart(cut_out: CutOut, colours: tuple[str, ...]) -> str:
    """Choose the first colour that the product stands out from, else the one it does most."""
    lab = _lab(_sample(cut_out))
    if not len(lab):
        return colours[0]
    apart = []
    for one in colours:
        far = np.linalg.norm(lab - _lab(np.array([rgb_of(one)], np.uint8)), axis=1)
        apart.append(float(np.percentile(far, ALIKE)))
    good = [one for one, far in zip(colours, apart, strict=True) if far > DISTINCT]
    return good[0] if good else colours[int(np.argmax(apart))]


def _vivid(chroma: float, hue: float) -> str:
    """Give the lightest colour of that hue on which white is read: a dark one looks dull.

    Yellow and lime would be olive: they turn to orange and to green.
    """
    hue = math.remainder(hue, math.tau)
    if ORANGE < hue < GREEN:
        hue = ORANGE if hue - ORANGE < GREEN - hue else GREEN
    lightness = 0.62
    while contrast(rgb_of(colour := _hex(lightness, chroma, hue)), WHITE_RGB) < READABLE + 0.1:
        lightness -= 0.01
    return colour


def _hex(lightness: float, chroma: float, hue: float) -> str:
    """Write a colour of OKLCH, its chroma taken back until sRGB has it."""
    while True:
        lab = np.array([lightness, chroma * math.cos(hue), chroma * math.sin(hue)])
        light = np.linalg.solve(_TO_LMS, np.linalg.solve(_TO_LAB, lab) ** 3)
        if chroma < 1e-3 or (light.min() >= -1e-4 and light.max() <= 1.0001):  # noqa: PLR2004 - rounding
            break
        chroma *= 0.94
    shade = encoding()[np.clip(np.rint(light * WHITE), 0, WHITE).astype(int)]
    return "#" + bytes(shade.tolist()).hex()
