"""Photo files of every format, written by real encoders."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image, ImageDraw

RED, GREEN, BLUE, YELLOW = (220, 40, 40), (40, 180, 60), (40, 60, 200), (230, 210, 40)
FORMATS = ["JPEG", "PNG", "WEBP", "HEIF", "AVIF", "GIF", "BMP", "TIFF"]
WIDTH, HEIGHT = 96, 64


def corners() -> Image.Image:
    """Red top left, green top right, blue bottom left, yellow bottom right."""
    pixels = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    middle, centre = HEIGHT // 2, WIDTH // 2
    pixels[:middle, :centre], pixels[:middle, centre:] = RED, GREEN
    pixels[middle:, :centre], pixels[middle:, centre:] = BLUE, YELLOW
    return Image.fromarray(pixels)


SHIRT = (
    *((0.1, 0.3), (0.35, 0.1), (0.65, 0.1), (0.9, 0.3), (0.75, 0.45)),
    *((0.68, 0.38), (0.68, 0.9), (0.32, 0.9), (0.32, 0.38), (0.25, 0.45)),
)
"""An outline that no frame has, in shares of width and height."""


def shirt(width: int = 64, height: int = 64) -> Image.Image:
    """White where a product is, of mode L."""
    mask = Image.new("L", (width, height), 0)
    ImageDraw.Draw(mask).polygon([(x * width, y * height) for x, y in SHIRT], fill=255)
    return mask


def file_of(image: Image.Image, form: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    if form == "HEIF":
        pillow_heif.register_heif_opener()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def png_chunks(*chunks: tuple[bytes, bytes]) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
