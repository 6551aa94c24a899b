"""From a map of the product to prompts for SAM's decoder, in the original picture's pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.masks import depth
from pipeline.sam import LOW_RES, Prompt

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.sam import Embedding

MIN_COMPONENT_SHARE = 0.06
"""A component smaller than this share of the map is not asked for by itself."""
MAX_COMPONENTS = 3
"""Components that are asked for by themselves, largest first."""
MASK_LIMIT = 12.0
"""Mask prompts stay within the logits that the decoder itself answers with."""
BLUR_SIGMA = 1.0
"""Sigma in cells: where the head hesitates its map is chequered, and the decoder copies that."""


def from_map(embedding: Embedding, logits: NDArray[np.float32]) -> tuple[Prompt, ...]:
    """Ask for what a (256, 256) map of logits shows, in two ways.

    First by the map as mask with box and points, then by box and points: the mask carries the
    map's mistakes along.
    """
    inside = logits > 0
    if not inside.any():
        return ()
    box = _box(embedding, inside)
    points = _points(embedding, inside)
    return (
        Prompt(points=points, box=box, mask=smooth(logits)),
        Prompt(points=points, box=box),
    )


def smooth(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Make (256, 256) logits fit to be asked with: bounded, and without chequers."""
    bounded: NDArray[np.float32] = np.clip(logits, -MASK_LIMIT, MASK_LIMIT)
    return np.asarray(cv2.GaussianBlur(bounded, (0, 0), BLUR_SIGMA), np.float32)


def components(logits: NDArray[np.float32]) -> list[NDArray[np.bool_]]:
    """Tell the map's separate pieces apart, (256, 256) bool each, largest first; none if one."""
    inside = (logits > 0).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(inside, connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    large = [
        index + 1
        for index in np.argsort(-areas)
        if areas[index] >= MIN_COMPONENT_SHARE * areas.sum() and count > 1
    ]
    return [labels == index for index in large[:MAX_COMPONENTS]] if len(large) > 1 else []


def component(embedding: Embedding, logits: NDArray[np.float32], one: NDArray[np.bool_]) -> Prompt:
    """Ask for one piece of the map, the rest of which counts as background.

    ``logits`` is (256, 256) float32, ``one`` (256, 256) bool.
    """
    near = cv2.dilate(one.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    alone = np.where(near, np.clip(logits, -MASK_LIMIT, MASK_LIMIT), -MASK_LIMIT)
    return Prompt(
        points=_points(embedding, one)[:1],
        box=_box(embedding, one),
        mask=alone.astype(np.float32),
    )


def point(embedding: Embedding, row: float, column: float) -> Prompt:
    """Ask for whatever is at one place of the (256, 256) map."""
    unit = unit_of(embedding)
    return Prompt(points=((float((column + 0.5) * unit), float((row + 0.5) * unit), True),))


def unit_of(embedding: Embedding) -> float:
    """Original pixels per cell of the (256, 256) map."""
    return max(embedding.width, embedding.height) / LOW_RES


def _box(embedding: Embedding, inside: NDArray[np.bool_]) -> tuple[float, float, float, float]:
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    unit = unit_of(embedding)
    return (
        float(columns[0] * unit),
        float(rows[0] * unit),
        float(min((columns[-1] + 1) * unit, embedding.width)),
        float(min((rows[-1] + 1) * unit, embedding.height)),
    )


def _points(
    embedding: Embedding, inside: NDArray[np.bool_]
) -> tuple[tuple[float, float, bool], ...]:
    """Two points deep inside: the one farthest from the outline, and the next one apart."""
    unit = unit_of(embedding)
    deep = depth(inside)
    points = []
    for _ in range(2):
        row, column = np.unravel_index(int(deep.argmax()), deep.shape)
        reach = max(2.0, float(deep[row, column]))
        points.append((float((column + 0.5) * unit), float((row + 0.5) * unit), True))
        rows, columns = np.ogrid[:LOW_RES, :LOW_RES]
        deep = np.where((rows - row) ** 2 + (columns - column) ** 2 < (2 * reach) ** 2, 0, deep)
        if not deep.any():
            break
    return tuple(points)
