"""Pictures at more than 8 bits a channel, which Pillow cuts to 8 while it reads them."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from pi_heif import open_heif

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Deep: TypeAlias = NDArray[np.uint16]
    """(height, width, 3) RGB, (height, width, 4) RGBA, or (height, width) grey, of 16 bits."""
    Read: TypeAlias = Callable[[], Deep]

BITS = 8
"""More than these are cut off by Pillow."""
PIXELS = 13_000_000
"""A larger picture is read at 8 bits: at 16 it would take more time and memory than a file may."""
BYTES_A_PIXEL = 20
"""What reading takes, measured with AVIF; HEIC takes 11, PNG 16."""


def read_heif(data: bytes) -> Deep:
    """Decode the primary picture of a HEIC. Raises ValueError, OSError, EOFError."""
    file = open_heif(BytesIO(data), convert_hdr_to_8bit=False, hdr_to_16bit=True)
    width, height = file.size
    # Copied, not by the array interface: the memory is the file's and goes with it.
    pixels: Deep = np.frombuffer(file.data, np.uint16).reshape(height, width, -1).squeeze().copy()
    return pixels


def read_other(data: bytes, depth: int) -> Deep:
    """Decode a PNG or AVIF of ``depth`` bits by OpenCV, as it lies. Raises OSError."""
    import cv2  # noqa: PLC0415 - it takes 40 MB of each process that decodes, and few files need it

    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise OSError(f"not read at {depth} bits: {error}") from error
    if pixels is None or pixels.dtype != np.uint16:
        raise OSError(f"not read at {depth} bits")
    if pixels.ndim > 2:  # noqa: PLR2004 - colours, as blue, green, red
        # Three planes are colours, a fourth is alpha.
        order = cv2.COLOR_BGR2RGB if pixels.shape[2] == 3 else cv2.COLOR_BGRA2RGBA  # noqa: PLR2004
        pixels = cv2.cvtColor(pixels, order, dst=pixels)
    if depth < 16:  # noqa: PLR2004 - bits
        # The high bits again as the low ones: the largest value becomes the largest.
        pixels <<= 16 - depth
        pixels |= pixels >> depth
    deep: Deep = pixels
    return deep


def resized(pixels: Deep, size: tuple[int, int]) -> Deep:
    """Shrink to width and height."""
    import cv2  # noqa: PLC0415 - as above

    small: Deep = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return small
