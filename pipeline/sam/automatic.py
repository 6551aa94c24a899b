"""Every segment of a picture: the official automatic mask generator's behaviour on our decoder.

A grid of points is asked for, and what the decoder predicts to be good, what is stable, and what
is no duplicate by its box stays: `SamAutomaticMaskGenerator` of `segment-anything` with one crop,
the whole picture. The official code measures stability and boxes on masks of the picture's own
size. Here they are measured on the padded square, and only where a mask is: equal but for
rounding, and no slower for a photo of 12 megapixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

import cv2
import numpy as np

from pipeline.sam import LOW_RES, SIDE, Prompt
from pipeline.sam.preprocess import scaled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from pipeline.sam import Embedding, Sam
    from pipeline.values import Box

UP = SIDE // LOW_RES
BATCH = 16
"""Points per call of the decoder: what of a batch does not stay is freed before the next."""
MARGIN = 0.15
"""A mask whose stability on the decoder's own map is this far below the threshold is not scaled."""


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


def segments(sam: Sam, embedding: Embedding, rules: Rules = OFFICIAL) -> tuple[Segment, ...]:
    """Find every segment, those first that the decoder is surest of."""
    found = [
        segment
        for points in _batches(grid(embedding, rules.points_per_side))
        for segment in _kept(sam, embedding, points, rules)
    ]
    found.sort(key=lambda segment: -segment.predicted_iou)
    boxes = np.array([segment.box for segment in found], np.float32).reshape(-1, 4)
    return tuple(found[index] for index in suppressed(boxes, rules.box_iou))


def grid(embedding: Embedding, per_side: int) -> list[tuple[float, float]]:
    """Spread points (x, y) evenly over the picture, row by row."""
    steps = (np.arange(per_side) + 0.5) / per_side
    return [(float(x * embedding.width), float(y * embedding.height)) for y in steps for x in steps]


def suppressed(boxes: NDArray[np.float32], most: float) -> list[int]:
    """Keep, of (N, 4) boxes best first, those whose IoU with every better kept one is ``most``."""
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept: list[int] = []
    waiting = np.arange(len(boxes))
    while waiting.size:
        best, waiting = waiting[0], waiting[1:]
        kept.append(int(best))
        low = np.maximum(boxes[best, :2], boxes[waiting, :2])
        high = np.minimum(boxes[best, 2:], boxes[waiting, 2:])
        both = np.maximum(high - low, 0).prod(axis=1)
        either = areas[best] + areas[waiting] - both
        waiting = waiting[both <= most * either]
    return kept


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


def _batches(points: Sequence[tuple[float, float]]) -> Iterator[Sequence[tuple[float, float]]]:
    for start in range(0, len(points), BATCH):
        yield points[start : start + BATCH]


def _kept(
    sam: Sam, embedding: Embedding, points: Sequence[tuple[float, float]], rules: Rules
) -> Iterator[Segment]:
    """Ask for points and pass on what is good and stable of the three answers to each."""
    masks = sam.decode(embedding, [Prompt(points=((x, y, True),)) for x, y in points])
    for index, way in np.argwhere(masks.scores > rules.predicted_iou):
        if way == 0:
            continue
        logits = masks.logits[index, way]
        measured = _measured(logits, embedding, rules)
        if measured is None:
            continue
        box, area, stability = measured
        yield Segment(
            logits.copy(), box, area, float(masks.scores[index, way]), stability, points[index]
        )


def _measured(
    logits: NDArray[np.float32], embedding: Embedding, rules: Rules
) -> tuple[Box, int, float] | None:
    """Return box, area and stability of one mask; None where it is not stable enough."""
    columns, rows = scaled(embedding.width, embedding.height)
    seen = logits[: -(-rows // UP), : -(-columns // UP)]
    offset = rules.stability_offset
    outer = (seen > -offset).astype(np.uint8)
    inner = cv2.countNonZero((seen > offset).astype(np.uint8))
    if inner < (rules.stability - MARGIN) * cv2.countNonZero(outer) - UP * UP:
        return None
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
    return box, round(counts[1] * across * down), counts[0] / counts[2]
