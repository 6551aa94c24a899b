"""A seller's file becomes a Photo: upright, in sRGB, without metadata, or one clear error."""

from __future__ import annotations

import io
import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import structlog
from PIL import Image
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.ExifTags import Base
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from pipeline.errors import (
    DamagedPhotoError,
    NotAPictureError,
    PhotoTooLargeError,
    PhotoTooSmallError,
)
from pipeline.photo.heif import read_heif
from pipeline.photo.icc import matrix_profile, to_srgb
from pipeline.values import Photo

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

    from pipeline.values import Pixels, Plane

FORMATS: tuple[tuple[re.Pattern[bytes], type[ImageFile]], ...] = tuple(
    (re.compile(signature, re.DOTALL), reader)
    for signature, reader in (
        (rb"\xff\xd8\xff", JpegImageFile),
        (rb"\x89PNG\r\n\x1a\n", PngImageFile),
        (rb"RIFF.{4}WEBP", WebPImageFile),
        (rb".{4}ftyp.{0,48}?avi[fs]", AvifImageFile),
        (rb"GIF8[79]a", GifImageFile),
        (rb"BM.{4}\0{4}", BmpImageFile),
        (rb"II[*+]\0|MM\0[*+]", TiffImageFile),
    )
)
"""How each format's files begin, and what reads them.

The readers are called directly: ``Image.open`` would try formats that nobody sends, warn of
sizes that are checked here. HEIC has a process of its own to be read in.
"""

HEIC = re.compile(rb".{4}ftyp(?:he[iv][cmsx]|mif1|msf1)", re.DOTALL)

DEEP_GREY = {"I;16", "I;16L", "I;16B"}
UNSUPPORTED = {"I", "F", "LAB"}
"""Scientific and print modes without an agreed way to the screen."""

VISIBLE = 250
HIDDEN_SHARE = 0.001
"""Transparency counts where more than this share of the pixels has alpha below VISIBLE of 255."""

TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns each EXIF orientation upright."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is accepted.

    ``bytes``: Telegram hands a bot files of up to 20 MB; a folder may hold somewhat larger ones.
    ``pixels``: the 64-megapixel mode of a phone (9248x6936) fits, 200 MB decoded.
    ``side``: the shorter side at least, half a cell of SAM's 64x64 embedding in a square photo
    of that size; below it no outline can be told.
    """

    bytes: int = 32 * 1024 * 1024
    pixels: int = 64 * 1024 * 1024
    side: int = 32


LIMITS = Limits()

SUFFIXES = (
    ".jpg",
    ".jpeg",
    ".png",
    ".webp",
    ".heic",
    ".heif",
    ".avif",
    ".gif",
    ".bmp",
    ".tif",
    ".tiff",
)
"""How the names of files in these formats end."""


def decode(data: bytes, limits: Limits = LIMITS) -> Photo:
    """Decode one JPEG, PNG, WebP, HEIC, AVIF, GIF, BMP or TIFF file, its first frame or page.

    Orientation and colour profile are applied, 16-bit values scaled. Sizes are read from the
    header and checked before anything is decoded. Raises NotAPictureError, DamagedPhotoError
    (also for a picture cut short: a half-grey product would be silently wrong),
    PhotoTooLargeError, PhotoTooSmallError.
    """
    if len(data) > limits.bytes:
        raise PhotoTooLargeError(
            f"{len(data)} bytes, over {limits.bytes}", limit=f"{limits.bytes >> 20} MB"
        )
    try:
        with _open(data, limits) as image:
            _check_size(image.size, limits)
            image.load()
            _check_size(image.size, limits)
            return _photo(image)
    except (NotAPictureError, PhotoTooLargeError, PhotoTooSmallError, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise _too_large(str(error), limits) from error
    except Exception as error:
        # A decoder stumbles over broken bytes with whatever its parser meets: struct.error,
        # IndexError, OSError, OverflowError and more. Each says the same of the file.
        raise DamagedPhotoError(f"{data[:12]!r}: {type(error).__name__}: {error}") from error


def _open(data: bytes, limits: Limits) -> Image.Image:
    for signature, reader in FORMATS:
        if signature.match(data):
            return reader(io.BytesIO(data))
    if HEIC.match(data):
        return read_heif(data, limits.pixels)
    raise NotAPictureError(f"the file begins with {data[:16]!r}")


def _check_size(size: tuple[int, int], limits: Limits) -> None:
    width, height = size
    if width * height > limits.pixels:
        raise _too_large(f"{width}x{height} pixels, over {limits.pixels}", limits)
    if min(size) < limits.side:
        raise PhotoTooSmallError(
            f"{width}x{height} pixels, the shorter side under {limits.side}", limit=limits.side
        )


def _too_large(message: str, limits: Limits) -> PhotoTooLargeError:
    return PhotoTooLargeError(message, limit=f"{limits.pixels // 1_000_000} MP")


def _photo(image: Image.Image) -> Photo:
    """Bring a loaded picture to sRGB, upright, and split its transparency off."""
    if image.mode in UNSUPPORTED:
        raise NotAPictureError(f"mode {image.mode} is no photograph")
    profile, turn = _profile(image), TRANSPOSE.get(_orientation(image))
    if image.mode in DEEP_GREY:
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    alpha = None
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        alpha = rgba.getchannel("A")
        image = rgba.convert("L" if image.mode in {"1", "L", "LA"} else "RGB")
    image = to_srgb(image, profile)
    if turn is not None:
        image = image.transpose(turn)
        alpha = alpha and alpha.transpose(turn)
    pixels = np.array(image)
    return Photo(pixels) if alpha is None else _unhide(pixels, np.asarray(alpha))


def _unhide(pixels: Pixels, alpha: Pixels) -> Photo:
    """Blend over white what is transparent, so that no colour shows that the seller never saw."""
    if np.count_nonzero(alpha < VISIBLE) <= HIDDEN_SHARE * alpha.size:
        return Photo(pixels)
    plane: Plane = alpha.astype(np.float32) / np.float32(255)
    for channel in range(3):
        blended = 255 - plane * (255 - pixels[:, :, channel].astype(np.float32))
        pixels[:, :, channel] = np.rint(blended)
    return Photo(pixels, plane)


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 where there is none or none that can be read."""
    try:
        return int(image.getexif().get(Base.Orientation, 1))
    except (SyntaxError, ValueError, TypeError, LookupError, struct.error, Warning) as error:
        # Warnings are how Pillow reports a broken EXIF block, and errors where tests run.
        structlog.get_logger().info("photo-exif-unreadable", error=repr(error))
        return 1


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
