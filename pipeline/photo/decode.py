"""A seller's file becomes a Photo: upright, in sRGB, without metadata, or one clear error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.photo.formats import LIMITS, Limits
from pipeline.photo.reading import in_memory, opening, reading, unit
from pipeline.photo.transparency import is_cut_out
from pipeline.values import Photo

if TYPE_CHECKING:
    from pipeline.photo.reading import Decoded


def decode(data: bytes, limits: Limits = LIMITS) -> Photo:
    """Decode one JPEG, PNG, WebP, HEIC, AVIF, GIF, BMP or TIFF file, its first frame or page.

    It is done in this process: strangers' files go to `pipeline.photo.pool`. Orientation and
    colour profile are applied, 16-bit values scaled, and what is larger than ``limits.kept`` is
    shrunk. Raises NotAPictureError, DamagedPhotoError (also for a picture cut short: a half-grey
    product would be silently wrong), PhotoTooLargeError, PhotoTooSmallError, PhotoTooLongError,
    PhotoTooHeavyError.
    """
    opened = opening(data, limits)
    return as_photo(reading(opened, limits, in_memory))


def as_photo(decoded: Decoded) -> Photo:
    """Return what a file held as the pipeline knows it.

    Its transparency counts where that is a product cut out; else the picture stands on white.
    """
    if decoded.alpha is None or not is_cut_out(decoded.alpha):
        return Photo(decoded.pixels)
    return Photo(decoded.pixels, unit(decoded.alpha))
