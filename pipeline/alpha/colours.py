"""What colour product and backdrop have where the two mix.

Forte, "Approximate Fast Foreground Colour Estimation", ICIP 2021: each layer's colour is a blur
of the photo weighted by its share, corrected so that the layers add up to the photo again; once
with a wide window, then with a narrow one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.alpha.matting import apply, box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.alpha.matting import Colours
    from pipeline.alpha.outline import Outline
    from pipeline.values import Plane

WIDE, NARROW = 45, 5
"""Radii of the two windows in work pixels."""


def separate(
    guide: Colours, outline: Outline, coefficients: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Blurred colours of the product and of the backdrop: (h, w, 6) float32 in 0..1.

    They are what `unmix` needs to find a pixel's own.
    """
    inside = (outline.inside > 0).astype(np.float32)
    alpha = np.where(outline.band > 0, apply(coefficients, guide), inside).astype(np.float32)
    wide = blurred(guide, guide, alpha, WIDE)
    product = unmix(guide, alpha, wide)
    return blurred(product, wide[:, :, 3:], alpha, NARROW)


def blurred(product: Colours, backdrop: Colours, alpha: Plane, radius: int) -> NDArray[np.float32]:
    """Average each layer around every pixel by its share there: (h, w, 6)."""
    share = alpha[:, :, None]
    weight = box(alpha, radius)[:, :, None]
    front = box(product * share, radius) / (weight + 1e-5)
    back = box(backdrop * (1 - share), radius) / (1 - weight + 1e-5)
    return np.concatenate([front, back], axis=2)


def unmix(
    colours: NDArray[np.float32], alpha: NDArray[np.float32], layers: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Take the backdrop out of mixed ``colours`` (..., 3): float32 in 0..1."""
    share = alpha[..., None]
    front, back = layers[..., :3], layers[..., 3:]
    own = front + share * (colours - share * front - (1 - share) * back)
    return np.asarray(np.clip(own, 0, 1), np.float32)
