"""What a seller, or a model, chooses among where the choice is in doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.foreground.select import Candidate

MOST_OFFERED: Final = 5
"""Candidates that are shown at a time: more are scraps, and nobody chooses them."""


def in_order(candidates: Sequence[Candidate]) -> list[NDArray[np.float32]]:
    """Give the best one first, then the larger before the smaller: whole things before parts.

    Each is logits of (256, 256) float32 over SAM's padded square, above 0 inside.
    """
    best, *others = [candidate.logits for candidate in candidates[:MOST_OFFERED]]
    return [best, *sorted(others, key=lambda logits: -np.count_nonzero(logits > 0))]
