"""Refine an outline by clicks: points, a box and an earlier answer become a new one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.foreground.box_prompt import in_box
from pipeline.foreground.prompts import MASK_LIMIT, from_map, smooth, unit_of
from pipeline.foreground.rank import agreement, sigmoid
from pipeline.foreground.select import Candidate
from pipeline.masks import depth, iou
from pipeline.sam import LOW_RES, Prompt

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from pipeline.sam import Embedding, Sam

    Logits = NDArray[np.float32]
    Answer = tuple[Logits, float]
    Points = tuple[tuple[float, float, bool], ...]

CONTINUITY_WEIGHT = 0.5
"""What an IoU of 1 with the earlier answer is worth, in the IoU that the decoder predicts."""
CENTRALITY_WEIGHT = 0.6
"""What it is worth that the last point is the middle of what changes: people tap there."""
LOCAL_EDIT_SCORE = 0.6
"""What mending the outline around the point alone is worth, in the IoU that the decoder predicts.

What a tap leads to is in ``docs/lab/editor.md``. The earlier answer with all points was asked with
before, and these points alone: three times the work, for the same IoU.
"""
MAP_WEIGHT = 1.0
"""What it is worth that the answer to points alone is what the head's map shows."""
NEAR_A_PIECE = np.ones((5, 5), np.uint8)
"""Cells around a piece of the map that go with it."""
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

    ``points`` are (x, y, include), all of them so far; with a mask the last one counts, and the
    mask has what was said before it. ``box`` is XYXY; ``mask`` is the earlier answer to go on from,
    (256, 256) float32 logits over the padded square. At least one is given.
    """

    points: tuple[tuple[float, float, bool], ...] = ()
    box: tuple[float, float, float, float] | None = None
    mask: NDArray[np.float32] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.points and self.box is None and self.mask is None:
            raise ValueError("clicks need a point, a box or a mask")


def refine(
    sam: Sam, head: Callable[[Embedding], Logits], embedding: Embedding, clicks: Clicks
) -> Candidate:
    """Outline what ``clicks`` means, on the embedding that is there: no encoding.

    A point on an earlier answer mends it there; points alone say what the product is, and so does a
    box alone, for which see `in_box`. ``head`` gives (256, 256) float32 logits over the padded
    square, above 0 on the product.
    """
    points, box, mask = clicks.points, clicks.box, clicks.mask
    if points and mask is not None:
        return _mended(sam, embedding, points[-1], mask)
    if box is not None and mask is None and not points:
        return in_box(sam, embedding, box, head)
    if points and box is None:
        return _tapped(sam, head, embedding, points)
    prompts = [Prompt(points, box, None if mask is None else smooth(mask))]
    if mask is not None and box is not None:
        prompts.append(Prompt(points, box))
    earlier = None if mask is None else mask > 0
    answers = _answers(sam, embedding, prompts)

    def worth(answer: Answer) -> float:
        logits, sure = answer
        same = 0.0 if earlier is None else iou(logits > 0, earlier, empty=0)
        return sure + CONTINUITY_WEIGHT * same

    return _candidate(*max(answers, key=worth))


def _answers(sam: Sam, embedding: Embedding, prompts: list[Prompt]) -> list[Answer]:
    """Ask, and return all answers to all prompts with the IoU that the decoder predicts."""
    masks = sam.decode(embedding, prompts)
    return [
        (masks.logits[prompt, way], float(masks.scores[prompt, way]))
        for prompt in range(len(prompts))
        for way in range(masks.scores.shape[1])
    ]


def _candidate(logits: Logits, sure: float) -> Candidate:
    return Candidate(logits, min(max(sure, 0.0), 1.0))


def _tapped(
    sam: Sam, head: Callable[[Embedding], Logits], embedding: Embedding, points: Points
) -> Candidate:
    """Outline what points alone mean, of which a whole, a part and a part of that may be meant.

    Where the head sees a product at the last one, SAM is asked by the piece of the head's map with
    the points, and that answer wins which is most like the piece: asked by the points alone too,
    it takes twice as long for the same IoU. Elsewhere another thing is meant: the answer in whose
    middle the point lies.
    """
    cell, seen = _cell(embedding, points[-1]), embedding.window(LOW_RES)
    piece = _piece(head(embedding), cell) if points[-1][2] else None
    prompt = Prompt(points)
    if piece is not None:
        shown, *_ = from_map(embedding, piece)
        prompt = Prompt(points, shown.box, shown.mask)
    probability = None if piece is None else sigmoid(piece[seen])

    def worth(answer: Answer) -> float:
        logits, sure = answer
        if probability is None:
            return sure + CENTRALITY_WEIGHT * _centrality(logits[seen] > 0, cell)
        return sure + MAP_WEIGHT * agreement(sigmoid(logits[seen]), probability)

    return _candidate(*max(_answers(sam, embedding, [prompt]), key=worth))


def _mended(
    sam: Sam, embedding: Embedding, point: tuple[float, float, bool], mask: Logits
) -> Candidate:
    """Mend an earlier answer at a point, and nowhere else.

    Asked is what is at the point: it is added or taken away; near the outline that may also be
    mended around the point alone. That answer wins which the decoder trusts, which changes the
    earlier one least, and in the middle of whose change the point lies.
    """
    x, y, include = point
    seen, cell = embedding.window(LOW_RES), _cell(embedding, point)
    mask = np.clip(mask, -MASK_LIMIT, MASK_LIMIT)
    answers = [
        (np.maximum(mask, there) if include else np.minimum(mask, -there), sure)
        for there, sure in _answers(sam, embedding, [Prompt(((x, y, True),))])
    ]
    earlier = mask[seen] > 0
    least = 0.0 if include else MIN_KEPT_SHARE * np.count_nonzero(earlier)
    answers = [
        answer for answer in answers if np.count_nonzero((answer[0][seen] > 0) & earlier) >= least
    ]
    away = _distance_to_outline(mask > 0, cell)
    if away < MAX_EDIT_DISTANCE or not answers:
        answers.append((_edited_near(mask, cell, away, include=include), LOCAL_EDIT_SCORE))

    def worth(answer: Answer) -> float:
        logits, sure = answer
        inside = logits[seen] > 0
        central = _centrality(inside ^ earlier, cell)
        same = iou(inside, earlier, empty=0)
        return sure + CONTINUITY_WEIGHT * same + CENTRALITY_WEIGHT * central

    best, sure = max(answers, key=worth)
    return _candidate(_changed_at(mask, best, cell, away), sure)


def _piece(logits: Logits, cell: tuple[int, int]) -> Logits | None:
    """Leave of a map the piece at a cell alone; None where there is none."""
    _, pieces = cv2.connectedComponents((logits > 0).astype(np.uint8))
    if not pieces[cell]:
        return None
    near = cv2.dilate((pieces == pieces[cell]).astype(np.uint8), NEAR_A_PIECE) > 0
    return np.asarray(np.where(near, logits, np.float32(-MASK_LIMIT)), np.float32)


def _changed_at(earlier: Logits, found: Logits, cell: tuple[int, int], away: float) -> Logits:
    """Keep of what ``found`` changes only the region at a cell: a tap speaks of no other.

    Changes as thin as a rim join no regions. A point beside the outline, ``away`` cells from it, is
    about a small place.
    """
    changed = ((earlier > 0) ^ (found > 0)).astype(np.uint8)
    count, regions = cv2.connectedComponents(cv2.morphologyEx(changed, cv2.MORPH_OPEN, RIM))
    down, across = (np.square(np.arange(LOW_RES, dtype=np.float32) - middle) for middle in cell)
    distance = down[:, None] + across[None]
    beside = distance <= NEAR**2
    touched = np.zeros(count, np.uint8)
    touched[regions[beside]] = 1
    touched[0] = 0
    at_it = cv2.dilate(touched[regions], RIM) > 0
    near = (at_it | beside) & (distance <= (REACH * max(away, NEAR)) ** 2)
    return np.where(near, found, earlier)


def _edited_near(mask: Logits, cell: tuple[int, int], away: float, *, include: bool) -> Logits:
    """Raise or lower a mask around a cell, as far as the outline is away, until it is heeded."""
    reach = min(max(away, MIN_SIGMA), MAX_SIGMA)
    lack = max(CLICK_LOGIT - mask[cell], 0.0) if include else min(-CLICK_LOGIT - mask[cell], 0.0)
    down, across = (
        np.exp(-np.square(np.arange(LOW_RES, dtype=np.float32) - middle) / (2 * reach**2))
        for middle in cell
    )
    return np.asarray(mask + np.float32(lack) * down[:, None] * across[None], np.float32)


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
