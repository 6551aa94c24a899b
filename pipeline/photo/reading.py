"""A file's pixels: upright, in sRGB, to the size that is kept, or one clear error.

This is what the processes that decode do; ``decode`` makes a Photo of it.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageChops
from PIL.ExifTags import Base

from pipeline.errors import DamagedPhotoError, NotAPictureError, PhotoError, PhotoTooHeavyError
from pipeline.photo import deep
from pipeline.photo.colours import SAMPLED, SRGB, Colours
from pipeline.photo.formats import LIMITS, Limits, open_picture
from pipeline.photo.icc import Conversion
from pipeline.photo.sources import BROKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from pipeline.photo.deep import Deep
    from pipeline.photo.formats import Opened
    from pipeline.photo.sources import Source
    from pipeline.values import Pixels, Plane

    Allocate = Callable[[tuple[int, int]], tuple[Pixels, Pixels]]
    Band = tuple[int, Pixels, Pixels | None]
    """Its first row, colours as (rows, width, 3) uint8 sRGB, and alpha as (rows, width) uint8."""

DEEP_GREY = {"I;16", "I;16L", "I;16B"}
UNSUPPORTED = {"I", "F", "LAB"}
"""Scientific and print modes without an agreed way to the screen."""

OPAQUE = 255
UNUSED_ALPHA = {"BMP", "DIB"}
"""Formats whose programs leave the fourth byte at 0 and mean nothing by it."""

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

    ``pixels`` is (height, width, 3) uint8 RGB over white, ``alpha`` (height, width) uint8 or None
    where there is none, ``notes`` what was passed over, for the log.
    """

    pixels: Pixels
    alpha: Pixels | None
    notes: tuple[str, ...] = ()


def opening(data: bytes, limits: Limits = LIMITS) -> Opened:
    """Read the header, see ``open_picture``. Raises PhotoError."""
    try:
        return open_picture(data, limits)
    except Exception as error:
        raise _photo_error(error, data[:12], limits) from error


def reading(opened: Opened, limits: Limits, allocate: Allocate) -> Decoded:
    """Decode what was opened into the arrays that ``allocate`` makes. Raises PhotoError.

    ``allocate`` is told (height, width) and returns (height, width, 3) and (height, width) uint8.
    """
    source = opened.source
    try:
        with source.image as image:
            if (deeper := _deeper(source)) is not None:
                return _converted(source, deeper, limits, allocate)
            _load(image, source.witness)
            return _converted(source, image, limits, allocate)
    except Exception as error:
        raise _photo_error(error, (source.image.format or "").encode(), limits) from error


def in_memory(shape: tuple[int, int]) -> tuple[Pixels, Pixels]:
    """Allocate (h, w, 3) uint8, for RGB, and (h, w) uint8, for alpha; ``shape`` is (h, w)."""
    return np.empty((*shape, 3), np.uint8), np.empty(shape, np.uint8)


def _photo_error(error: Exception, what: bytes, limits: Limits) -> PhotoError:
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


def _deeper(source: Source) -> Deep | None:
    """Decode a picture at 16 bits where that is worth it and possible; at 8 it still shows."""
    if source.read_deep is None:
        return None
    try:
        return source.read_deep()
    except (OSError, MemoryError):
        return None


def _load(image: Image.Image, witness: Image.Image | None) -> None:
    """Decode a picture. Raises DamagedPhotoError where its witness shows another one."""
    expected = None
    if witness is not None:
        with witness:
            expected = _digest(witness)
    image.load()
    if expected is not None and _digest(image) != expected:
        raise DamagedPhotoError("the file is cut short")


def _digest(image: Image.Image) -> int:
    """Decode a picture, and reduce its pixels to a number."""
    image.load()
    rows = max(1, BAND // image.width)
    digest = 0
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(image.height, top + rows)))
        digest = zlib.crc32(band.tobytes(), digest)
    return digest


