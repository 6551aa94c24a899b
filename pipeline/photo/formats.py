"""Which files are read, by what, and up to what size."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pi_heif import options
from PIL import AvifImagePlugin
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.WebPImagePlugin import WebPImageFile

from pipeline.errors import (
    NotAPictureError,
    PhotoTooHeavyError,
    PhotoTooLargeError,
    PhotoTooLongError,
    PhotoTooSmallError,
)
from pipeline.photo import deep, isobmff, sources
from pipeline.photo.jpeg import START_OF_SCAN

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.photo.sources import Source

FORMATS: tuple[tuple[re.Pattern[bytes], Callable[[bytes], Source]], ...] = tuple(
    (re.compile(signature, re.DOTALL), opener)
    for signature, opener in (
        (rb"\xff\xd8\xff", sources.open_jpeg),
        (rb"\x89PNG\r\n\x1a\n", sources.open_png),
        (rb"RIFF.{4}WEBP", partial(sources.open_plain, WebPImageFile)),
        (rb"GIF8[79]a", partial(sources.open_plain, GifImageFile)),
        # Behind the size come two reserved numbers, which some programs use, and the offset of
        # the pixels; then the size of one of the headers there have been.
        (rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0{3}", partial(sources.open_plain, BmpImageFile)),
        (rb"II[*+]\0|MM\0[*+]", sources.open_tiff),
    )
)
"""How each format's files begin, and what opens them; AVIF and HEIF are told by their brands.

The readers are called directly: ``Image.open`` would try formats that nobody sends, and warn of
sizes that are checked here.
"""

SUFFIXES = (
    *(".jpg", ".jpeg", ".jfif", ".jpe", ".jif", ".jfi", ".mpo"),
    *(".png", ".apng", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff", ".dng"),
    *(".heic", ".heif", ".heics", ".heifs", ".hif", ".avif", ".avifs"),
)
"""How the names of files in these formats end."""

BEFORE = b"\r\n \t\xef\xbb\xbf"
"""What careless web servers put before a file: ends of lines, and the mark of UTF-8."""

BYTES_A_PIXEL = {"HEIF": 8, "AVIF": 10, "WEBP": 17, "TIFF": 5, "GIF": 6}
"""What decoding takes for each of the file's pixels, measured; 4, Pillow's own, in the others."""
BYTES_A_PIXEL_PROGRESSIVE = 6
"""Coefficients of all three channels, two bytes each, on top of the picture."""

SCAN_PIXELS = 1_500_000_000
"""Pixels times scans of a progressive JPEG, about 2 s; real ones have 10 scans, the most 64."""

THREADS = 2
"""Threads of the AVIF and HEIC decoders, which else start one for each core, with a stack each."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is accepted, and how much of it is kept.

    ``bytes``: Telegram hands a bot files of up to 20 MB; a folder may hold somewhat larger ones.
    ``pixels``: the 64-megapixel mode of a phone (9248x6936) fits.
    ``side``: the shorter side at least, half a cell of SAM's 64x64 embedding in a square photo
    of that size; below it no outline can be told.
    ``longest`` and ``ratio``: the longer side in pixels, and by the shorter one; a panorama has
    1:10, and Telegram shows nothing beyond 1:20.
    ``kept`` and ``kept_side``: a larger photo is shrunk to so many pixels, and so long a side,
    while it is decoded. The side bounds a square picture made of a panorama.
    """

    bytes: int = 32 * 1024 * 1024
    pixels: int = 64 * 1024 * 1024
    side: int = 32
    longest: int = 30_000
    ratio: int = 20
    kept: int = 12 * 1024 * 1024
    kept_side: int = 6000

    def check(self, size: tuple[int, int]) -> None:
        """Raise PhotoTooLargeError, PhotoTooSmallError or PhotoTooLongError for a bad size."""
        width, height = size
        if width * height > self.pixels:
            raise self.too_large(f"{width}x{height} pixels, over {self.pixels}")
        if min(size) < self.side:
            raise PhotoTooSmallError(
                f"{width}x{height} pixels, the shorter side under {self.side}", limit=self.side
            )
        if max(size) > min(self.longest, self.ratio * min(size)):
            raise PhotoTooLongError(
                f"{width}x{height} pixels, over {self.longest} or 1:{self.ratio}", limit=self.ratio
            )

    def too_large(self, message: str) -> PhotoTooLargeError:
        """Make the error that names the limit of pixels."""
        return PhotoTooLargeError(message, limit=f"{self.pixels // 1_000_000} MP")

    def shrink(self, size: tuple[int, int]) -> float:
        """By how much a picture of ``size`` is to be scaled, at most 1."""
        width, height = size
        return min(1.0, math.sqrt(self.kept / (width * height)), self.kept_side / max(size))


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Opened:
    """A file whose header was read: the picture to come, and the bytes that decoding takes."""

    source: Source
    bytes: int


def open_picture(data: bytes, limits: Limits = LIMITS) -> Opened:
    """Read a file's header, and check what it promises, before anything is decoded.

    A JPEG of twice the pixels to be kept and more is set to be decoded at half its size or less.
    Raises NotAPictureError, PhotoTooLargeError, PhotoTooSmallError, PhotoTooLongError,
    PhotoTooHeavyError, and whatever the format's reader stumbles over.
    """
    if len(data) > limits.bytes:
        raise PhotoTooLargeError(
            f"{len(data)} bytes, over {limits.bytes}", limit=f"{limits.bytes >> 20} MB"
        )
    source = _open(data)
    image = source.image
    limits.check(image.size)
    pixels = image.width * image.height
    needed = 0
    if image.info.get("progressive") or image.info.get("progression"):
        scans = data.count(START_OF_SCAN)
        if scans * pixels > SCAN_PIXELS:
            raise PhotoTooHeavyError(f"{image.size} in {scans} scans")
        needed = BYTES_A_PIXEL_PROGRESSIVE * pixels
    factor = 1
    while pixels > 2 * limits.kept * factor**2:
        factor *= 2
    for one in (image, source.witness):
        if isinstance(one, JpegImageFile):
            one.draft(None, (one.width // factor, one.height // factor))
    if pixels > deep.PIXELS or source.colours is None or not source.colours.needs_depth:
        source.read_deep = None
    each = (
        BYTES_A_PIXEL.get(image.format or "", 4) if source.read_deep is None else deep.BYTES_A_PIXEL
    )
    needed += each * image.width * image.height + 4 * min(limits.kept, pixels)
    return Opened(source, needed)


def _open(data: bytes) -> Source:
    data = data.lstrip(BEFORE)
    for signature, opener in FORMATS:
        if signature.match(data):
            return opener(data)
    found = isobmff.brands(data)
    if found & isobmff.AVIF:
        return sources.open_avif(data)
    if found & isobmff.HEIF:
        return sources.open_heif(data)
    raise NotAPictureError(f"the file begins with {data[:16]!r}")


def bound_threads() -> None:
    """Have AVIF and HEIC decoded by THREADS threads, in the whole process from now on."""
    AvifImagePlugin.DEFAULT_MAX_THREADS = THREADS
    options.DECODE_THREADS = THREADS
