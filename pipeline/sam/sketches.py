"""Masks before they are drawn: one rough picture per point and way, and what it tells.

A sketch says where a mask lies, how sure the decoder is of it and how stable it may be, each with
an error. What a drawn mask turns out to be corrects the sketches that resemble it: their errors are
much alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.sam import GRID, SIDE, Prompt
from pipeline.sam.boxes import boxes_of, overlaps
from pipeline.sam.preprocess import scaled

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from pipeline.sam import Embedding, Sam

POINTS = 128
"""Points per call of the decoder: the sketches of a batch are sorted out before the next."""
DRAWN = 8
"""Masks chosen at a time: the better ones among them may spare the drawing of worse ones."""
ROUGH, LESS = 0.01, 0.005
"""By so much a sketch may mistake the predicted IoU, and less it counts for than a drawn mask."""
ALONE, BESIDE = 2.5, 2.0
"""By so many standard errors of one pixel in sixteen a sketch may mistake the stability, and how
much more or less of it there is than of a drawn mask that it resembles."""
ALIKE = 0.95
"""IoU of sketches that resemble each other."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What is asked for and what stays; the defaults are the official generator's."""

    points_per_side: int = 32
    predicted_iou: float = 0.88
    stability: float = 0.95
    stability_offset: float = 1.0
    box_iou: float = 0.7


@dataclass(frozen=True, slots=True, eq=False)
class Sketches:
    """N masks that may be good and stable; the arrays change as some of them are drawn.

    ``asked`` is which of the prompts, ``ways`` which of its candidates. ``scores`` and
    ``stabilities`` are estimates, 0..1, until a mask is ``drawn``, and ``errors`` the standard
    errors of the latter. ``boxes`` is (N, 4), XYXY in the square's pixels; ``inside`` is
    (N, rows, columns), a cell of the picture each. ``waiting`` are those not decided.
    """

    prompts: list[Prompt]
    asked: NDArray[np.intp]
    ways: NDArray[np.intp]
    scores: NDArray[np.float32]
    stabilities: NDArray[np.float64]
    errors: NDArray[np.float64]
    boxes: NDArray[np.float32]
    inside: NDArray[np.bool_]
    waiting: NDArray[np.bool_]
    drawn: NDArray[np.bool_]

    def surest(self, among: NDArray[np.bool_]) -> int:
        """Return which one has the highest score."""
        return int(np.where(among, self.scores, -np.inf).argmax())

    def next(self, box_iou: float) -> list[int]:
        """Choose some to be drawn, the surest first.

        What resembles a surer one is left: that one may turn out to be worse, or unstable.
        """
        chosen: list[int] = []
        free = self.waiting.copy()
        while len(chosen) < DRAWN and free.any():
            best = self.surest(free)
            if not self.drawn[best]:
                chosen.append(best)
            free &= overlaps(self.boxes[best], self.boxes) <= box_iou
            free[best] = False
        return chosen

    def give_up_like(self, index: int, stability: float, least: float) -> None:
        """Learn the stability of one that is drawn: so unstable are those that resemble it."""
        near = overlaps(self.boxes[index], self.boxes) > ALIKE
        others = np.flatnonzero(self.waiting & ~self.drawn & near)
        one, many = self.inside[index], self.inside[others]
        both, either = ((one & many).sum(axis=(1, 2)), (one | many).sum(axis=(1, 2)))
        others = others[both > ALIKE * either]
        better = self.stabilities[others] - self.stabilities[index]
        error = self.errors[others] + self.errors[index]
        self.waiting[others[stability + better + BESIDE * error < least]] = False


def grid(embedding: Embedding, per_side: int) -> list[tuple[float, float]]:
    """Spread points (x, y) evenly over the picture, neighbours together: two rows at a time."""
    steps = ((np.arange(per_side) + 0.5) / per_side).tolist()
    rows = [steps[start : start + 2] for start in range(0, per_side, 2)]
    points = [(x, y) for pair in rows for x in steps for y in pair]
    return [(x * embedding.width, y * embedding.height) for x, y in points]


def sketched(sam: Sam, embedding: Embedding, rules: Rules) -> Sketches:
    """Ask for all points; keep the masks that may be good and stable."""
    prompts = [Prompt(points=((x, y, True),)) for x, y in grid(embedding, rules.points_per_side)]
    found = [
        _sorted_out(sam, embedding, prompts, start, rules)
        for start in range(0, len(prompts), POINTS)
    ]
    asked, ways, scores, stabilities, errors, boxes, inside = (
        np.concatenate(parts) for parts in zip(*found, strict=True)
    )
    return Sketches(
        prompts,
        asked,
        ways,
        scores,
        stabilities,
        errors,
        boxes,
        inside,
        waiting=np.ones(len(asked), np.bool_),
        drawn=np.zeros(len(asked), np.bool_),
    )


def _sorted_out(
    sam: Sam, embedding: Embedding, prompts: list[Prompt], start: int, rules: Rules
) -> tuple[NDArray[Any], ...]:
    """Sketch what some prompts ask for: the columns of `Sketches`, ``asked`` to ``inside``."""
    masks = sam.sketch(embedding, prompts[start : start + POINTS])
    rows, columns = (-(-side * GRID // SIDE) for side in scaled(embedding.height, embedding.width))
    index, way = np.nonzero(masks.scores[:, 1:] > rules.predicted_iou - ROUGH)
    seen = masks.logits[index, way + 1, :rows, :columns]
    outer = np.maximum(1, np.count_nonzero(seen > -rules.stability_offset, axis=(1, 2)))
    inner = np.count_nonzero(seen > rules.stability_offset, axis=(1, 2))
    stability, error = inner / outer, (np.sqrt(outer - inner) + 1) / outer
    may = stability + ALONE * error >= rules.stability
    asked, way, inside = start + index[may], way[may] + 1, seen[may] > 0
    return (
        asked,
        way,
        masks.scores[index[may], way] - np.float32(LESS),
        stability[may],
        error[may],
        boxes_of(inside),
        inside,
    )
