"""Refine an outline by clicks: points, a box and an earlier answer become a new one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.foreground.box_prompt import in_box
from pipeline.foreground.prompts import MASK_LIMIT, smooth, unit_of
from pipeline.foreground.select import Candidate
from pipeline.masks import depth, iou
from pipeline.sam import LOW_RES, Prompt

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from pipeline.sam import Embedding, Sam

    Logits = NDArray[np.float32]

CONTINUITY_WEIGHT = 0.5
"""What an IoU of 1 with the earlier answer is worth, in the IoU that the decoder predicts."""
CENTRALITY_WEIGHT = 0.6
"""What it is worth that the last point is the middle of what changes: people tap there."""
LOCAL_EDIT_SCORE = 0.6
"""What mending the outline around the point alone is worth, in the IoU that the decoder predicts.

These three on 111 photos used for tuning and one simulated tap each: where the answer was below 0.8
(0.58 on average) the tap led to 0.77, between 0.8 and 0.95 (0.89) to 0.93, and where it was better
(0.980) to 0.978.
"""
MIN_SIGMA, MAX_SIGMA = 2.0, 8.0
"""Deviation in cells of what is added to the logits around the point, at least and at most."""
MAX_EDIT_DISTANCE = 24.0
"""Cells from the outline beyond which a point is not about the outline."""
CLICK_LOGIT = 2.0
"""Logits at a point that is heeded."""
MIN_KEPT_SHARE = 0.2
"""The share of the earlier answer that a point leaves: most of an answer is not a mistake in it."""
RIM = np.ones((3, 3), np.uint8)
"""What is thinner than this, in cells, is a rim."""
NEAR, REACH = 3.0, 5.0
"""Cells within which a region is at a point, and how far it goes, in distances to the outline.

Without this guard a third tap took two of 117 photos to an IoU of 0, and one tap another from 0.97
to 0.76.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Clicks:
    """What the seller pointed at, in the original picture's pixels.

    ``points`` are (x, y, include), all of them so far; ``box`` is XYXY; ``mask`` is the earlier
    answer to go on from, (256, 256) float32 logits over the padded square. At least one is given.
    """

    points: tuple[tuple[float, float, bool], ...] = ()
    box: tuple[float, float, float, float] | None = None
    mask: NDArray[np.float32] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.points and self.box is None and self.mask is None:
            raise ValueError("a clicks needs a point, a box or a mask")


def refine(
    sam: Sam, head: Callable[[Embedding], Logits], embedding: Embedding, clicks: Clicks
) -> Candidate:
    """Outline what ``clicks`` means, on the embedding that is there: no encoding.

    A box alone is for `in_box`, which asks ``head`` as well. Else asked are the earlier answer with
    the points and the box, these alone, and what is at the last point, added to the earlier answer
    or taken from it; the outline may also be mended around that point alone. That answer wins which
    the decoder trusts, which changes the earlier one least, and in the middle of whose change the
    last point lies. ``head`` gives (256, 256) float32 logits over the padded square, above 0 on the
    product.
    """
    mask = clicks.mask
    if clicks.box is not None and mask is None and not clicks.points:
        return in_box(sam, embedding, clicks.box, head)
    prompts = [Prompt(clicks.points, clicks.box, None if mask is None else smooth(mask))]
    if mask is not None and (clicks.points or clicks.box):
        prompts.append(Prompt(clicks.points, clicks.box))
    if mask is not None and clicks.points:
        x, y, _ = clicks.points[-1]
        prompts.append(Prompt(((x, y, True),)))
    masks = sam.decode(embedding, prompts)
    answers = [
        (masks.logits[prompt, way], float(masks.scores[prompt, way]))
        for prompt in range(len(prompts))
        for way in range(masks.scores.shape[1])
    ]
    rows, columns = embedding.valid(LOW_RES)
    seen = np.s_[:rows, :columns]
    cell = _cell(embedding, clicks.points[-1]) if clicks.points else None
    include = not clicks.points or clicks.points[-1][2]
    away = 0.0
    if mask is not None and cell is not None:
        mask = np.clip(mask, -MASK_LIMIT, MASK_LIMIT)
        answers = answers[:-4] + [
            (np.maximum(mask, there) if include else np.minimum(mask, -there), sure)
            for there, sure in answers[-4:]
        ]
        away = _distance_to_outline(mask > 0, cell)
        if away < MAX_EDIT_DISTANCE:
            answers.append((_edited_near(mask, cell, away, include=include), LOCAL_EDIT_SCORE))
    earlier = np.zeros((rows, columns), np.bool_) if mask is None else mask[seen] > 0

    def worth(answer: tuple[Logits, float]) -> float:
        logits, sure = answer
        inside = logits[seen] > 0
        if not include and np.count_nonzero(inside & earlier) < MIN_KEPT_SHARE * np.count_nonzero(
            earlier
        ):
            return 0.0
        central = 0.0 if cell is None else _centrality(inside ^ earlier, cell)
        same = iou(inside, earlier, empty=0)
        return sure + CONTINUITY_WEIGHT * same + CENTRALITY_WEIGHT * central

    best, sure = max(answers, key=worth)
    if mask is not None and cell is not None:
        best = _changed_at(mask, best, cell, away)
    return Candidate(best, min(max(sure, 0.0), 1.0))