def _converted(
    source: Source, picture: Image.Image | Deep, limits: Limits, allocate: Allocate
) -> Decoded:
    """Bring a loaded picture to sRGB, upright and to the size that is kept, band by band."""
    notes: list[str] = []
    orientation = _orientation(source, notes)
    original = picture.size if isinstance(picture, Image.Image) else picture.shape[1::-1]
    limits.check(original)
    scale = limits.shrink(original)
    width, height = (max(1, round(side * scale)) for side in original)
    upright = (width, height) if orientation >= TURNED else (height, width)
    pixels, alpha = allocate(upright)
    to_sensor = UPRIGHT[orientation]
    rows, clear = to_sensor(pixels), to_sensor(alpha)
    transparent = False
    if isinstance(picture, Image.Image):
        bands = _plain_bands(source, picture, (width, height), notes)
    else:
        bands = _deep_bands(source, picture, (width, height))
    for top, colours, opacity in bands:
        here = slice(top, top + colours.shape[0])
        rows[here] = colours
        if opacity is not None:
            clear[here], transparent = opacity, True
    is_unused = source.image.format in UNUSED_ALPHA and not alpha.any()
    if not transparent or is_unused or alpha.min() == OPAQUE:
        return Decoded(pixels, None, tuple(notes))
    _whiten(pixels, alpha)
    return Decoded(pixels, alpha, tuple(notes))


def _plain_bands(
    source: Source, image: Image.Image, size: tuple[int, int], notes: list[str]
) -> Iterator[Band]:
    """Yield what Pillow has read, 8 bits a channel, in sRGB."""
    if image.mode in UNSUPPORTED:
        raise NotAPictureError(f"mode {image.mode} is no photograph")
    conversion, transparent = Conversion(source.icc, notes), image.has_transparency_data
    visible = "L" if image.mode in {"1", "L", "LA"} else "RGB"
    colours = None if source.colours is None or source.colours.is_srgb else source.colours
    brightest = 1.0
    if colours is not None and colours.is_hdr:
        small = image.reduce(max(1, min(image.size) // 256)).convert("RGB")
        brightest = colours.brightest(np.asarray(small))
    for top, band in _bands(image, size):
        opacity = np.asarray(band.getchannel("A")) if transparent else None
        plain = band.convert(visible) if transparent else band
        if source.is_negative:
            plain = ImageChops.invert(plain)
        pixels = np.asarray(conversion.to_srgb(plain))
        yield top, pixels if colours is None else colours.to_srgb(pixels, brightest), opacity


def _deep_bands(source: Source, picture: Deep, size: tuple[int, int]) -> Iterator[Band]:
    """Yield what was read at 16 bits a channel, in sRGB."""
    width, height = size
    if (height, width) != picture.shape[:2]:
        picture = deep.resized(picture, size)
    colours = source.colours or Colours(SRGB, "srgb")
    step = max(1, math.isqrt(picture.shape[0] * picture.shape[1] // SAMPLED))
    brightest = colours.brightest(_three(picture[::step, ::step]))
    rows = max(1, BAND // width)
    for top in range(0, height, rows):
        band = picture[top : top + rows]
        opacity = (band[:, :, 3] >> 8).astype(np.uint8) if band.shape[2:] == (4,) else None
        yield top, colours.to_srgb(_three(band), brightest), opacity


def _three(picture: Deep) -> Deep:
    """Return the channels of colour, three also of grey."""
    if picture.ndim == 2:  # noqa: PLR2004 - grey
        return np.repeat(picture[:, :, None], 3, axis=2)
    return np.ascontiguousarray(picture[:, :, :3])


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
        plane = unit(alpha[top : top + rows])
        for channel in range(3):
            blended = 255 - plane * (255 - band[:, :, channel].astype(np.float32))
            band[:, :, channel] = np.rint(blended)


def unit(alpha: NDArray[np.uint8]) -> Plane:
    """Return (h, w) uint8 of 0..255 as float32 of 0..1."""
    plane: Plane = alpha.astype(np.float32)
    plane /= np.float32(255)
    return plane


def _orientation(source: Source, notes: list[str]) -> int:
    """Return the EXIF orientation, 1 where there is none or none that can be read."""
    if source.orientation is not None:
        found = source.orientation
    else:
        try:
            found = int(source.image.getexif().get(Base.Orientation, 1))
        except BROKEN as error:
            notes.append(f"EXIF unreadable: {error!r}")
            return 1
    return found if found in UPRIGHT else 1
