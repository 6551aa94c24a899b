"""Every segment of a picture: the official automatic mask generator's behaviour on our decoder.

A grid of points is asked for, and what the decoder predicts to be good, what is stable, and what
is no duplicate by its box stays: `SamAutomaticMaskGenerator` of `segment-anything` with one crop,
the whole picture. The official code scales three masks per point to the picture's own size first
and sorts out afterwards. Here the decoder sketches all of them, and in the order of their scores
only those are drawn that no better one suppresses; what decides are the drawn ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

import cv2
import numpy as np

from pipeline.sam import GRID, LOW_RES, SIDE, Prompt
from pipeline.sam.preprocess import scaled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from pipeline.sam import Embedding, Sam
    from pipeline.values import Box

UP = SIDE // LOW_RES
CELL = SIDE // GRID
POINTS = 32
"""Points per call of the decoder: the sketches of a batch are sorted out before the next."""
DRAWN = 8
"""Masks drawn at a time: the better ones among them may spare the drawing of worse ones."""
DOUBT = 2.5
"""Standard errors by which a sketch, one pixel in sixteen, may mistake the stability."""


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


class Rle(TypedDict):
    """Run lengths as the official generator gives them: down the columns, the first run outside."""

    size: list[int]
    counts: list[int]


@dataclass(frozen=True, slots=True, eq=False)
class _Sketch:
    """A mask that is not drawn yet; ``box`` is XYXY in the square's pixels, to a cell."""

    prompt: Prompt
    way: int
    score: float
    box: NDArray[np.float32]


def segments(sam: Sam, embedding: Embedding, rules: Rules = OFFICIAL) -> tuple[Segment, ...]:
    """Find every segment, those first that the decoder is surest of."""
    waiting = sorted(_sketched(sam, embedding, rules), key=lambda sketch: -sketch.score)
    kept: list[Segment] = []
    boxes = np.empty((0, 4), np.float32)
    while waiting:
        chosen, waiting = _next(waiting, boxes, rules.box_iou)
        drawn = sam.decode(embedding, [sketch.prompt for sketch in chosen])
        for sketch, logits in zip(chosen, drawn.logits, strict=True):
            segment = _measured(logits[sketch.way], sketch, embedding, rules)
            if segment is None:
                continue
            box = np.array([segment.box], np.float32) * np.float32(embedding.scale)
            if (overlaps(box[0], boxes) <= rules.box_iou).all():
                kept.append(segment)
                boxes = np.concatenate([boxes, box])
    return tuple(kept)


def grid(embedding: Embedding, per_side: int) -> list[tuple[float, float]]:
    """Spread points (x, y) evenly over the picture, row by row."""
    steps = (np.arange(per_side) + 0.5) / per_side
    return [(float(x * embedding.width), float(y * embedding.height)) for y in steps for x in steps]


def overlaps(box: NDArray[np.float32], boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the IoU of one XYXY box with each of (N, 4)."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    both = np.maximum(high - low, 0).prod(axis=1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    either = (box[2:] - box[:2]).prod() + areas - both
    return np.asarray(both / np.maximum(either, 1e-6), np.float32)


def full_size(logits: NDArray[np.float32], width: int, height: int) -> NDArray[np.bool_]:
    """Scale (256, 256) logits to the picture, as the official post-processing: twice bilinear."""
    columns, rows = scaled(width, height)
    square = cv2.resize(logits, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    picture = cv2.resize(square[:rows, :columns], (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(picture > 0)


def to_rle(mask: NDArray[np.bool_]) -> Rle:
    """Encode a (height, width) mask."""
    flat = mask.T.ravel()
    turns = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    counts = np.diff(np.concatenate([[0], turns, [flat.size]])).tolist()
    return {"size": list(mask.shape), "counts": [0, *counts] if flat[:1].any() else counts}


def from_rle(rle: Rle) -> NDArray[np.bool_]:
    """Decode to a (height, width) mask."""
    height, width = rle["size"]
    inside = np.arange(len(rle["counts"])) % 2 == 1
    return np.repeat(inside, rle["counts"]).reshape(width, height).T


def _sketched(sam: Sam, embedding: Embedding, rules: Rules) -> Iterator[_Sketch]:
    """Ask for all points; pass on the masks that are good and may be stable."""
    points = grid(embedding, rules.points_per_side)
    rows, columns = (-(-side * GRID // SIDE) for side in scaled(embedding.height, embedding.width))
    for start in range(0, len(points), POINTS):
        prompts = [Prompt(points=((x, y, True),)) for x, y in points[start : start + POINTS]]
        masks = sam.sketch(embedding, prompts)
        for index, way in np.argwhere(masks.scores > rules.predicted_iou):
            seen = masks.logits[index, way, :rows, :columns]
            outer = seen > -rules.stability_offset
            between = cv2.countNonZero((outer & (seen <= rules.stability_offset)).astype(np.uint8))
            area = cv2.countNonZero(outer.astype(np.uint8))
            doubt = DOUBT * between**0.5 + 2
            if way == 0 or between - doubt > (1 - rules.stability) * area:
                continue
            left, top, wide, high = cv2.boundingRect((seen > 0).astype(np.uint8))
            box = np.array([left, top, left + wide, top + high], np.float32) * CELL
            yield _Sketch(prompts[index], int(way), float(masks.scores[index, way]), box)


def _next(
    waiting: Sequence[_Sketch], kept: NDArray[np.float32], most: float
) -> tuple[list[_Sketch], list[_Sketch]]:
    """Choose the best sketches to draw, and leave out for good what is suppressed already.

    What resembles one that is chosen now waits: that one may turn out unstable.
    """
    chosen: list[_Sketch] = []
    later: list[_Sketch] = []
    for place, sketch in enumerate(waiting):
        if _surely_above(sketch.box, kept, most):
            continue
        boxes = np.array([other.box for other in chosen], np.float32).reshape(-1, 4)
        if (overlaps(sketch.box, boxes) > most).any():
            later.append(sketch)
        else:
            chosen.append(sketch)
        if len(chosen) == DRAWN:
            return chosen, [*later, *waiting[place + 1 :]]
    return chosen, later


def _surely_above(box: NDArray[np.float32], boxes: NDArray[np.float32], most: float) -> bool:
    """Tell whether a sketch's box, a cell off on any side, overlaps one of ``boxes`` that much."""
    smaller = box + np.array([CELL, CELL, -CELL, -CELL], np.float32)
    larger = box - np.array([CELL, CELL, -CELL, -CELL], np.float32)
    worst = np.minimum(overlaps(smaller, boxes), overlaps(larger, boxes))
    return bool((smaller[2:] > smaller[:2]).all() and (worst > most).any())


def _measured(
    logits: NDArray[np.float32], sketch: _Sketch, embedding: Embedding, rules: Rules
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
    if not counts[1] or counts[0] < rules.stability * counts[2]:
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
    area, stability = round(counts[1] * across * down), counts[0] / counts[2]
    x, y, _ = sketch.prompt.points[0]
    return Segment(logits.copy(), box, area, sketch.score, stability, (x, y))
