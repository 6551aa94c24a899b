"""Parts of a photo that a seller puts into the cut-out or takes out of it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.masks import iou
from pipeline.sam import LOW_RES, valid
from pipeline.sam.mask_generator import GeneratorOptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Logits = NDArray[np.float32]
    """(256, 256) over SAM's padded square, above 0 inside."""

OPTIONS = GeneratorOptions(
    points_per_side=12, pred_iou_thresh=0.8, stability_score_thresh=0.82, max_points=36
)
"""Parts that a person can tell apart and tap; the official grid of 32 finds crumbs too.

A point costs 40 to 50 ms of a core. With a stability of 0.88 two of 20 outlined photos had no part
for the product itself.
"""
MAX_PARTS = 15
"""Parts that are offered at a time."""
MIN_PART_SHARE, MAX_PART_SHARE = 0.002, 0.9
"""Shares of the picture between which a part is worth a number."""
OUTRIGHT = 6.0
"""Logits of a part that nobody predicted."""
SAME_PART_IOU = 0.8
"""Two parts above this IoU are one."""
MIN_REST_SHARE = 0.02
"""Share of the picture from which what no part covers of a cut-out is a part of its own."""
READING_ROWS = 4
"""Numbers run from left to right in this many bands from top to bottom."""


def pack(logits: Sequence[Logits]) -> bytes:
    """Write logits, (256, 256) float32 each, to a file in half precision."""
    stack = np.stack(logits) if logits else np.empty((0, 0, 0))
    buffer = io.BytesIO()
    np.savez_compressed(buffer, logits=stack.astype(np.float16))
    return buffer.getvalue()


def unpack(data: bytes) -> list[Logits]:
    """Read the logits, (256, 256) float32 each, that `pack` wrote."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return list(arrays["logits"].astype(np.float32))


def offered(segments: Iterable[Logits], size: tuple[int, int]) -> list[Logits]:
    """Choose distinct parts that are large enough to be tapped, in reading order.

    ``size`` is the photo's width and height in pixels: it covers a part of the padded square.
    ``segments`` and the parts are (256, 256) float32 logits over the padded square.
    """
    rows, columns = valid(size, LOW_RES)
    kept: list[Logits] = []
    for logits in sorted(segments, key=lambda part: -int((part > 0).sum())):
        inside = logits[:rows, :columns] > 0
        if MIN_PART_SHARE < inside.mean() < MAX_PART_SHARE and all(
            iou(inside, other[:rows, :columns] > 0) < SAME_PART_IOU for other in kept
        ):
            kept.append(logits)
        if len(kept) == MAX_PARTS:
            break
    return sorted(kept, key=lambda part: _place(part[:rows, :columns] > 0))


def completed(parts: Sequence[Logits], logits: Logits, size: tuple[int, int]) -> list[Logits]:
    """Add what no part covers of the cut-out ``logits``, so that all of it can be taken out.

    ``parts``, ``logits`` and what comes back are (256, 256) float32 logits over SAM's padded
    square; ``size`` is the photo's (width, height) in pixels.
    """
    rows, columns = valid(size, LOW_RES)
    left = (logits > 0).astype(np.uint8)
    for part in parts:
        left[part > 0] = 0
    # A rim of a cell or two between a part and the outline is no thing.
    left = cv2.morphologyEx(left, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    count, places, stats, _ = cv2.connectedComponentsWithStats(left, connectivity=4)
    found = [
        np.where(places == label, np.float32(OUTRIGHT), np.float32(-OUTRIGHT))
        for label in range(1, count)
        if stats[label, cv2.CC_STAT_AREA] >= MIN_REST_SHARE * rows * columns
    ]
    kept = [*parts[: MAX_PARTS - len(found)], *found]
    return sorted(kept, key=lambda part: _place(part[:rows, :columns] > 0))


def mended(
    logits: Logits, parts: Sequence[Logits], taps: Sequence[int]
) -> tuple[Logits, list[bool]]:
    """Apply taps on parts, counted from 1, one after the other; say which parts are in then.

    A tap on a part that is mostly in takes it out, any other puts it in. ``logits`` and ``parts``
    are (256, 256) float32 over the padded square, above 0 inside.
    """
    now = logits
    for number in taps:
        if 1 <= number <= len(parts):
            part = parts[number - 1]
            now = np.minimum(now, -part) if _within(part, now) else np.maximum(now, part)
    return now, [_within(part, now) for part in parts]


def _within(part: Logits, whole: Logits) -> bool:
    inside = part > 0
    return bool((whole[inside] > 0).mean() > 0.5) if inside.any() else False  # noqa: PLR2004 - more than half


def _place(inside: NDArray[np.bool_]) -> tuple[int, float]:
    rows, columns = np.nonzero(inside)
    return int(rows.mean() * READING_ROWS / inside.shape[0]), float(columns.mean())
