"""How good a cut-out is: IoU, boundary IoU and error, with intervals by object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.masks import iou

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

GOOD = 0.9
"""The IoU above which a seller would keep a cut-out as it is."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Means over photos; ``low`` and ``high`` bound the mean IoU at 95 % (bootstrap by object)."""

    photos: int
    iou: float
    low: float
    high: float
    good: float

    def __str__(self) -> str:
        """Write one cell of a table."""
        return (
            f"{self.iou:.3f} [{self.low:.2f}, {self.high:.2f}] / {100 * self.good:.0f} %"
            if self.photos
            else "-"
        )


def boundary_iou(a: NDArray[np.bool_], b: NDArray[np.bool_], share: float = 0.02) -> float:
    """IoU of the rims alone, ``share`` of the diagonal wide.

    Cheng et al., "Boundary IoU", 2021, https://arxiv.org/abs/2103.16562. ``a`` and ``b`` are (h, w)
    bool.
    """
    width = max(1, round(share * float(np.hypot(*a.shape))))
    return iou(_rim(a, width), _rim(b, width))


def core_iou(found: NDArray[np.bool_], truth: NDArray[np.bool_], share: float = 0.005) -> float:
    """IoU but for a rim on either side of the true outline, ``share`` of the diagonal wide.

    Whether the right thing was found whole, whatever its edge: outlines are seldom true to the
    pixel. Both are (h, w) bool.
    """
    width = max(2.0, share * float(np.hypot(*truth.shape)))
    inside = cv2.distanceTransform(truth.astype(np.uint8), cv2.DIST_L2, 5)
    outside = cv2.distanceTransform((~truth).astype(np.uint8), cv2.DIST_L2, 5)
    sure = np.maximum(inside, outside) > width
    return iou(found & sure, truth & sure)


def error(found: NDArray[np.float32], truth: NDArray[np.float32]) -> float:
    """Mean absolute error of two planes, (h, w) float32 in 0..1."""
    return float(np.abs(found - truth).mean())


def summary(ious: Sequence[float], objects: Sequence[str], *, seed: int = 0) -> Summary:
    """Summarise photos' IoUs; photos of one object are drawn together."""
    values = np.array(ious, np.float64)
    if not values.size:
        return Summary(0, 0, 0, 0, 0)
    names, index = np.unique(np.array(objects), return_inverse=True)
    sums, counts = np.bincount(index, values), np.bincount(index)
    draws = np.random.default_rng(seed).integers(len(names), size=(2000, len(names)))
    means = sums[draws].sum(1) / counts[draws].sum(1)
    low, high = np.quantile(means, (0.025, 0.975))
    return Summary(
        len(values), float(values.mean()), float(low), float(high), float((values > GOOD).mean())
    )


def _rim(mask: NDArray[np.bool_], width: int) -> NDArray[np.bool_]:
    padded = np.pad(mask.astype(np.uint8), 1)
    inner = cv2.erode(padded, np.ones((3, 3), np.uint8), iterations=width)[1:-1, 1:-1]
    rim: NDArray[np.bool_] = mask & (inner == 0)
    return rim
