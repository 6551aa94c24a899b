"""Whether a photo shows a product at all, by few measured rules; each error says what would help.

The foreground head's map decides; where it is not sure, the picture tells what is wrong with it.
Measured on 515 real photos of products and on pictures of nothing: frames black or white, photos
blurred beyond use, floors, walls, grass and streets cut from where photos show no product. The
rules of the picture by themselves refuse none of the 515.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.errors import (
    NothingFoundError,
    PhotoBlurredError,
    PhotoDarkError,
    PhotoOverexposedError,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.sam import Embedding
    from pipeline.values import Pixels

SIDE = 256
"""Longer side, in pixels, at which a picture is measured: the sensor's noise is averaged away."""
MIN_CONTRAST = 7.0
"""Standard deviation of the grey levels. Real photos have 13.4 and more, noise up to 5.8."""
DARK_BELOW, BRIGHT_ABOVE = 64, 200
"""The median grey level that tells why there is no contrast."""
MIN_SHARPNESS = 1.5
"""How much steeper the steepest edges are than after a blur of FINE and of COARSE pixels.

Real photos have 1.77 and more; of 16 blurred so far that nobody would sell by them, 1.02 to 1.39.
"""
FINE, COARSE = 0.8, 4.0
"""Deviations of the two blurs, in pixels at SIDE."""
STEEPEST = 99.5
"""The percentile of the gradients that counts as the steepest edges."""
MIN_EVIDENCE = 3.9
"""The head's peak logit, less EDGE_COST and DOUBT_COST times the shares that speak against it.

Of 207 real photos one has less, a hammer that the head takes the ground for, the others 4.1 and
more. Of 46 pictures of nothing one has more than 3.84, of 18 kept apart four: a pillar, a painted
line, a rail, a wall of bricks.
"""
EDGE_COST, DOUBT_COST = 8.0, 4.0
"""What a map costs that covers the picture's whole rim, and one that is in doubt everywhere."""
DOUBT = 2.0
"""Logits within this of 0 are in doubt."""


def check(pixels: Pixels, embedding: Embedding, logits: NDArray[np.float32]) -> None:
    """Raise NothingFoundError, or one of its kinds, where there is no product to be seen.

    Where the map is sure there is one, however dark or plain the photo.

    ``pixels`` is (h, w, 3) uint8 RGB; ``logits`` is the foreground head's map, (256, 256) float32
    over the padded square.
    """
    rows, columns = embedding.valid(logits.shape[0])
    found = evidence(logits[:rows, :columns])
    if found >= MIN_EVIDENCE:
        return
    check_picture(pixels)
    raise NothingFoundError(f"nothing stands out: evidence {found:.2f}")


def check_picture(pixels: Pixels) -> None:
    """Raise PhotoDarkError, PhotoOverexposedError, PhotoBlurredError or NothingFoundError.

    ``pixels`` is (h, w, 3) uint8 RGB.
    """
    scale = SIDE / max(pixels.shape[:2])
    size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    contrast, median = float(grey.std()), float(np.median(grey))
    if contrast < MIN_CONTRAST:
        line = f"grey levels spread by {contrast:.1f} around {median:.0f}"
        if median < DARK_BELOW:
            raise PhotoDarkError(f"too dark: {line}")
        if median > BRIGHT_ABOVE:
            raise PhotoOverexposedError(f"overexposed: {line}")
        raise NothingFoundError(f"nothing stands out: {line}")
    sharpness = steepest(grey, FINE) / max(steepest(grey, COARSE), 1e-3)
    if sharpness < MIN_SHARPNESS:
        raise PhotoBlurredError(f"blurred: sharpness {sharpness:.2f}")


def evidence(logits: NDArray[np.float32]) -> float:
    """Weigh the head's map, (rows, columns) float32 logits as far as the picture goes."""
    inside = logits > 0
    rim = np.concatenate([inside[0], inside[-1], inside[:, 0], inside[:, -1]])
    doubt = float((np.abs(logits) < DOUBT).mean())
    return float(logits.max()) - EDGE_COST * float(rim.mean()) - DOUBT_COST * doubt


def steepest(grey: NDArray[np.float32], sigma: float) -> float:
    """Return the gradient of the steepest edges after a blur, in grey levels a pixel.

    ``grey`` is (h, w) float32 in 0..255, ``sigma`` the blur's deviation in pixels.
    """
    soft = cv2.GaussianBlur(grey, (0, 0), sigma)
    across = cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=1 / 8)
    return float(np.percentile(cv2.magnitude(across, down), STEEPEST))
