"""A seller's file becomes a Photo: upright, in sRGB, without metadata, or one clear error."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from PIL.ExifTags import Base

from pipeline.errors import DamagedPhotoError, NotAPictureError, PhotoError, PhotoTooHeavyError
from pipeline.photo.formats import LIMITS, Limits, Opened, open_picture
from pipeline.photo.icc import Conversion, matrix_profile
from pipeline.values import Photo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline.values import Pixels, Plane

    Allocate = Callable[[tuple[int, int]], tuple[Pixels, Pixels]]

DEEP_GREY = {"I;16", "I;16L", "I;16B"}
UNSUPPORTED = {"I", "F", "LAB"}
"""Scientific and print modes without an agreed way to the screen."""

VISIBLE = 250
HIDDEN_SHARE = 0.001
"""Transparency counts where more than this share of the pixels has alpha below VISIBLE of 255."""

BAND = 1 << 20
"""Pixels of the file that are converted at once, which bounds the memory that it takes."""

UPRIGHT: dict[int, Callable[[Pixels], Pixels]] = {
    1: lambda array: array,
    2: lambda array: array[:, ::-1],
    3: lambda array: array[::-1, ::-1],
    4: lambda array: array[::-1],
    5: lambda array: array.swapaxes(0, 1),
    6: lambda array: array[:, ::-1].swapaxes(0, 1),
    7: lambda array: array[::-1, ::-1].swapaxes(0, 1),
    8: lambda array: array[::-1].swapaxes(0, 1),
}
"""An upright array seen as each EXIF orientation's sensor wrote it."""
TURNED = 5
"""From this orientation on width and height change places."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a file held.

    ``pixels`` is (height, width, 3) uint8 RGB, ``alpha`` (height, width) uint8 or None where it
    hides nothing, ``notes`` what was passed over, for the log.
    """

    pixels: Pixels
    alpha: Pixels | None
    notes: tuple[str, ...] = ()

    def photo(self) -> Photo:
        """Return it as the pipeline knows it."""
        if self.alpha is None:
            return Photo(self.pixels)
        return Photo(self.pixels, _unit(self.alpha))


def decode(data: bytes, limits: Limits = LIMITS) -> Photo:
    """Decode one JPEG, PNG, WebP, HEIC, AVIF, GIF, BMP or TIFF file, its first frame or page.

    It is done in this process: strangers' files go to `pipeline.photo.pool`. Orientation and
    colour profile are applied, 16-bit values scaled, and what is larger than ``limits.kept`` is
    shrunk. Raises NotAPictureError, DamagedPhotoError (also for a picture cut short: a half-grey
    product would be silently wrong), PhotoTooLargeError, PhotoTooSmallError, PhotoTooLongError,
    PhotoTooHeavyError.
    """
    opened = opening(data, limits)
    return reading(opened, limits, in_memory).photo()


def opening(data: bytes, limits: Limits = LIMITS) -> Opened:
    """Read the header, see ``open_picture``. Raises PhotoError."""
    try:
        return open_picture(data, limits)
    except Exception as error:
        raise _told(error, data[:12], limits) from error


def reading(opened: Opened, limits: Limits, allocate: Allocate) -> Decoded:
    """Decode what was opened into the arrays that ``allocate`` makes. Raises PhotoError.

    ``allocate`` is told (height, width) and returns (height, width, 3) and (height, width) uint8.
    """
    try:
        with opened.image as image:
            image.load()
            limits.check(image.size)
            return _converted(image, limits, allocate)
    except Exception as error:
        raise _told(error, (opened.image.format or "").encode(), limits) from error


def in_memory(shape: tuple[int, int]) -> tuple[Pixels, Pixels]:
    """Allocate plain arrays."""
    return np.empty((*shape, 3), np.uint8), np.empty(shape, np.uint8)


def _told(error: Exception, what: bytes, limits: Limits) -> PhotoError:
    """Return the error of the tree that a reader's own stands for.

    A decoder stumbles over broken bytes with whatever its parser meets: struct.error, IndexError,
    OSError, OverflowError and more. Each says the same of the file.
    """
    words = f"{what!r}: {type(error).__name__}: {error}"
    if isinstance(error, PhotoError):
        return error
    if isinstance(error, Image.DecompressionBombError):
        return limits.too_large(words)
    if isinstance(error, MemoryError) or "memory" in str(error).lower():
        return PhotoTooHeavyError(words)
    return DamagedPhotoError(words)


