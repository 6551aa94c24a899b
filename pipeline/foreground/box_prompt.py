"""What a box drawn by the seller means: SAM's answers to it, weighed by the head's map inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.foreground import prompts
from pipeline.foreground.rank import agreement, sigmoid
from pipeline.foreground.select import Candidate
from pipeline.masks import box_iou, extent
from pipeline.sam import LOW_RES, Prompt

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from pipeline.sam import Embedding, Sam

    Logits = NDArray[np.float32]
    Sides = tuple[float, float, float, float]

BOX_WEIGHT, MAP_WEIGHT = 0.5, 0.25
"""What it is worth that an answer's own box is the seller's, and that it is what the map shows.

In the IoU that the decoder predicts. With the true box of 111 photos used for tuning, mean IoU at
256 x 256: 0.899 by the decoder's word for the box alone, 0.909 with the map as a second prompt,
0.921 with these; the best answers have 0.930.
"""
MIN_MAP_IN_BOX = 0.75
"""Where less than this share of the head's map lies in the box, the seller means another thing.

The map then does harm: SAM's single answer to the box alone is taken.
"""


def in_box(
    sam: Sam, embedding: Embedding, box: Sides, head: Callable[[Embedding], Logits]
) -> Candidate:
    """Outline what fills ``box``, XYXY in the original picture's pixels.

    ``head`` gives (256, 256) float32 logits over the padded square, above 0 on the product.
    """
    rows, columns = embedding.valid(LOW_RES)
    seen = np.s_[:rows, :columns]
    unit = prompts.unit_of(embedding)
    sides = box[0] / unit, box[1] / unit, box[2] / unit, box[3] / unit
    whole = head(embedding)
    cells = _cells(sides, (columns, rows))
    if np.count_nonzero(whole[cells] > 0) < MIN_MAP_IN_BOX * np.count_nonzero(whole[seen] > 0):
        masks = sam.decode(embedding, [Prompt(box=box)])
        return Candidate(masks.logits[0, 0], min(max(float(masks.scores[0, 0]), 0.0), 1.0))
    logits = _within(whole, cells)
    first, *_ = prompts.from_map(embedding, logits)
    masks = sam.decode(embedding, [Prompt(box=box), Prompt(first.points, box, first.mask)])
    found, scores = masks.logits.reshape(-1, LOW_RES, LOW_RES), masks.scores.ravel()
    inside = [extent((one[seen] > 0).astype(np.uint8)) for one in found]
    fills = box_iou(np.array(sides, np.float32), np.array(inside, np.float32))
    probability = sigmoid(logits[seen])
    agrees = [agreement(sigmoid(one[seen]), probability) for one in found]
    best = int(np.argmax(scores + BOX_WEIGHT * fills + MAP_WEIGHT * np.array(agrees)))
    return Candidate(found[best], min(max(float(scores[best]), 0.0), 1.0))


def _cells(sides: Sides, size: tuple[int, int]) -> tuple[slice, slice]:
    """Return the rows and columns of the map in a box, one cell at least."""
    columns, rows = (
        slice(min(max(int(low), 0), most - 1), max(min(int(high), most), int(low) + 1, 1))
        for low, high, most in zip(sides[:2], sides[2:], size, strict=True)
    )
    return rows, columns


def _within(logits: Logits, cells: tuple[slice, slice]) -> Logits:
    """Keep of a map what lies in the box, which holds something for sure: one cell at least."""
    kept = np.full_like(logits, -prompts.MASK_LIMIT)
    part = logits[cells]
    kept[cells] = part + max(0.0, 1 - float(part.max()))
    return kept
