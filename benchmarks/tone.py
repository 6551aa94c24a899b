"""Does the tone undo a wrong light? ``python -m benchmarks.tone --data DIR``.

The product of each outlined photo, `training.outlined`, gets another exposure, white balance,
contrast and saturation, a little haze too, and is matched to its own surroundings again. Printed
for each kind of photo are the mean squared error within the product (fMSE), in eight-bit levels,
the PSNR of the whole picture, and in how many pictures the error becomes smaller; the last of each
is with the surroundings of another photo: what is no worse there does not look at the scene.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import cv2
import numpy as np
from PIL import Image, ImageOps

from pipeline.compose.framing import Layer
from pipeline.compose.linear import WHITE, decoding, encoding
from pipeline.compose.tone import LUMA, curve
from training.outlined import outlined
from training.plan import outline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from pipeline.values import Pixels, Plane
    from training.outlined import Outlined

    Floats: TypeAlias = NDArray[Any]

SIDE = 256
"""Pixels of a photo's longer side."""
STRENGTHS = (0.5, 1.0)
"""What most backgrounds have, and "stronger light"."""
EXPOSURE, RED, GREEN, BLUE, CONTRAST, SATURATION = 0.35, 0.12, 0.04, 0.14, 0.15, 0.15
"""Standard deviations of logarithms of factors, at most twice as much."""
HAZE = 0.012
"""The same of the light that is added, in linear light."""
LEFT_ALONE = 0.25
"""How often one of these stays as it was."""
PIVOT = 0.18
"""Linear middle grey, which contrast leaves where it is."""
FEWEST = 200
"""Pixels of the product and of its surroundings that a photo must have."""


class Example(NamedTuple):
    """A photo, its product's alpha, the product in another light, and colours of the scene."""

    kind: str
    photo: Pixels
    alpha: Plane
    wrong: Pixels
    scene: Pixels


def main() -> int:
    """Print some lines for each kind of photo."""
    parser = argparse.ArgumentParser(description="What the tone does to a wrong light.")
    parser.add_argument("--data", type=Path, required=True, help="the folder of photos")
    given = parser.parse_args()
    examples = list(examples_of(outlined(given.data)))
    scenes = [example.scene for example in examples]
    others = [*scenes[len(scenes) // 2 :], *scenes[: len(scenes) // 2]]
    rows = np.array([errors(*pair) for pair in zip(examples, others, strict=True)])
    asked = [f"strength {strength}{whose}" for strength in STRENGTHS for whose in ("", ", another")]
    names = ["as it is", *asked]
    kinds = np.array([example.kind for example in examples])
    for kind in [*sorted(set(kinds)), "all"]:
        part = rows[(kinds == kind) | (kind == "all")]
        print(f"{kind}: {len(part)}")
        for name, (inside, whole), better in zip(
            names, part.mean(0), (part[:, :, 0] < part[:, :1, 0]).mean(0), strict=True
        ):
            print(f"  {name:22} fMSE {inside:6.1f}  PSNR {whole:.2f}  smaller in {better:.0%}")
    return 0


def examples_of(photos: list[Outlined]) -> Iterator[Example]:
    """Make one example of each photo that shows enough of product and surroundings."""
    for number, photo in enumerate(photos):
        with Image.open(photo.path) as file:
            upright = ImageOps.exif_transpose(file).convert("RGB")
        upright.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
        pixels, size = np.array(upright), upright.size
        if isinstance(photo.outline, Path):
            alpha = outline(photo.outline, size)
        else:
            alpha = photo.outline.mask(size).astype(np.float32)
        around = cv2.dilate(alpha, np.ones((9, 9), np.uint8)) <= 0
        if min(np.count_nonzero(alpha >= 1), np.count_nonzero(around)) >= FEWEST:
            draw = np.random.default_rng(number)
            lit = relit(pixels, draw)
            scene = draw.choice(pixels[around], (64, 64))
            yield Example(photo.kind, pixels, alpha, lit, scene)


def relit(pixels: Pixels, draw: np.random.Generator) -> Pixels:
    """Show (h, w, 3) uint8 RGB in another light."""
    exposure, red, green, blue, contrast, saturation, haze = (
        spread * float(np.clip(draw.normal(), -2, 2)) * (draw.random() >= LEFT_ALONE)
        for spread in (EXPOSURE, RED, GREEN, BLUE, CONTRAST, SATURATION, HAZE)
    )
    light = decoding()[pixels] / WHITE * np.exp(exposure + np.array([red, green, blue]))
    light = PIVOT * (light / PIVOT) ** np.exp(contrast)
    light = np.clip(light + haze * (1 - light), 0, 1)
    encoded = encoding()[np.rint(light * WHITE).astype(np.uint16)].astype(float)
    grey = encoded @ LUMA
    coloured = grey[:, :, None] + (encoded - grey[:, :, None]) * np.exp(saturation)
    shown: Pixels = np.clip(np.rint(coloured), 0, 255).astype(np.uint8)
    return shown


def errors(example: Example, other: Pixels) -> list[tuple[float, float]]:
    """Return fMSE and PSNR of the wrong light, and for each strength on its scene and ``other``."""
    layer = Layer(example.wrong, example.alpha, 0, 0)
    tables = [
        curve(layer, scene, strength) for strength in STRENGTHS for scene in (example.scene, other)
    ]
    pictures = [example.wrong, *(cv2.LUT(example.wrong, table) for table in tables)]
    found = []
    for picture in pictures:
        square = np.square(picture.astype(float) - example.photo).mean(axis=2)
        inside = float((square * example.alpha).sum() / example.alpha.sum())
        whole = max(float((square * np.square(example.alpha)).mean()), 0.05)
        found.append((inside, 10 * float(np.log10(255**2 / whole))))
    return found


if __name__ == "__main__":
    sys.exit(main())
