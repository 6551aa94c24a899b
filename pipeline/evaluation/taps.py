"""A simulated seller who taps where the cut-out is most wrong.

As interactive segmentation is measured: the next tap is the deepest place of the largest error.
Sofiiuk et al., "Reviving Iterative Training with Mask Guidance", 2021,
https://arxiv.org/abs/2102.06583.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.foreground.clicks import Clicks, refine
from pipeline.foreground.prompts import unit_of
from pipeline.foreground.saliency import on_square
from pipeline.masks import depth
from pipeline.sam import LOW_RES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.foreground import Head
    from pipeline.sam import Embedding, Sam

    Logits = NDArray[np.float32]

TAPS = 3


def tapped(
    sam: Sam, head: Head, embedding: Embedding, first: Logits | None, truth: NDArray[np.bool_]
) -> list[Logits]:
    """Return the answers after 1, 2 and 3 taps; ``truth`` has the picture's size.

    ``first`` is the answer to mend, None where nothing was found. ``first`` and the answers are
    (256, 256) float32 logits over the padded square, ``truth`` is (h, w) bool.
    """
    wanted = on_square(truth.astype(np.float32), embedding)
    points: tuple[tuple[float, float, bool], ...] = ()
    answers: list[Logits] = []
    mask = first
    for _ in range(TAPS):
        tap = next_tap(embedding, mask, wanted)
        if tap is not None:
            points += (tap,)
            mask = refine(sam, head, embedding, Clicks(points, mask=mask)).logits
        if mask is None:
            break
        answers.append(mask)
    return answers


def boxed(sam: Sam, head: Head, embedding: Embedding, truth: NDArray[np.bool_]) -> Logits | None:
    """Return the answer to the box around the product; None where there is no product.

    ``truth`` is (h, w) bool, the answer (256, 256) float32 logits over the padded square.
    """
    rows, columns = np.flatnonzero(truth.any(1)), np.flatnonzero(truth.any(0))
    if not rows.size:
        return None
    box = (float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))
    return refine(sam, head, embedding, Clicks(box=box)).logits


def next_tap(
    embedding: Embedding, mask: Logits | None, wanted: NDArray[np.float32]
) -> tuple[float, float, bool] | None:
    """Find the middle of the largest error, in the picture's pixels; None where there is none.

    ``mask`` is (256, 256) float32 logits over the padded square, ``wanted`` (256, 256) float32 in
    0..1.
    """
    rows, columns = embedding.valid(LOW_RES)
    inside = np.zeros((rows, columns), np.bool_) if mask is None else mask[:rows, :columns] > 0
    truth = wanted[:rows, :columns] > 0.5  # noqa: PLR2004 - half a cell
    deepest: tuple[float, int, int, bool] = (0.0, 0, 0, True)
    for wrong, include in ((truth & ~inside, True), (inside & ~truth, False)):
        deep = depth(wrong)
        place = np.unravel_index(int(deep.argmax()), deep.shape)
        if deep[place] > deepest[0]:
            deepest = (float(deep[place]), int(place[0]), int(place[1]), include)
    there, row, column, include = deepest
    if not there:
        return None
    unit = unit_of(embedding)
    return (column + 0.5) * unit, (row + 0.5) * unit, include
