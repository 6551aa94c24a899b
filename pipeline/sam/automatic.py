"""Every segment of a picture: the official automatic mask generator's behaviour on our decoder.

A grid of points is asked for, and what the decoder predicts to be good, what is stable, and what
is no duplicate by its box stays: `SamAutomaticMaskGenerator` of `segment-anything` with one crop,
the whole picture. The official code scales three masks per point to the picture's own size first
and sorts out afterwards. Here the decoder sketches all of them roughly, and in the order of their
scores only those are drawn that no better one suppresses; what decides are the drawn ones, and
their own scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.sam import GRID, LOW_RES, SIDE, Prompt
from pipeline.sam.boxes import boxes_of, overlaps
from pipeline.sam.preprocess import scaled

if TYPE_CHECKING:
    from collections.abc import Container

    from numpy.typing import NDArray

    from pipeline.sam import Embedding, Sam
    from pipeline.values import Box

UP = SIDE // LOW_RES
POINTS = 64
"""Points per call of the decoder: the sketches of a batch are sorted out before the next."""
DRAWN = 8
"""Masks drawn at a time: the better ones among them may spare the drawing of worse ones."""
CLOSE = 0.002
"""So close to the bound the stability is counted as the official code does, at the photo's size;
of small masks, whose outline is all there is, farther off: by 1 through the area's square root."""
ROUGH, DOUBT = 0.01, 2.5
"""What a sketch may mistake: the predicted IoU by so much, the stability by so many standard errors
of one pixel in sixteen."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What is asked for and what stays; the defaults are the official generator's."""

    points_per_side: int = 32
    predicted_iou: float = 0.88
    stability: float = 0.95
    stability_offset: float = 1.0
    box_iou: float = 0.7


OFFICIAL = Rules()


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """One thing, or part of one, in a picture.

    ``logits`` is (256, 256) float32 over the padded square, above 0 inside. ``box`` is XYXY in
    the original picture's pixels, ``area`` its pixels inside, both to the square's precision;
    ``predicted_iou`` and ``stability`` are 0..1; ``point`` (x, y) is what was asked for.
    """

    logits: NDArray[np.float32]
    box: Box
    area: int
    predicted_iou: float
    stability: float
    point: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class _Sketches:
    """Masks that are not drawn yet: which of the prompts was asked, which way, and how sure.

    ``scores`` are estimates until a mask is drawn; ``boxes``, (N, 4), are XYXY in the square's
    pixels.
    """

    prompts: list[Prompt]
    asked: NDArray[np.intp]
    ways: NDArray[np.intp]
    scores: NDArray[np.float32]
    boxes: NDArray[np.float32]


def segments(sam: Sam, embedding: Embedding, rules: Rules = OFFICIAL) -> tuple[Segment, ...]:
    """Find every segment, those first that the decoder is surest of."""
    sketches = _sketched(sam, embedding, rules)
    waiting = np.ones(len(sketches.scores), np.bool_)
    drawn: dict[int, Segment] = {}
    kept: list[Segment] = []
    boxes = np.empty((0, 4), np.float32)
    while waiting.any():
        best = int(np.where(waiting, sketches.scores, -np.inf).argmax())
        if best not in drawn:
            chosen = _next(sketches, waiting, drawn, rules.box_iou)
            drawn |= _drawn(sam, embedding, sketches, sketches.asked[chosen], waiting, rules)
            continue
        segment = drawn.pop(best)
        waiting[best] = False
        box = np.array(segment.box, np.float32) * np.float32(embedding.scale)
        if (overlaps(box, boxes) <= rules.box_iou).all():
            kept.append(segment)
            boxes = np.concatenate([boxes, box[None]])
            waiting &= overlaps(box, sketches.boxes) <= rules.box_iou
            waiting[list(drawn)] = True
    return tuple(kept)


def grid(embedding: Embedding, per_side: int) -> list[tuple[float, float]]:
    """Spread points (x, y) evenly over the picture, neighbours together: two rows at a time."""
    steps = ((np.arange(per_side) + 0.5) / per_side).tolist()
    rows = [steps[start : start + 2] for start in range(0, per_side, 2)]
    points = [(x, y) for pair in rows for x in steps for y in pair]
    return [(x * embedding.width, y * embedding.height) for x, y in points]


def full_size(logits: NDArray[np.float32], width: int, height: int) -> NDArray[np.bool_]:
    """Scale (256, 256) logits to the picture: what is inside."""
    return np.asarray(_scaled_up(logits, width, height) > 0)


