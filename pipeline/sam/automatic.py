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

from pipeline.sam import LOW_RES, SIDE
from pipeline.sam.boxes import overlaps
from pipeline.sam.preprocess import scaled
from pipeline.sam.sketches import Rules, sketched

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.sam import Embedding, Prompt, Sam
    from pipeline.sam.sketches import Sketches
    from pipeline.values import Box

UP = SIDE // LOW_RES
CLOSE = 0.002
"""So close to the bound the stability is counted as the official code does, at the photo's size;
of small masks, whose outline is all there is, farther off: by 1 through the area's square root."""
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


def segments(sam: Sam, embedding: Embedding, rules: Rules = OFFICIAL) -> tuple[Segment, ...]:
    """Find every segment, those first that the decoder is surest of."""
    sketches = sketched(sam, embedding, rules)
    drawn: dict[int, Segment] = {}
    kept: list[Segment] = []
    boxes = np.empty((0, 4), np.float32)
    while sketches.waiting.any():
        best = sketches.surest(sketches.waiting)
        if best not in drawn:
            drawn |= _drawn(sam, embedding, sketches, sketches.next(rules.box_iou), rules)
            continue
        segment = drawn.pop(best)
        sketches.waiting[best] = False
        box = np.array(segment.box, np.float32) * np.float32(embedding.scale)
        if (overlaps(box, boxes) <= rules.box_iou).all():
            kept.append(segment)
            boxes = np.concatenate([boxes, box[None]])
            other = overlaps(box, sketches.boxes) <= rules.box_iou
            sketches.waiting[:] &= sketches.drawn | other
    return tuple(sorted(kept, key=lambda segment: -segment.predicted_iou))


def full_size(logits: NDArray[np.float32], width: int, height: int) -> NDArray[np.bool_]:
    """Scale (256, 256) logits to the picture: what is inside."""
    return np.asarray(_scaled_up(logits, width, height) > 0)


def _scaled_up(logits: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    """Scale (256, 256) logits to the picture, as the official post-processing: twice bilinear."""
    columns, rows = scaled(width, height)
    square = cv2.resize(logits, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    picture = cv2.resize(square[:rows, :columns], (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(picture)


def _drawn(
    sam: Sam, embedding: Embedding, sketches: Sketches, chosen: list[int], rules: Rules
) -> dict[int, Segment]:
    """Draw what is chosen and what else waits of the same points, and give up what is not good.

    A point's whole, part and sub-part cost one drawing.
    """
    numbers = list(dict.fromkeys(sketches.asked[chosen].tolist()))
    answers = sam.decode(embedding, [sketches.prompts[number] for number in numbers])
    found = {}
    for number, logits, scores in zip(numbers, answers.logits, answers.scores, strict=True):
        for index in np.flatnonzero(sketches.waiting & (sketches.asked == number)).tolist():
            way = sketches.ways[index]
            sketches.drawn[index] = True
            sketches.scores[index] = score = scores[way]
            prompt = sketches.prompts[number]
            segment = _measured(logits[way], prompt, float(score), embedding, rules)
            stability = segment.stability if segment else 0
            if segment and score > rules.predicted_iou and stability >= rules.stability:
                found[index] = segment
            else:
                sketches.waiting[index] = False
            sketches.give_up_like(index, stability, rules.stability)
    return found


def stability_of(logits: NDArray[np.float32], offset: float) -> float:
    """Return the share of what is inside at a lower threshold that is so at a higher, 0..1."""
    inner = int(np.count_nonzero(logits > offset))
    outer = int(np.count_nonzero(logits > -offset))
    return inner / max(1, outer)


def _measured(
    logits: NDArray[np.float32], prompt: Prompt, score: float, embedding: Embedding, rules: Rules
) -> Segment | None:
    """Measure box, area and stability of a drawn mask; None where nothing is inside."""
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
        stability = stability_of(_scaled_up(logits, embedding.width, embedding.height), offset)
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
