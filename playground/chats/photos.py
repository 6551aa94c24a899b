"""Photos as Telegram keeps them: turned upright, without metadata, as JPEGs of a few sizes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps

from playground.errors import RefusedError

SIDES: Final = (90, 320, 800, 1280)
"""Longer sides of the sizes made, in pixels."""
QUALITY: Final = 87
MAX_BYTES: Final = 10 * 1024 * 1024
MAX_SIDES: Final = 10_000
"""Width and height together, in pixels."""
MAX_RATIO: Final = 20
UNREADABLE: Final = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)
"""What Pillow raises for files that are no pictures, or broken ones."""


@dataclass(frozen=True, slots=True)
class Size:
    """One size of a photo: a JPEG and its sides in pixels."""

    data: bytes
    width: int
    height: int


def sides(data: bytes) -> tuple[int, int]:
    """Return a photo's width and height in pixels, by its header.

    Raises RefusedError for what is no picture, or of too many bytes or pixels.
    """
    if len(data) > MAX_BYTES:
        raise RefusedError(
            f"file of size {len(data)} bytes is too big for a photo; "
            f"the maximum size is {MAX_BYTES} bytes"
        )
    try:
        with Image.open(io.BytesIO(data)) as opened:
            width, height = opened.size
    except UNREADABLE as error:
        raise RefusedError("IMAGE_PROCESS_FAILED") from error
    if width + height > MAX_SIDES or max(width, height) > MAX_RATIO * min(width, height):
        raise RefusedError("PHOTO_INVALID_DIMENSIONS")
    return width, height


def sizes(data: bytes) -> list[Size]:
    """Make the sizes of a photo, smallest first; none is larger than the photo.

    Raises RefusedError as `sides` does, and for pixels that cannot be read.
    """
    sides(data)
    try:
        with Image.open(io.BytesIO(data)) as opened:
            upright = _opaque(ImageOps.exif_transpose(opened))
    except UNREADABLE as error:
        raise RefusedError("IMAGE_PROCESS_FAILED") from error
    longest = max(upright.size)
    wanted = [side for side in SIDES if side < longest] or [longest]
    if longest > wanted[-1]:
        wanted.append(min(longest, SIDES[-1]))
    return [_size(upright, side) for side in dict.fromkeys(wanted)]


def _opaque(image: Image.Image) -> Image.Image:
    """Put what is transparent on white."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    ground = Image.new("RGBA", clear.size, "white")
    return Image.alpha_composite(ground, clear).convert("RGB")


def _size(image: Image.Image, side: int) -> Size:
    shown = image.copy()
    shown.thumbnail((side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    shown.save(buffer, "JPEG", quality=QUALITY, optimize=True)
    return Size(buffer.getvalue(), shown.width, shown.height)
