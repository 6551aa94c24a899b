"""What is known of each of SAM's answers: what it looks like, its shape, and how it lies to others.

A cell of the embedding says what is there, so the mean of the cells within an answer and of those
around it say whether a thing ends where the answer does. All is measured on grids of at most
128 x 128, which costs less than one prompt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from pipeline.foreground.rank import FEATURES, sigmoid
from pipeline.sam import GRID, LOW_RES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.sam import Embedding

    Floats = NDArray[np.float32]
    Flags = NDArray[np.bool_]

RING = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
"""What is around an answer: four cells of the embedding, a sixteenth of the picture."""
OF_MAP = ("within", "around", "without", "overlap", "recall", "low", "step")
"""What a map says of an answer: its mean within, around and without it, the soft IoU with it, the
share of the map within the answer, that of the answer which the map calls improbable, and how much
less it says around than within."""
IMPROBABLE = 0.3
LOOKS = ("like ring", "like picture", "ring like picture", "mixed")
"""The cosines of the mean embeddings, and how much the cells within differ from each other."""
SHAPE = (
    "largest piece",
    "pieces",
    "convex",
    "compact",
    "holes",
    "high",
    "wide",
    "fills box",
    "down",
    "across",
    "at top",
    "at bottom",
    "at left",
    "at right",
    "at most",
    "sides",
)
RELATIONS = ("mean overlap", "share alike", "alike", "holds", "held", "share held", "share holding")
"""How an answer lies to the others: the IoUs, and what of it they hold and it of them."""
PICTURE = ("map peak", "map share", "map doubt", "map rim", "upright")
"""What is the same for all answers about one picture."""
DOUBT = 2.0
"""Logits within this of 0 are in doubt."""
ALIKE, NEARLY_ALIKE, HELD = 0.9, 0.8, 0.95
"""IoUs above which two answers are alike and nearly, and the share that counts as held."""


class Description(NamedTuple):
    """N answers: ``plain`` (N, NAMES) float32, ``pooled`` (N, 2, 256) float32.

    The second are the mean embeddings, each cell's of length 1, within an answer and around it.
    """

    plain: Floats
    pooled: Floats


NAMES = (*FEATURES, *LOOKS, *OF_MAP, *RELATIONS, *SHAPE, *PICTURE)
"""The plain features in their order."""


def describe(embedding: Embedding, logits: Floats, inside: Flags, plain: Floats) -> Description:
    """Describe answers about one picture.

    ``logits`` is the map, (256, 256) float32 over the padded square. ``inside`` is (N, rows,
    columns) bool, only as far as the picture goes; ``plain`` is (N, 8) float32 of `rank.features`.
    """
    rows, columns = inside.shape[1:]
    height, width = embedding.valid(GRID)
    cells = embedding.features[:, :height, :width].reshape(len(embedding.features), -1)
    cells = cells / np.maximum(np.linalg.norm(cells, axis=0), 1e-6)
    small = np.stack([_shrunk(one.astype(np.float32), (width, height)) for one in inside])
    ring = np.stack([np.clip(cv2.dilate(one, RING) - one, 0, 1) for one in small])
    within, around = small.reshape(len(small), -1), ring.reshape(len(ring), -1)
    pooled = np.stack([_mean(cells, within), _mean(cells, around)], axis=1)
    whole = np.repeat(cells.mean(1)[None], len(inside), 0)
    looks = np.stack(
        [
            _cosine(pooled[:, 0], pooled[:, 1]),
            _cosine(pooled[:, 0], whole),
            _cosine(pooled[:, 1], whole),
            1 - np.linalg.norm(pooled[:, 0], axis=1),
        ],
        axis=1,
    )
    logits = logits[:rows, :columns]
    said = _of_map(_shrunk(sigmoid(logits), (width, height)).ravel(), within, around)
    shapes = np.array([_shape(one[::2, ::2]) for one in inside], np.float32)
    everywhere = np.repeat(np.array([_picture(logits)], np.float32), len(inside), 0)
    values = [plain, looks, said, _relations(inside), shapes, everywhere]
    return Description(np.concatenate(values, axis=1, dtype=np.float32), pooled)


def _shrunk(plane: Floats, size: tuple[int, int]) -> Floats:
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def _mean(cells: Floats, weight: Floats) -> Floats:
    """Return the mean (N, 256) of ``cells`` (256, n) by each of ``weight`` (N, n)."""
    return np.asarray(weight @ cells.T / np.maximum(weight.sum(1, keepdims=True), 1e-3), np.float32)


def _cosine(a: Floats, b: Floats) -> Floats:
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.asarray((a * b).sum(1) / np.maximum(lengths, 1e-6), np.float32)


def _of_map(said: Floats, within: Floats, around: Floats) -> Floats:
    """Measure what a map, (n,) in 0..1, says of each of N answers: (N, 7), as OF_MAP lists it."""
    area = np.maximum(within.sum(1), 1e-3)
    inner = within @ said
    mean_within = inner / area
    mean_around = around @ said / np.maximum(around.sum(1), 1e-3)
    mean_without = (said.sum() - inner) / np.maximum(said.size - area, 1e-3)
    both = np.minimum(within, said).sum(1)
    overlap = both / np.maximum(area + said.sum() - both, 1e-3)
    recall = inner / max(float(said.sum()), 1e-3)
    low = within @ (said < IMPROBABLE).astype(np.float32) / area
    values = (mean_within, mean_around, mean_without, overlap, recall, low)
    return np.stack([*values, mean_within - mean_around], axis=1, dtype=np.float32)


def _relations(inside: Flags) -> Floats:
    flat = inside[:, ::2, ::2].reshape(len(inside), -1).astype(np.float32)
    areas = np.maximum(flat.sum(1), 1)
    both = flat @ flat.T
    ious = both / (areas[:, None] + areas[None] - both)
    holds = both / areas[None]  # of answer j, the share within answer i
    return np.stack(
        [
            ious.mean(1),
            (ious > NEARLY_ALIKE).mean(1),
            (ious > ALIKE).sum(1) / 10,
            holds.mean(1),
            holds.mean(0),
            (holds > HELD).mean(1),
            (holds > HELD).mean(0),
        ],
        axis=1,
        dtype=np.float32,
    )


def _shape(inside: Flags) -> tuple[float, ...]:
    mask = inside.astype(np.uint8)
    height, width = mask.shape
    area = max(int(mask.sum()), 1)
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    largest = int(stats[1:, cv2.CC_STAT_AREA].max()) if count > 1 else 0
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    convex = compact = holes = 0.0
    if outlines:
        outer = max(outlines, key=cv2.contourArea)
        content = max(cv2.contourArea(outer), 1.0)
        convex = content / max(cv2.contourArea(cv2.convexHull(outer)), 1.0)
        compact = 4 * np.pi * content / max(cv2.arcLength(outer, closed=True), 1.0) ** 2
        filled = cv2.drawContours(np.zeros_like(mask), outlines, -1, 1, cv2.FILLED)
        holes = 1 - area / max(int(filled.sum()), area)
    _, _, wide, high = cv2.boundingRect(mask)
    down = float((inside.sum(1) @ np.arange(height)) / area / height)
    across = float((inside.sum(0) @ np.arange(width)) / area / width)
    sides = [float(side.mean()) for side in (inside[0], inside[-1], inside[:, 0], inside[:, -1])]
    return (
        largest / area,
        float(np.log(max(count - 1, 1))),
        convex,
        compact,
        holes,
        high / height,
        wide / width,
        area / max(wide * high, 1),
        down,
        across,
        *sides,
        max(sides),
        sum(side > 0 for side in sides) / 4,
    )


def _picture(logits: Floats) -> tuple[float, ...]:
    product = logits > 0
    rim = np.concatenate([product[0], product[-1], product[:, 0], product[:, -1]])
    return (
        float(logits.max()),
        float(product.mean()),
        float((np.abs(logits) < DOUBT).mean()),
        float(rim.mean()),
        logits.shape[0] / LOW_RES - logits.shape[1] / LOW_RES,
    )
