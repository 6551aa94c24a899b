"""A rough box that somebody else drew: whether there is anything in it that SAM has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from pipeline.sam import LOW_RES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MIN_SHARE: Final = 0.1
"""Of the box, what an answer covers that speaks for it."""
MIN_INSIDE: Final = 0.7
"""Of what was outlined by the box, what lies in it."""


def speaks_for(
    box: tuple[float, float, float, float],
    answers: Sequence[NDArray[np.float32]],
    size: tuple[int, int],
) -> bool:
    """Tell whether some answer covers enough of ``box``, XYXY in pixels of a photo of ``size``.

    ``answers`` are (256, 256) float32 logits over SAM's padded square, above 0 inside.
    """
    rows, columns = _window(box, size)
    return any((one[rows, columns] > 0).mean() >= MIN_SHARE for one in answers)


def fills(
    box: tuple[float, float, float, float], answer: NDArray[np.float32], size: tuple[int, int]
) -> bool:
    """Tell whether an answer to the box lies in it for the most part, and covers enough of it.

    ``box`` is left, top, right, bottom in pixels of the photo, whose ``size`` is (width, height);
    ``answer`` is (256, 256) float32 logits over SAM's padded square.
    """
    rows, columns = _window(box, size)
    inside = answer > 0
    within = np.count_nonzero(inside[rows, columns])
    return bool(within >= MIN_INSIDE * np.count_nonzero(inside)) and speaks_for(box, [answer], size)


def _window(box: tuple[float, float, float, float], size: tuple[int, int]) -> tuple[slice, slice]:
    """Give the cells of a box: one at least."""
    unit = LOW_RES / max(size)
    left, top, right, bottom = (round(side * unit) for side in box)
    return slice(min(top, LOW_RES - 1), max(bottom, top + 1)), slice(
        min(left, LOW_RES - 1), max(right, left + 1)
    )
