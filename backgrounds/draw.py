"""Draw the preset backgrounds: ``python -m backgrounds.draw [folder]``.

All presets are one studio: the same camera, the same soft key light from the upper left, the
same paper sweep whose wall runs into the floor at the same height. Only the paper differs.
Each paper is also drawn seen from above, as a plain surface that a product lies on.
Light is computed linearly and dithered by triangular noise before it is rounded to eight bits,
as in Lipshitz, Wannamaker and Vanderkooy, "Quantization and Dither", 1992.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.floating[Any]]

SIDE = 2400
"""Width and height in pixels."""
SURFACE_SIDE = 1200
"""The same of a surface, which has nothing sharp in it but a disc."""
FLOOR = 0.70
"""Where the wall has become floor, from the top."""
GRAIN = 0.9
"""Standard deviation of the paper's grain in eight-bit levels; it also hides JPEG's blocks."""
KEY = (0.40, 0.34)
"""The middle of the light's pool on the wall."""
TOE, SLOPE = 0.04045, 12.92
"""sRGB is linear with this slope up to this value (IEC 61966-2-1)."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A sweep: the wall's colours from left to right, the floor's from back to front, as #rrggbb.

    ``across`` lets the floor's colours run like the wall's. ``disc`` is the colour of a round
    panel on the wall behind the product, or empty.
    """

    wall: tuple[str, ...]
    floor: tuple[str, ...]
    across: bool = False
    disc: str = ""


PAPERS = {
    "blue": Paper(wall=("#9cc3e6", "#86b1db"), floor=("#a9cdec", "#c9e1f5")),
    "grad": Paper(
        wall=("#ffd3b0", "#fbb4c4", "#c9aef0", "#9cc6f6"),
        floor=("#ffe3cf", "#fdcfda", "#ddcbf7", "#c3ddfa"),
        across=True,
    ),
    "green": Paper(wall=("#b4cfae", "#9bbd9a"), floor=("#bfd6b8", "#d9e8d2")),
    "pink-white-1": Paper(wall=("#f8c6d3", "#f1b0c3"), floor=("#fae3e8", "#fdf6f6")),
    "pink-white-2": Paper(
        wall=("#fbf4f3", "#f5eae9"), floor=("#f9dfe5", "#fbe9ec"), disc="#f4b9c8"
    ),
}


def main() -> None:
    """Draw every preset into the folder given, or beside this script."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for number, (name, paper) in enumerate(PAPERS.items()):
        noise = np.random.default_rng(number)
        picture = Image.fromarray(dithered(sweep(paper, SIDE), noise))
        picture.save(folder / f"{name}.jpg", quality=93, subsampling=0, optimize=True)
        above = Image.fromarray(
            dithered(surface(paper, SURFACE_SIDE), np.random.default_rng((number, 1)))
        )
        above.save(folder / f"{name}-above.jpg", quality=93, subsampling=0, optimize=True)
    white = Image.new("RGB", (SIDE, SIDE), "white")
    white.save(folder / "white.png", optimize=True)


def sweep(paper: Paper, side: int) -> Floats:
    """Light one ``paper``: (side, side, 3) float32 linear RGB in 0..1."""
    line = (np.arange(side, dtype=np.float32) + 0.5) / side
    x, y = line[None, :], line[:, None]
    across = np.clip(x * 0.8 + y * 0.2, 0, 1)
    wall = ramp([linear(colour) for colour in paper.wall], across)
    if paper.disc:
        distance = np.hypot(x - 0.5, y - 0.44)
        inside = smooth((0.31 - distance) / 0.003 + 0.5)
        wall += (linear(paper.disc) - wall) * inside[:, :, None]
    depth = np.clip((y - FLOOR) / (1 - FLOOR), 0, 1)
    floor = ramp([linear(c) for c in paper.floor], across if paper.across else depth + 0 * x)

    turn = smooth((y - FLOOR) / 0.07 + 0.5)[:, :, None]
    picture = wall + (floor - wall) * turn
    pool = np.exp(-((x - KEY[0]) ** 2 / 0.20 + (y - KEY[1]) ** 2 / 0.16))
    spill = np.exp(-((x - 0.47) ** 2 / 0.16 + (y - 0.90) ** 2 / 0.03))
    crease = np.exp(-(((y - FLOOR + 0.02) / 0.055) ** 2)) + 0 * x
    corner = ((x - 0.5) ** 2 + (y - 0.5) ** 2) * 2
    light = 0.92 + 0.085 * pool + 0.06 * spill - 0.04 * crease - 0.05 * corner**1.5
    return picture * light[:, :, None]


def surface(paper: Paper, side: int) -> Floats:
    """Light the wall's paper, laid flat and seen from above: (side, side, 3) float32 linear RGB.

    Values are in 0..1.
    """
    line = (np.arange(side, dtype=np.float32) + 0.5) / side
    x, y = line[None, :], line[:, None]
    picture = ramp([linear(colour) for colour in paper.wall], np.clip(x * 0.8 + y * 0.2, 0, 1))
    if paper.disc:
        inside = smooth((0.31 - np.hypot(x - 0.5, y - 0.5)) / 0.003 + 0.5)
        picture += (linear(paper.disc) - picture) * inside[:, :, None]
    pool = np.exp(-((x - KEY[0]) ** 2 / 0.30 + (y - KEY[1]) ** 2 / 0.30))
    corner = ((x - 0.5) ** 2 + (y - 0.5) ** 2) * 2
    return picture * (0.93 + 0.085 * pool - 0.04 * corner**1.5)[:, :, None]


def ramp(stops: Sequence[Floats], position: Floats) -> Floats:
    """Blend evenly spaced colour ``stops`` along ``position`` (0..1), eased between the stops."""
    scaled = np.clip(position, 0, 1) * (len(stops) - 1)
    result = np.broadcast_to(stops[0], (*position.shape, 3)).astype(np.float32)
    for index in range(1, len(stops)):
        step = smooth(np.clip(scaled - index + 1, 0, 1))[:, :, None]
        result += (stops[index] - stops[index - 1]) * step
    return result


def smooth(value: Floats) -> Floats:
    """Ease from 0 to 1 (smoothstep)."""
    value = np.clip(value, 0, 1)
    return value * value * (3 - 2 * value)


def linear(colour: str) -> Floats:
    """Decode #rrggbb to linear RGB in 0..1."""
    encoded = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)], np.float32) / 255
    return np.where(encoded > TOE, ((encoded + 0.055) / 1.055) ** 2.4, encoded / SLOPE)


def dithered(picture: Floats, noise: np.random.Generator) -> NDArray[np.uint8]:
    """Encode linear RGB as sRGB and round to eight bits under grain and triangular dither."""
    picture = np.clip(picture, 0, 1)
    curve = 1.055 * picture ** (1 / 2.4) - 0.055
    encoded = np.where(picture > TOE / SLOPE, curve, picture * SLOPE) * 255
    grain = noise.standard_normal(picture.shape[:2], np.float32)[:, :, None] * GRAIN
    dither = noise.random(picture.shape, np.float32) - noise.random(picture.shape, np.float32)
    return np.asarray(np.clip(encoded + grain + dither, 0, 255).round(), np.uint8)


if __name__ == "__main__":
    main()
