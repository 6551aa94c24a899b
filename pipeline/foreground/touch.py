"""The seller's finger: points, a box and an earlier answer become one outline, in milliseconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pipeline.foreground.ask import smooth
from pipeline.foreground.choose import Candidate
from pipeline.foreground.rank import agreement, sigmoid
from pipeline.sam import LOW_RES, Prompt

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.sam import Embedding, Sam

    Logits = NDArray[np.float32]

KEPT = 0.5
"""What full agreement with the earlier answer is worth, in the IoU that the decoder predicts."""
INSIDE, OUTSIDE = 1.0, -1.0
"""Logits at which a point counts as heeded."""


@dataclass(frozen=True, slots=True, eq=False)
class Touch:
    """What the seller pointed at, in the original picture's pixels.

    ``points`` are (x, y, include), all of them so far; ``box`` is XYXY; ``mask`` is the earlier
    answer to go on from, (256, 256) float32 logits over the padded square. At least one is given.
    """

    points: tuple[tuple[float, float, bool], ...] = ()
    box: tuple[float, float, float, float] | None = None
    mask: NDArray[np.float32] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.points and self.box is None and self.mask is None:
            raise ValueError("a touch needs a point, a box or a mask")


def refine(sam: Sam, embedding: Embedding, touch: Touch) -> Candidate:
    """Outline what ``touch`` means, on the embedding that is there: no encoding.

    Asked are the earlier answer with the points and the box, these alone, and what is at the last
    point, added to the earlier answer or taken from it. Of the answers that heed the most points
    the one wins that the decoder trusts and that changes the earlier answer least.
    """
    mask = None if touch.mask is None else smooth(touch.mask)
    prompts = [Prompt(touch.points, touch.box, mask)]
    if mask is not None and (touch.points or touch.box):
        prompts.append(Prompt(touch.points, touch.box))
    if mask is not None and touch.points:
        x, y, _ = touch.points[-1]
        prompts.append(Prompt(((x, y, True),)))
    masks = sam.decode(embedding, prompts)
    found = [
        (masks.logits[prompt, way], float(masks.scores[prompt, way]))
        for prompt in range(len(prompts))
        for way in range(masks.scores.shape[1])
    ]
    if mask is not None and touch.points:
        found = found[:-4] + [
            (_joined(mask, there, include=touch.points[-1][2]), sure) for there, sure in found[-4:]
        ]
    rows, columns = embedding.valid(LOW_RES)
    earlier = None if mask is None else sigmoid(mask[:rows, :columns])

    def worth(answer: tuple[Logits, float]) -> tuple[int, float]:
        logits, sure = answer
        kept = agreement(sigmoid(logits[:rows, :columns]), earlier) if earlier is not None else 0
        return _heeded(embedding, logits, touch.points), sure + KEPT * kept

    best, sure = max(found, key=worth)
    return Candidate(best, min(max(sure, 0.0), 1.0))


def _joined(mask: Logits, there: Logits, *, include: bool) -> Logits:
    """Add what is at a point to a mask, or take it away."""
    return np.maximum(mask, there) if include else np.minimum(mask, -there)


def _heeded(
    embedding: Embedding, logits: Logits, points: tuple[tuple[float, float, bool], ...]
) -> int:
    """Count the points that lie on the side of the outline where they belong."""
    unit = LOW_RES / max(embedding.width, embedding.height)
    rows, columns = embedding.valid(LOW_RES)
    heeded = 0
    for x, y, include in points:
        row, column = min(max(int(y * unit), 0), rows - 1), min(max(int(x * unit), 0), columns - 1)
        level = float(logits[row, column])
        heeded += level > INSIDE if include else level < OUTSIDE
    return heeded
