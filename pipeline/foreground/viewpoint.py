"""Whether a product lies and was seen from above: a logistic fit on five plain features.

Seen from above the ground is the same paper, cloth or boards all round; before a camera that looks
ahead it runs from the floor at the bottom to what stands behind. Labelled by eye on 144 photos, 68
of them flat lays, and each judged by a fit on others: 91 % are right. What is wrong is mostly food
and toys photographed steeply from above, and clothes on cloth as patterned as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.foreground.rank import sigmoid
from pipeline.sam import GRID

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.sam import Embedding

INTERCEPT = 11.272
WEIGHTS = (
    -64.154,  # how the ground's embedding differs between the upper and the lower third
    -129.0,  # the spread of the ground's embedding
    -131.668,  # the spread of the product's
    5.125,  # square root of the product's share of the picture
    3.895,  # the share of the picture's width that the product spans
)
SMALLEST = 1e-3
"""Stands for an area that is not there."""


def is_flat_lay(embedding: Embedding, logits: NDArray[np.float32]) -> bool:
    """Tell whether the product lies, seen from above.

    ``logits`` is the foreground head's map, (256, 256) float32 over the padded square.
    """
    return INTERCEPT + float(np.dot(WEIGHTS, features(embedding, logits))) > 0


def features(embedding: Embedding, logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Describe how the product and its ground look, (5,) float32, as WEIGHTS lists it.

    ``logits`` is (256, 256) float32 over the padded square.
    """
    rows, columns = embedding.valid(GRID)
    cells = embedding.features[:, :rows, :columns]
    probability = cv2.resize(sigmoid(logits), (GRID, GRID), interpolation=cv2.INTER_AREA)
    product = probability[:rows, :columns]
    ground = 1 - product
    third = max(1, rows // 3)
    above = mean(cells[:, :third], ground[:third])
    below = mean(cells[:, -third:], ground[-third:])
    inside = product > 0.5  # noqa: PLR2004 - even chances
    span = np.flatnonzero(inside.any(axis=0))
    return np.array(
        [
            float(np.sqrt(((above - below) ** 2).mean())),
            spread(cells, ground),
            spread(cells, product),
            float(np.sqrt(inside.mean())),
            (span[-1] - span[0] + 1) / columns if span.size else 0.0,
        ],
        np.float32,
    )


def mean(cells: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean embedding, (256,) float32, of ``cells`` (256, h, w) by ``weight`` (h, w)."""
    total = (cells * weight).sum(axis=(1, 2)) / (weight.sum() + SMALLEST)
    return np.asarray(total, np.float32)


def spread(cells: NDArray[np.float32], weight: NDArray[np.float32]) -> float:
    """Return how far ``cells``, (256, h, w) float32, lie from their mean by ``weight`` (h, w)."""
    apart = ((cells - mean(cells, weight)[:, None, None]) ** 2).mean(axis=0)
    return float(np.sqrt((apart * weight).sum() / (weight.sum() + SMALLEST)))
