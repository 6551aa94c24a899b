"""A card's colours: of the brand, or in harmony with the product; text that can be read on them.

Lightness, chroma and hue are those of OKLCH (https://bottosson.github.io/posts/oklab/): lightness
0..1, chroma 0 for grey and about 0.3 for the purest, hue in radians.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from pipeline.compose.linear import WHITE, decoding
from pipeline.oklch import GREYISH, WARM, apart, hex_of, lch_of, look_of, rgb_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.cards.values import Brand
    from pipeline.oklch import Rgb
    from pipeline.values import CutOut

SEEN: Final = 2.0
"""The contrast from which a line is seen."""
READABLE: Final = 4.5
"""WCAG's contrast of text, at least."""
PALE: Final = 0.78
"""Lightness from which a product is pale."""
ORANGE, GREEN = 0.86, 2.5
"""The hues between which a colour dark enough for white text is olive."""
WHITE_RGB: Final = 255, 255, 255


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
    lightness, chroma, hue = look_of(cut_out)
    if brand.primary is not None:
        accent = brand.primary
        _, strength, hue = lch_of(rgb_of(accent))
        strength = min(strength, 0.12)
        second = brand.secondary or accent
    else:
        strength = min(max(chroma, 0.05), 0.13)
        if chroma < GREYISH:
            hue, strength = WARM, 0.05
            accent, second = hex_of(0.27, 0.02, WARM), hex_of(0.60, 0.17, 0.75)
        else:
            accent = _vivid(0.05 + strength, hue)
            second = _vivid(0.16, hue + math.pi * 0.85)
    # A pale product wants a deeper ground, a deep one a pale ground: it must stand out.
    far, share = (0.86, 0.42) if lightness > PALE else (0.905, 0.3)
    tint = strength * share
    own = (accent,) if brand.primary is None else (accent, second)
    ground_far, ink = hex_of(far, tint, hue), hex_of(0.235, 0.03, hue)
    seen = contrast(rgb_of(accent), rgb_of(ground_far)) >= SEEN
    panel = apart(
        cut_out,
        (*own, hex_of(0.31, 0.02 + strength / 2, hue), hex_of(0.84, max(0.045, tint * 2), hue)),
    )
    return Palette(
        ground=hex_of(far + 0.065, tint * 0.45, hue),
        ground_far=ground_far,
        shape=hex_of(far - 0.035, tint * 1.25, hue),
        surface=hex_of(0.992, tint * 0.08, hue),
        ink=ink,
        muted=hex_of(0.40, 0.03, hue),
        accent=accent,
        on_accent=readable_on(accent),
        second=second,
        on_second=readable_on(second),
        panel=panel,
        on_panel=readable_on(panel),
        line=accent if seen else ink,
    )


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


def _vivid(chroma: float, hue: float) -> str:
    """Give the lightest colour of that hue on which white is read: a dark one looks dull.

    Yellow and lime would be olive: they turn to orange and to green.
    """
    hue = math.remainder(hue, math.tau)
    if ORANGE < hue < GREEN:
        hue = ORANGE if hue - ORANGE < GREEN - hue else GREEN
    lightness = 0.62
    while contrast(rgb_of(colour := hex_of(lightness, chroma, hue)), WHITE_RGB) < READABLE + 0.1:
        lightness -= 0.01
    return colour