def _converted(image: Image.Image, limits: Limits, allocate: Allocate) -> Decoded:
    """Bring a loaded picture to sRGB, upright and to the size that is kept, band by band."""
    if image.mode in UNSUPPORTED:
        raise NotAPictureError(f"mode {image.mode} is no photograph")
    notes: list[str] = []
    orientation = _orientation(image, notes)
    scale = limits.shrink(image.size)
    width, height = (max(1, round(side * scale)) for side in image.size)
    upright = (width, height) if orientation >= TURNED else (height, width)
    pixels, alpha = allocate(upright)
    to_sensor = UPRIGHT[orientation]
    rows, clear = to_sensor(pixels), to_sensor(alpha)
    conversion, transparent = Conversion(_profile(image), notes), image.has_transparency_data
    for top, band in _bands(image, (width, height)):
        here = slice(top, top + band.height)
        colours = band
        if transparent:
            clear[here] = np.asarray(band.getchannel("A"))
            colours = band.convert("L" if image.mode in {"1", "L", "LA"} else "RGB")
        rows[here] = np.asarray(conversion.to_srgb(colours))
    if not transparent or np.count_nonzero(alpha < VISIBLE) <= HIDDEN_SHARE * alpha.size:
        return Decoded(pixels, None, tuple(notes))
    _whiten(pixels, alpha)
    return Decoded(pixels, alpha, tuple(notes))


def _bands(image: Image.Image, size: tuple[int, int]) -> Iterator[tuple[int, Image.Image]]:
    """Yield the picture scaled to ``size`` from top to bottom, each part with its first row.

    Whole pictures would be held in three or four modes at once.
    """
    width, height = size
    step = image.height / height
    rows = max(1, round(BAND / image.width / step))
    for top in range(0, height, rows):
        bottom = min(height, top + rows)
        if size == image.size:
            yield top, _channels(image.crop((0, top, width, bottom)))
            continue
        # The filter looks one step further; what it would see beyond belongs to the next band.
        first = max(0, math.floor((top - 1) * step) - 1)
        last = min(image.height, math.ceil((bottom + 1) * step) + 1)
        band = _channels(image.crop((0, first, image.width, last)))
        if band.mode not in {"RGB", "RGBA", "L", "CMYK"}:
            band = band.convert("RGB")
        box = (0, top * step - first, image.width, min(bottom * step - first, band.height))
        yield top, band.resize((width, bottom - top), Image.Resampling.HAMMING, box)


def _channels(band: Image.Image) -> Image.Image:
    """Return 16 bits as 8, and any kind of transparency as RGBA."""
    if band.mode in DEEP_GREY:
        band = Image.fromarray((np.asarray(band) >> 8).astype(np.uint8))
    return band.convert("RGBA") if band.has_transparency_data else band


def _whiten(pixels: Pixels, alpha: Pixels) -> None:
    """Blend over white, in place, so that no colour shows that the seller never saw."""
    rows = max(1, BAND // pixels.shape[1])
    for top in range(0, pixels.shape[0], rows):
        band = pixels[top : top + rows]
        plane = _unit(alpha[top : top + rows])
        for channel in range(3):
            blended = 255 - plane * (255 - band[:, :, channel].astype(np.float32))
            band[:, :, channel] = np.rint(blended)


def _unit(alpha: Pixels) -> Plane:
    plane: Plane = alpha.astype(np.float32)
    plane /= np.float32(255)
    return plane


def _orientation(image: Image.Image, notes: list[str]) -> int:
    """Return the EXIF orientation, 1 where there is none or none that can be read."""
    try:
        found = int(image.getexif().get(Base.Orientation, 1))
    except (SyntaxError, ValueError, TypeError, LookupError, struct.error, Warning) as error:
        # Warnings are how Pillow reports a broken EXIF block, and errors where tests run.
        notes.append(f"EXIF unreadable: {error!r}")
        return 1
    return found if found in UPRIGHT else 1


def _profile(image: Image.Image) -> bytes | None:
    """Return the ICC profile of a picture's colours, None for plain sRGB."""
    if profile := image.info.get("icc_profile"):
        return bytes(profile)
    if nclx := image.info.get("nclx_profile"):
        red, green, blue, white = (
            (nclx[f"color_primary_{name}_x"], nclx[f"color_primary_{name}_y"])
            for name in ("red", "green", "blue", "white")
        )
        return matrix_profile(red, green, blue, white)
    return None
