"""Pictures that ask a seller: the alternatives by number, and the parts of a cut-out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.drawings import numbered
from pipeline.foreground.offers import MOST_OFFERED
from pipeline.foreground.parts import mended
from pipeline.photo.encode import encode_jpeg

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from pipeline.values import Photo, Pixels


def draw_alternatives(photo: Photo, candidates: Sequence[NDArray[np.float32]]) -> bytes:
    """Return a JPEG of what may be cut out of the photo, by number on neutral grey.

    Candidates are logits of (256, 256) over SAM's padded square, above 0 inside; the first
    `MOST_OFFERED` are shown.
    """
    return encode_jpeg(_tiles(photo, candidates))


def draw_marked(photo: Photo, candidates: Sequence[NDArray[np.float32]]) -> bytes:
    """Return a JPEG of the same with the photo to the left of it, for a model to choose by.

    ``candidates`` are (256, 256) float32 logits over SAM's padded square.
    """
    return encode_jpeg(numbered.beside(photo.pixels, _tiles(photo, candidates)))


def _tiles(photo: Photo, candidates: Sequence[NDArray[np.float32]]) -> Pixels:
    small = numbered.shrunk(photo.pixels, numbered.MAX_SIDE)
    return numbered.sheet([numbered.tile(small, logits) for logits in candidates[:MOST_OFFERED]])


def draw_parts(
    photo: Photo,
    logits: NDArray[np.float32],
    parts: Sequence[NDArray[np.float32]],
    taps: Sequence[int],
) -> tuple[bytes, list[bool]]:
    """Return a JPEG of the cut-out after ``taps``, its parts numbered, and which of them are in.

    Logits are (256, 256) over SAM's padded square, above 0 inside; taps count parts from 1. All
    logits are float32.
    """
    now, included = mended(logits, parts, taps)
    return encode_jpeg(numbered.parts(photo.pixels, now, parts, included)), included
