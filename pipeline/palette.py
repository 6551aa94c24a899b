"""Backgrounds of one colour that suit a product: in harmony with it, and apart from it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from pipeline.oklch import DISTINCT, GREYISH, distance, hex_of, lab_of, look_of, rgb_of, sample_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.values import CutOut

COLOURS: Final = 4
"""Colours that are suggested, beside a gradient."""
_HARMONIES: Final = ((0.0, 0.03), (math.pi, 0.045), (math.pi / 6, 0.05), (-math.pi * 2 / 3, 0.045))
"""Hues from the product's own, and chroma: its own, its opposite, a neighbour, a third."""
_QUIET: Final = ((1.2, 0.03), (2.5, 0.035), (4.3, 0.035), (0.3, 0.03))
"""Hue and chroma for a product without colour: sand, sage, dusty blue, blush."""
_LIGHTNESS: Final = (0.93, 0.86, 0.78, 0.66, 0.52, 0.38, 0.26)
"""Tried in this order: the palest from which the product stands out."""
_SAME: Final = 0.02
"""The distance in OKLab below which two suggestions are one."""
_FADED: Final = 0.06
"""How much lighter a gradient ends."""


def suggested(cut_out: CutOut) -> tuple[tuple[str, ...], tuple[str, str]]:
    """Suggest COLOURS colours and a gradient, the lighter end first: six hexadecimal digits each.

    Each is in harmony with the product's main hue, in OKLCH, and as pale as the product lets it be.
    """
    sample = sample_of(cut_out)
    _, chroma, hue = look_of(cut_out)
    pairs = _QUIET if chroma < GREYISH else [(hue + turn, pure) for turn, pure in _HARMONIES]
    found: list[tuple[float, float, float]] = []
    for angle, pure in pairs:
        found.append(_with_contrast(sample, angle, pure, found))
    lightness, pure, angle = found[0]
    lighter = hex_of(min(0.985, lightness + _FADED), pure / 2, angle)
    colours = [hex_of(*one) for one in found]
    return tuple(one[1:] for one in colours), (lighter[1:], colours[0][1:])


def _with_contrast(
    sample: NDArray[np.uint8],
    hue: float,
    chroma: float,
    others: list[tuple[float, float, float]],
) -> tuple[float, float, float]:
    """Choose the lightness of a hue: the first that the product is told apart from at once.

    ``sample`` is (n, 3) uint8 RGB. Where none is, the one that it is farthest from. What is there
    already is not suggested twice.
    """
    shades = [(lightness, chroma, hue) for lightness in _LIGHTNESS]
    new = [one for one in shades if all(_apart(one, other) for other in others)] or shades
    if not len(sample):
        return new[0]
    away = [distance(sample, hex_of(*one)) for one in new]
    good = [one for one, far in zip(new, away, strict=True) if far > DISTINCT]
    return good[0] if good else new[int(np.argmax(away))]


def _apart(one: tuple[float, float, float], other: tuple[float, float, float]) -> bool:
    points = lab_of(np.array([rgb_of(hex_of(*one)), rgb_of(hex_of(*other))], np.uint8))
    return float(np.linalg.norm(points[0] - points[1])) > _SAME
