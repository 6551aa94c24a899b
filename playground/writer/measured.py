"""What can be measured of a product on white: its colours by name, and its shape."""

from __future__ import annotations

import base64
import binascii
import io
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

SIDE: Final = 128
"""Pixels of the longer side that are looked at."""
WHITE: Final = 244
"""From this on, in all channels, a pixel is ground."""
LEAST_SHARE: Final = 0.18
"""Of the product's pixels that a second colour has."""
LONG: Final = 1.35
"""Ratio of the sides from which on a thing is tall or wide."""
COLOURS: Final = (
    ("red", "красный", (200, 40, 45)), ("orange", "оранжевый", (235, 120, 40)),
    ("yellow", "жёлтый", (225, 205, 50)), ("green", "зелёный", (50, 150, 80)),
    ("light green", "салатовый", (160, 210, 90)), ("turquoise", "бирюзовый", (60, 180, 180)),
    ("light blue", "голубой", (140, 190, 230)), ("blue", "синий", (45, 80, 170)),
    ("purple", "фиолетовый", (115, 60, 135)), ("burgundy", "бордовый", (115, 25, 50)),
    ("pink", "розовый", (240, 160, 185)), ("brown", "коричневый", (110, 70, 45)),
    ("beige", "бежевый", (215, 195, 165)), ("white", "белый", (238, 238, 236)),
    ("light grey", "светло-серый", (195, 195, 195)), ("grey", "серый", (128, 128, 128)),
    ("black", "чёрный", (28, 28, 30)),
)  # fmt: skip
"""English, Russian, and RGB."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Colours, most first, as (English, Russian); ``ratio`` is height by width."""

    colours: tuple[tuple[str, str], ...] = ()
    ratio: float = 1.0


def measure(picture: str) -> Measured:
    """Measure a picture given as a data: URL; nothing is known of one that cannot be read."""
    try:
        data = base64.b64decode(picture.partition(",")[2], validate=True)
        with Image.open(io.BytesIO(data)) as opened:
            opened.thumbnail((SIDE, SIDE))
            pixels = np.asarray(opened.convert("RGB"), np.int32)
    except (OSError, ValueError, binascii.Error, Image.DecompressionBombError):
        return Measured()
    product = np.asarray(np.any(pixels < WHITE, axis=2))
    if not product.any():
        return Measured((("white", "белый"),))
    rows, columns = np.flatnonzero(np.any(product, axis=1)), np.flatnonzero(np.any(product, axis=0))
    ratio = (rows[-1] - rows[0] + 1) / (columns[-1] - columns[0] + 1)
    known = np.array([rgb for *_, rgb in COLOURS])
    away = np.square(pixels[product][:, None] - known[None]).sum(2)
    shares = np.bincount(away.argmin(1), minlength=len(COLOURS)) / product.sum()
    first, second = (int(at) for at in np.argsort(shares)[::-1][:2])
    named = [first, second] if shares[second] >= LEAST_SHARE else [first]
    return Measured(tuple(COLOURS[at][:2] for at in named), float(ratio))
