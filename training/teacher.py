"""Sure labels only: where a saliency network and SAM's decoder see the same thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.foreground.prompts import from_map
from pipeline.foreground.rank import agreement, sigmoid
from pipeline.foreground.saliency import on_square
from pipeline.sam import LOW_RES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.sam import Embedding, Sam
    from pipeline.values import Plane

MIN_AGREEMENT = 0.9
"""The soft IoU of both from which a label is taught."""


@dataclass(frozen=True, slots=True, eq=False)
class Label:
    """What the head should answer for one photo.

    ``product`` is (256, 256) uint8 over the padded square, 255 on the product; ``known`` is
    (256, 256) bool: where the answer is sure enough to be taught. ``sureness`` is the soft IoU of
    the two opinions, 1 where the outline was given.
    """

    product: NDArray[np.uint8]
    known: NDArray[np.bool_]
    sureness: float


def outlined(mask: Plane, embedding: Embedding) -> Label:
    """Label by an outline that is known, (height, width) float32 in 0..1."""
    square = on_square(mask, embedding)
    rows, columns = embedding.valid(LOW_RES)
    known = np.zeros(square.shape, np.bool_)
    known[:rows, :columns] = True
    return Label((square * 255).astype(np.uint8), known, 1.0)


def agreed(sam: Sam, embedding: Embedding, salient: Plane) -> Label:
    """Label by what ``salient``, (height, width) float32 in 0..1, and SAM have in common."""
    rows, columns = embedding.valid(LOW_RES)
    square = on_square(salient, embedding)
    logits = np.clip((square - 0.5) * 16, -8, 8).astype(np.float32)
    known = np.zeros(square.shape, np.bool_)
    if not (logits > 0).any():
        return Label(np.zeros(square.shape, np.uint8), known, 0.0)
    masks = sam.decode(embedding, from_map(embedding, logits)[:1])
    answers = list(sigmoid(masks.logits[0]))
    for answer in answers:
        answer[rows:] = answer[:, columns:] = 0
    fits = [agreement(answer, square) for answer in answers]
    best = answers[int(np.argmax(fits))]
    known[:rows, :columns] = ((best > 0.5) == (square > 0.5))[:rows, :columns]
    return Label((best * 255).astype(np.uint8), known, max(fits))
