"""One photo measured: the default answer, the offers, taps and a box."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline import alpha
from pipeline.errors import NothingFoundError
from pipeline.evaluation.metrics import INSIDE, Figures, figures
from pipeline.evaluation.pairs import compared, reduced
from pipeline.evaluation.taps import boxed, tapped
from pipeline.foreground.measure import iou

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.foreground import Choice, Way
    from pipeline.sam import Embedding, Sam
    from pipeline.values import Photo

    Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What was measured on one photo.

    ``offers`` are the IoUs of the alternatives, best ranked first; ``taps`` those after 1, 2 and
    3 taps; ``box`` that with a box. ``found`` is False where the way said that there is nothing;
    the cut-out then counts as empty. ``seconds`` are of encoding and of choosing. ``alpha`` and
    ``truth`` are at the size at which they were compared.
    """

    stem: str
    item: str
    found: bool
    confidence: float
    figures: Figures
    offers: tuple[float, ...]
    taps: tuple[float, ...]
    box: float
    seconds: tuple[float, float]
    alpha: Floats
    truth: NDArray[np.bool_]


def measured(
    sam: Sam, way: Way, photo: Photo, truth: NDArray[np.bool_], *, stem: str, item: str
) -> Measured:
    """Measure ``way`` on one photo; ``truth`` has the photo's size."""
    small = reduced(photo)
    known = compared(truth.astype(np.float32)) > INSIDE
    start = time.perf_counter()
    embedding = sam.encode(photo.pixels)
    encoded = time.perf_counter()
    choice = _chosen(sam, way, photo, embedding, search=False)
    chosen = time.perf_counter()

    def one(logits: Floats | None) -> float:
        return iou(_cut_out(small, logits) > INSIDE, known)

    first = choice.candidates[0].logits if choice else None
    shown = compared(_cut_out(photo, first))
    figured = figures(shown, known)
    offered = _chosen(sam, way, photo, embedding, search=True)
    offers = [one(candidate.logits) for candidate in offered.candidates] if offered else [0.0]
    taps = [one(answer) for answer in tapped(sam, embedding, first, truth)]
    return Measured(
        stem=stem,
        item=item,
        found=choice is not None,
        confidence=choice.confidence if choice else 0.0,
        figures=figured,
        offers=tuple(offers),
        taps=tuple(taps) or (figured.iou,),
        box=one(boxed(sam, embedding, truth)),
        seconds=(encoded - start, chosen - encoded),
        alpha=shown,
        truth=known,
    )


def _chosen(
    sam: Sam, way: Way, photo: Photo, embedding: Embedding, *, search: bool
) -> Choice | None:
    try:
        return way(sam, photo.pixels, embedding, search=search)
    except NothingFoundError:
        return None


def _cut_out(photo: Photo, logits: Floats | None) -> Floats:
    """Cut out as the product does; empty where there is nothing."""
    width, height = photo.size
    if logits is None:
        return np.zeros((height, width), np.float32)
    try:
        return alpha.cut_out(photo, logits).alpha
    except NothingFoundError:
        return np.zeros((height, width), np.float32)
