"""The picture that a describer looks at: the product on white, cropped, small."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import cv2
from PIL import Image

if TYPE_CHECKING:
    from pipeline.values import CutOut, Photo

_SIDE = 768
_MARGIN = 0.04
_QUALITY = 85
_VISIBLE = 13  # of 255: fainter pixels are haze, not product


def thumbnail(cut_out: CutOut, side: int = _SIDE) -> bytes:
    """Make an RGB JPEG of the product, at most ``side`` pixels on its longer side.

    It stands on white with a margin of 4 % and is never enlarged. No clutter, no bystander,
    nothing of the seller's home leaves the machine.
    """
    alpha = cv2.convertScaleAbs(cut_out.alpha, alpha=255)
    left, top, right, bottom = _frame(Image.fromarray(alpha))
    product, shown = (
        Image.fromarray(plane[top:bottom, left:right]) for plane in (cut_out.foreground, alpha)
    )
    # Shrunk before they are joined: what is hidden is white in a cut-out, so nothing bleeds in.
    for plane in (product, shown):
        plane.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=3.0)
    small = Image.composite(product, Image.new("RGB", product.size, "white"), shown)
    return _encoded(small)


def whole(photo: Photo, side: int = _SIDE) -> bytes:
    """Make an RGB JPEG of a photo as it is, at most ``side`` pixels on its longer side."""
    small = Image.fromarray(photo.pixels)
    small.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return _encoded(small)


def _encoded(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=_QUALITY, optimize=True)
    return buffer.getvalue()


def _frame(alpha: Image.Image) -> tuple[int, int, int, int]:
    box = alpha.point(lambda value: 255 * (value >= _VISIBLE)).getbbox()
    left, top, right, bottom = box or (0, 0, *alpha.size)
    margin = round(max(right - left, bottom - top) * _MARGIN)
    width, height = alpha.size
    return (
        max(left - margin, 0),
        max(top - margin, 0),
        min(right + margin, width),
        min(bottom + margin, height),
    )
