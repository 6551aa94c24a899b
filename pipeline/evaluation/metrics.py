"""The figures of one cut-out: IoU, rim, error, and the measures of the saliency literature.

S-measure: Fan et al., "Structure-measure", 2017, https://arxiv.org/abs/1708.00786. Weighted F:
Margolin et al., "How to Evaluate Foreground Maps?", 2014. Both by PySODMetrics.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pipeline.errors import SettingsError
from pipeline.evaluation.measure import boundary_iou, core_iou, error
from pipeline.masks import iou

if TYPE_CHECKING:
    from numpy.typing import NDArray

INSIDE = 0.5


@dataclass(frozen=True, slots=True)
class Figures:
    """How one cut-out compares with its outline; all are 0..1, and all but ``mae`` best at 1."""

    iou: float
    core_iou: float
    boundary_iou: float
    mae: float
    s_measure: float
    weighted_f: float


class Overlaps(NamedTuple):
    """The IoU of one cut-out, and that without the rim of the outline."""

    iou: float
    core_iou: float


def overlaps(alpha: NDArray[np.float32], truth: NDArray[np.bool_]) -> Overlaps:
    """Compare where ``alpha`` is above one half with ``truth``.

    ``alpha`` is (h, w) float32 in 0..1, ``truth`` (h, w) bool.
    """
    inside = alpha > INSIDE
    return Overlaps(iou(inside, truth), core_iou(inside, truth))


def figures(alpha: NDArray[np.float32], truth: NDArray[np.bool_]) -> Figures:
    """Compare ``alpha``, (h, w) float32 in 0..1, with ``truth``, (h, w) bool.

    Raises SettingsError where PySODMetrics is not installed.
    """
    try:
        from py_sod_metrics import Smeasure, WeightedFmeasure  # noqa: PLC0415 - an extra
    except ImportError as missing:
        raise SettingsError(f"pip install '.[evaluate]' ({missing})") from missing
    shown, known = (np.clip(alpha, 0, 1) * 255).astype(np.uint8), truth.astype(np.uint8) * 255
    structure, weighted = Smeasure(), WeightedFmeasure()
    structure.step(shown, known)
    # Without anything to find, the weighted F has nothing to weigh.
    weighted_f = float(not (alpha > INSIDE).any())
    if truth.any():
        weighted.step(shown, known)
        weighted_f = float(weighted.get_results()["wfm"])
    inside = alpha > INSIDE
    return Figures(
        **overlaps(alpha, truth)._asdict(),
        boundary_iou=boundary_iou(inside, truth),
        mae=error(alpha, truth.astype(np.float32)),
        s_measure=float(structure.get_results()["sm"]),
        weighted_f=weighted_f,
    )
