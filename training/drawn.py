"""Things that were drawn, with their exact alpha: Microsoft's Fluent emoji in 3D, MIT.

The photos hold few kinds of things. These are some 600 more, of many parts and colours, with holes
and thin limbs, and what belongs to each is known to the pixel.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from training.canvas import Piece, now_and_then
from training.compose import trimmed
from training.multi_part import camouflaged, multi_part

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAMES = Path(__file__).with_suffix(".txt")
"""Code points of those that are things by their Unicode names, looked at on one sheet; a few faces,
signs and buildings have stayed."""
ENLARGED = 3
"""They are 256 pixels wide; in a scene most are larger."""
GREYED, CAMOUFLAGED, MULTI_PART = 0.6, 0.25, 0.2
"""How often one loses some colour, lies on its own tone, and has parts of another tone."""


def pictures(folder: Path) -> tuple[Path, ...]:
    """Name the pictures in ``folder``, `package/assets` of @lobehub/fluent-emoji-3d on npm.

    Raises FileNotFoundError where one is missing.
    """
    named = tuple(folder / f"{name}.webp" for name in NAMES.read_text().split())
    for path in named:
        if not path.is_file():
            raise FileNotFoundError(path)
    return named


def drawn(draw: np.random.Generator, path: Path, floor: NDArray[np.float32]) -> Piece:
    """Cut out what is drawn in ``path``, to be laid on ``floor`` (3,) RGB."""
    with Image.open(path) as picture:
        size = (ENLARGED * picture.width, ENLARGED * picture.height)
        premultiplied = picture.convert("RGBA").convert("RGBa")
        levels = np.array(premultiplied.resize(size, Image.Resampling.BICUBIC), np.float32)
    alpha = levels[:, :, 3] / np.float32(255)
    pixels = levels[:, :, :3] / np.maximum(alpha, 1e-3)[:, :, None]
    if now_and_then(draw, GREYED):
        grey = pixels.mean(2, keepdims=True)
        pixels = grey + (pixels - grey) * np.float32(draw.uniform(0, 1))
    piece = trimmed(np.clip(pixels, 0, 255).astype(np.uint8), alpha)
    if now_and_then(draw, CAMOUFLAGED):
        return camouflaged(draw, piece, floor)
    if now_and_then(draw, MULTI_PART):
        return multi_part(draw, piece, (), floor)
    return piece
