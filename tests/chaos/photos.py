"""What sellers send: small photos that are all unlike, samples, and files heavy to open."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from tests.stands.heavy import dearest_jpeg, scan_bomb, transparent_png

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SENT = (960, 1280)
"""Pixels: what Telegram leaves of a phone's photo."""
SHIFTS = 24
"""Each way; so many squared pictures of each sample are unlike."""
SIDE = 96
DIGITS = 16
LARGE = 1280
COLOURS = {
    "plain": (200, 40, 40),
    "large": (200, 40, 40),
    "other": (40, 40, 200),
    "poison": (255, 0, 255),
}
"""What the corner of a photo tells the stub of a model."""
MAX_SIDE = 8192
"""Side of a square picture of as many pixels as are accepted."""
HEAVY: dict[str, Callable[[], bytes]] = {
    "scans": lambda: scan_bomb(MAX_SIDE, 2000),
    "slow": lambda: scan_bomb(MAX_SIDE, 15),
    "clear": lambda: transparent_png(MAX_SIDE),
    "dear": lambda: dearest_jpeg(MAX_SIDE),
}
"""Files that are refused by their header, take the longest that is allowed, and the most memory."""


def make_heavy() -> None:
    """Make the heavy files before a clock runs."""
    for file in HEAVY.values():
        file()


def picture(kind: str, number: int) -> bytes:
    """A photo of a dark square, unlike all others: its number stands at its foot.

    The heavy kinds are alike, and their bytes are made once; a sample is a photo of a product,
    of the most pixels that Telegram leaves a photo, shifted by a few of them.
    """
    if kind in HEAVY:
        return HEAVY[kind]()
    if kind == "sample":
        return _shifted(number)
    side = LARGE if kind == "large" else SIDE
    image = Image.new("RGB", (side, side), COLOURS[kind])
    image.paste((20, 20, 30), (side // 4, side // 4, side - side // 4, side - side // 4))
    width = side // DIGITS
    for digit in range(DIGITS):
        if number >> digit & 1:
            left = digit * width
            image.paste((250, 250, 250), (left, side - width, left + width, side))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


@cache
def _samples() -> list[Image.Image]:
    width, height = (side + SHIFTS for side in SENT)
    return [
        ImageOps.fit(Image.open(path), (width, height)) for path in sorted(SAMPLES.glob("*.jpg"))
    ]


def _shifted(number: int) -> bytes:
    samples = _samples()
    down, right = divmod(number // len(samples), SHIFTS)
    sample = samples[number % len(samples)]
    buffer = io.BytesIO()
    sample.crop((right, down, right + SENT[0], down + SENT[1])).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
