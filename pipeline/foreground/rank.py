"""Eight plain features of one of SAM's answers, beside the map that it was asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.masks import iou
from pipeline.sam.mask_generator import stability_score

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEATURES = (
    "agreement",  # soft IoU with the map
    "overlap",  # IoU with the map's own outline
    "sure",  # the IoU that the decoder predicts
    "stable",  # IoU of the outlines one logit further in and out
    "inside",  # the map's mean within
    "large",  # square root of the share of the picture
    "border",  # share of the outline that lies on the picture's border
    "middle",  # 1 where its centre is the picture's, 0 in a corner
)


def features(
    found: NDArray[np.float32], probability: NDArray[np.float32], sure: float
) -> NDArray[np.float32]:
    """Describe one answer by FEATURES.

    ``found`` is logits and ``probability`` the map, both (rows, columns) float32 and only as far
    as the picture goes; ``sure`` is the decoder's own score.
    """
    inside = found > 0
    area = max(int(inside.sum()), 1)
    rows, columns = np.nonzero(inside) if inside.any() else (np.zeros(1), np.zeros(1))
    height, width = found.shape
    away = max(abs(float(rows.mean()) / height - 0.5), abs(float(columns.mean()) / width - 0.5))
    edge = np.concatenate([inside[0], inside[-1], inside[:, 0], inside[:, -1]])
    return np.array(
        [
            agreement(sigmoid(found), probability),
            iou(inside, probability > 0.5, empty=0),  # noqa: PLR2004 - even chances
            min(max(sure, 0.0), 1.0),
            stability_score(found, 1),
            float((probability * inside).sum()) / area,
            float(np.sqrt(area / inside.size)),
            float(edge.sum()) / (float(edge.sum()) + 4 * float(np.sqrt(area))),
            1 - 2 * away,
        ],
        np.float32,
    )


def agreement(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Soft IoU of two planes of probabilities.

    Both are (h, w) float32 in 0..1.
    """
    return float(np.minimum(a, b).sum() / max(float(np.maximum(a, b).sum()), 1e-6))


def sigmoid(x: NDArray[np.float32] | float) -> NDArray[np.float32]:
    """Probability of logits, float32; logits beyond +-30 are as good as that.

    ``x`` may have any shape (...,).
    """
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -30, 30))), np.float32)
