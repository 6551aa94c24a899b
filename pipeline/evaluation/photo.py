"""One photo measured: the segmenter's answer, its offers, taps and a box; others beside it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline import matting
from pipeline.errors import NothingFoundError
from pipeline.evaluation.metrics import INSIDE, Figures, Overlaps, figures, overlaps
from pipeline.evaluation.pairs import compared, reduced
from pipeline.evaluation.taps import boxed, tapped
from pipeline.foreground.strategies import NetworkSaliency
from pipeline.masks import iou

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.evaluation.pairs import Pair
    from pipeline.foreground import Choice, Head, Segmenter
    from pipeline.foreground.strategies import SaliencyModel
    from pipeline.sam import Embedding, Sam
    from pipeline.values import Photo

    Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Segmenters:
    """What is measured: ``first`` in everything, the others by the IoU of their own answer.

    ``beside`` are further segmenters, ``alone`` saliency models whose map is taken as it is,
    without SAM. ``head`` says what is in a box.
    """

    first: Segmenter
    head: Head
    beside: Sequence[Segmenter] = ()
    alone: Sequence[SaliencyModel] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What was measured on one photo.

    ``offers`` are the IoUs of the alternatives, best ranked first; ``taps`` those after 1, 2 and
    3 taps; ``box`` that with a box. ``found`` is False where the way said that there is nothing;
    the cut-out then counts as empty. ``seconds`` are of encoding and of choosing. ``others`` are
    what other ways have, by name. ``alpha`` and ``truth`` are at the size at which they were
    compared.
    """

    name: str
    kind: str
    item: str
    found: bool
    confidence: float
    figures: Figures
    offers: tuple[float, ...]
    taps: tuple[float, ...]
    box: float
    seconds: tuple[float, float]
    others: dict[str, Overlaps]
    alpha: Floats
    truth: NDArray[np.bool_]


def measured(
    sam: Sam, segmenters: Segmenters, pair: Pair, photo: Photo, truth: NDArray[np.bool_]
) -> Measured:
    """Measure ``segmenters`` on the photo of ``pair``; ``truth`` is (h, w) bool of its size."""
    segmenter = segmenters.first
    small = reduced(photo)
    known = compared(truth.astype(np.float32)) > INSIDE
    start = time.perf_counter()
    embedding = sam.encode(photo.pixels)
    encoded = time.perf_counter()
    choice = _chosen(sam, segmenter, photo, embedding, search=False)
    chosen = time.perf_counter()

    def one(logits: Floats | None) -> float:
        return iou(_cut_out(small, logits) > INSIDE, known)

    first = choice.candidates[0].logits if choice else None
    shown = compared(_cut_out(photo, first))
    figured = figures(shown, known)
    offered = _chosen(sam, segmenter, photo, embedding, search=True)
    offers = [one(candidate.logits) for candidate in offered.candidates] if offered else [0.0]
    taps = [one(answer) for answer in tapped(sam, segmenters.head, embedding, first, truth)]
    others = {
        f"{model.name} alone": overlaps(_map(model, photo, embedding), known)
        for model in segmenters.alone
    }
    for other in segmenters.beside:
        answer = _chosen(sam, other, photo, embedding, search=False)
        theirs = _cut_out(photo, answer.candidates[0].logits if answer else None)
        others[other.name] = overlaps(compared(theirs), known)
    return Measured(
        name=pair.name,
        kind=pair.kind,
        item=pair.item,
        found=choice is not None,
        confidence=choice.confidence if choice else 0.0,
        figures=figured,
        offers=tuple(offers),
        taps=tuple(taps) or (figured.iou,),
        box=one(boxed(sam, segmenters.head, embedding, truth)),
        seconds=(encoded - start, chosen - encoded),
        others=others,
        alpha=shown,
        truth=known,
    )


def _chosen(
    sam: Sam, segmenter: Segmenter, photo: Photo, embedding: Embedding, *, search: bool
) -> Choice | None:
    try:
        return segmenter(sam, photo.pixels, embedding, search=search)
    except NothingFoundError:
        return None


def _map(model: SaliencyModel, photo: Photo, embedding: Embedding) -> Floats:
    """Take a network's map at the photo's size, and cut out along one that is 256 x 256."""
    if isinstance(model, NetworkSaliency):
        return compared(model.saliency(photo.pixels))
    return compared(_cut_out(photo, model(photo.pixels, embedding)))


def _cut_out(photo: Photo, logits: Floats | None) -> Floats:
    """Cut out as the product does; empty where there is nothing."""
    width, height = photo.size
    if logits is None:
        return np.zeros((height, width), np.float32)
    try:
        return matting.cut_out(photo, logits).alpha
    except NothingFoundError:
        return np.zeros((height, width), np.float32)