def _changed_at(earlier: Logits, found: Logits, cell: tuple[int, int], away: float) -> Logits:
    """Keep of what ``found`` changes only the region at a cell: a tap speaks of no other.

    Changes as thin as a rim join no regions. A point beside the outline, ``away`` cells from it, is
    about a small place.
    """
    changed = ((earlier > 0) ^ (found > 0)).astype(np.uint8)
    _, regions = cv2.connectedComponents(cv2.morphologyEx(changed, cv2.MORPH_OPEN, RIM))
    down, across = np.ogrid[: earlier.shape[0], : earlier.shape[1]]
    distance = np.hypot(down - cell[0], across - cell[1])
    touched = np.unique(regions[(distance <= NEAR) & (regions > 0)])
    at_it = cv2.dilate(np.isin(regions, touched).astype(np.uint8), RIM) > 0
    near = (at_it | (distance <= NEAR)) & (distance <= REACH * max(away, NEAR))
    return np.asarray(np.where(near, found, earlier), np.float32)


def _edited_near(mask: Logits, cell: tuple[int, int], away: float, *, include: bool) -> Logits:
    """Raise or lower a mask around a cell, as far as the outline is away, until it is heeded."""
    reach = min(max(away, MIN_SIGMA), MAX_SIGMA)
    lack = max(CLICK_LOGIT - mask[cell], 0.0) if include else min(-CLICK_LOGIT - mask[cell], 0.0)
    down, across = (np.arange(LOW_RES) - middle for middle in cell)
    bump = np.exp(-(down[:, None] ** 2 + across[None] ** 2) / (2 * reach**2))
    return np.asarray(mask + lack * bump, np.float32)


def _distance_to_outline(inside: NDArray[np.bool_], cell: tuple[int, int]) -> float:
    """Measure the distance in cells from one of them to the outline."""
    return float(depth(inside if inside[cell] else ~inside)[cell])


def _centrality(changed: NDArray[np.bool_], cell: tuple[int, int]) -> float:
    """Tell how deep in what changes a cell lies, 1 at its deepest and 0 outside."""
    deep = depth(changed)
    return float(deep[cell] / max(deep.max(), 1.0))


def _cell(embedding: Embedding, point: tuple[float, float, bool]) -> tuple[int, int]:
    """Return the row and column of the (256, 256) map in which a point lies."""
    x, y, _ = point
    unit = unit_of(embedding)
    rows, columns = embedding.valid(LOW_RES)
    return min(max(int(y / unit), 0), rows - 1), min(max(int(x / unit), 0), columns - 1)