def _scaled_up(logits: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    """Scale (256, 256) logits to the picture, as the official post-processing: twice bilinear."""
    columns, rows = scaled(width, height)
    square = cv2.resize(logits, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    picture = cv2.resize(square[:rows, :columns], (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(picture)


def _sketched(sam: Sam, embedding: Embedding, rules: Rules) -> _Sketches:
    """Ask for all points; pass on the masks that may be good and stable."""
    prompts = [Prompt(points=((x, y, True),)) for x, y in grid(embedding, rules.points_per_side)]
    rows, columns = (-(-side * GRID // SIDE) for side in scaled(embedding.height, embedding.width))
    asked, ways, scores, boxes = [], [], [], []
    for start in range(0, len(prompts), POINTS):
        masks = sam.sketch(embedding, prompts[start : start + POINTS])
        index, way = np.nonzero(masks.scores[:, 1:] > rules.predicted_iou - ROUGH)
        seen = masks.logits[index, way + 1, :rows, :columns]
        outer = np.count_nonzero(seen > -rules.stability_offset, axis=(1, 2))
        between = outer - np.count_nonzero(seen > rules.stability_offset, axis=(1, 2))
        doubt = DOUBT * np.sqrt(between) + 2
        may = between - doubt <= (1 - rules.stability) * outer
        asked.append(start + index[may])
        ways.append(way[may] + 1)
        scores.append(masks.scores[index[may], way[may] + 1])
        boxes.append(boxes_of(seen[may] > 0))
    return _Sketches(
        prompts,
        np.concatenate(asked),
        np.concatenate(ways),
        np.concatenate(scores),
        np.concatenate(boxes),
    )


def _drawn(
    sam: Sam,
    embedding: Embedding,
    sketches: _Sketches,
    asked: NDArray[np.intp],
    waiting: NDArray[np.bool_],
    rules: Rules,
) -> dict[int, Segment]:
    """Draw all that waits of the points ``asked``, correct the scores, give up what is not good.

    A point's whole, part and sub-part cost one drawing; what is not chosen yet is kept.
    """
    numbers = list(dict.fromkeys(asked.tolist()))
    answers = sam.decode(embedding, [sketches.prompts[number] for number in numbers])
    found = {}
    for number, logits, scores in zip(numbers, answers.logits, answers.scores, strict=True):
        for index in np.flatnonzero(waiting & (sketches.asked == number)).tolist():
            way = sketches.ways[index]
            sketches.scores[index] = scores[way]
            segment = None
            if scores[way] > rules.predicted_iou:
                prompt = sketches.prompts[number]
                segment = _measured(logits[way], prompt, float(scores[way]), embedding, rules)
            if segment is None:
                waiting[index] = False
            else:
                found[index] = segment
    return found


def _next(
    sketches: _Sketches, waiting: NDArray[np.bool_], drawn: Container[int], most: float
) -> list[int]:
    """Choose the best sketches to draw.

    What resembles a better one waits: that one may turn out to be worse, or unstable.
    """
    chosen: list[int] = []
    free = waiting.copy()
    while len(chosen) < DRAWN and free.any():
        best = int(np.where(free, sketches.scores, -np.inf).argmax())
        if best not in drawn:
            chosen.append(best)
        free &= overlaps(sketches.boxes[best], sketches.boxes) <= most
        free[best] = False
    return chosen


def _stability(picture: NDArray[np.float32], offset: float) -> float:
    """Return the share of what is inside at a lower threshold that is so at a higher, 0..1."""
    inner = int(np.count_nonzero(picture > offset))
    outer = int(np.count_nonzero(picture > -offset))
    return inner / max(1, outer)


def _measured(
    logits: NDArray[np.float32], prompt: Prompt, score: float, embedding: Embedding, rules: Rules
) -> Segment | None:
    """Measure box, area and stability of a drawn mask; None where it is not stable enough."""
    columns, rows = scaled(embedding.width, embedding.height)
    seen = logits[: -(-rows // UP), : -(-columns // UP)]
    offset = rules.stability_offset
    outer = (seen > -offset).astype(np.uint8)
    left, top, wide, high = cv2.boundingRect(outer)
    left, top, right, bottom = (max(0, left - 2), max(0, top - 2), left + wide + 2, top + high + 2)
    near = logits[top:bottom, left:right]
    if not near.size:
        return None
    size = near.shape[1] * UP, near.shape[0] * UP
    square = cv2.resize(near, size, interpolation=cv2.INTER_LINEAR)
    square = square[: rows - top * UP, : columns - left * UP]
    counts = [
        cv2.countNonZero(cv2.inRange(square, level, np.inf)) for level in (offset, 0.0, -offset)
    ]
    if not counts[1]:
        return None
    stability = counts[0] / counts[2]
    if abs(stability - rules.stability) < CLOSE + counts[1] ** -0.5:
        stability = _stability(_scaled_up(logits, embedding.width, embedding.height), offset)
    if stability < rules.stability:
        return None
    x, y, wide, high = cv2.boundingRect(cv2.inRange(square, np.float64(1e-12), np.inf))
    across, down = embedding.width / columns, embedding.height / rows
    x, y = x + left * UP, y + top * UP
    box = (
        round(x * across),
        round(y * down),
        round((x + wide) * across),
        round((y + high) * down),
    )
    area = round(counts[1] * across * down)
    x, y, _ = prompt.points[0]
    return Segment(logits.copy(), box, area, score, stability, (x, y))
