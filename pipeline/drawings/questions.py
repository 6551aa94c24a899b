"""What a seller is asked with: the alternatives by number, and the parts of a cut-out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.drawings import numbered
from pipeline.foreground.parts import mended
from pipeline.photo.encode import encode_jpeg

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from pipeline.values import Photo


def draw_alternatives(photo: Photo, candidates: Sequence[NDArray[np.float32]]) -> bytes:
    """Return a JPEG of the photo once for each candidate, with that one outlined, by number.

    Candidates are logits of (256, 256) over SAM's padded square, above 0 inside.
    """
    small = numbered.shrunk(photo.pixels, 2 * numbered.CELL)
    outlined = [numbered.outlined(small, logits) for logits in candidates]
    return encode_jpeg(numbered.sheet(outlined))


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
