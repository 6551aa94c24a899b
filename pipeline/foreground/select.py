"""Choose the product among SAM's answers, and what else is worth offering, by the classifier."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pipeline.foreground import prompts
from pipeline.foreground.classifier import OTHER, classifier, evidence, likelihoods
from pipeline.foreground.describe import describe
from pipeline.foreground.proposals import possible, prepare_map, propose, propose_grid
from pipeline.foreground.rank import FEATURES, features, sigmoid
from pipeline.masks import iou
from pipeline.sam import LOW_RES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.foreground.describe import Description
    from pipeline.foreground.proposals import Answer
    from pipeline.sam import Embedding, Sam

    Floats = NDArray[np.float32]

MAX_CANDIDATES = 5
"""Cut-outs that a seller is offered, at most."""
ASK_BELOW = 0.7
"""Confidence below which the others are offered first.

Never taught, 206 photos, most of them hard: 28 % are asked about and 88 % of the others are right,
at 0.75 33 % and 91 %, at 0.6 20 % and 85 %. Folded, 387 photos: 26 % and 87 %, 31 % and 89 %, 17 %
and 85 %. Of clutter that is never taught 33 % and 93 %.
"""
MIN_GAIN = 0.05
"""Expected IoU by which another answer must be ahead of the one that agrees best with the map."""
EVEN_AGREEMENT = 0.005
"""Answers whose agreement with the map is this near the best are even: the likeliest is taken.

Folded, 422 photos: 0.9072 with it and 0.9071 without, garments and objects 0.985 and 0.981, nowhere
worse by more than 0.0001. By eye: a strap of the sample `white-top.jpg` is whole again.
"""
MIN_STABLE, STABLE_POWER = 0.6, 4
"""Below this IoU of its outlines one logit further in and out an offer is a scrap.

What another adds counts by its stability, to this power: whole things come before torn ones.
"""
MIN_WORTH = 0.001
"""The IoU to expect that a third offer and those after it must add."""
MIN_AGREEMENT = 0.5
"""Where no answer agrees more with the map, SAM speaks of other things: the map stays."""
MAP_WEIGHT, MAP_CLIP = 0.25, 3.0
"""The share of the map's logits, within MAP_CLIP, that is added to the first answer.

Where SAM hesitates the map decides: on 253 photos used for tuning the mean IoU over their kinds, as
delivered, is 0.9502 with a quarter and with half of the map. With an earlier head, on 231 of them,
it was 0.9685 without, 0.9690 with a quarter and 0.9693 with all, which fills a strap's loop, as
half does now.
"""
MIN_LEANING_IOU = 0.8
"""An answer that is less than this like the map is another thing: the map does not speak of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One possible cut-out.

    ``logits`` is (256, 256) float32 over the padded square, above 0 inside. ``score`` is 0..1:
    the IoU to expect with what the seller means.
    """

    logits: NDArray[np.float32]
    score: float


@dataclass(frozen=True, slots=True)
class Choice:
    """The distinct cut-outs of one photo, best first, at most five.

    ``confidence`` is 0..1: the calibrated probability that the first one has an IoU above 0.9
    with what a person would outline. ``flat_lay`` tells that the product lies, seen from above.
    """

    candidates: tuple[Candidate, ...]
    confidence: float
    flat_lay: bool = False


def choose(
    sam: Sam,
    embedding: Embedding,
    head_map: NDArray[np.float32],
    *,
    search: bool = False,
) -> Choice:
    """Find the product and up to four alternatives.

    ``head_map`` is (256, 256) float32 logits over the padded square: what the head, or any other
    model, says stands out. The classifier puts first the answer of SAM with the largest IoU to
    expect, and then those which together miss least of what else may be meant. Where that leaves
    doubt, or with ``search``, SAM is asked about more places. Raises NothingFoundError where
    nothing stands out.
    """
    logits = prepare_map(embedding, head_map)
    answers = possible(embedding, propose(sam, embedding, logits))
    choice = _ordered(embedding, logits, answers)
    if search or choice.confidence < ASK_BELOW:
        more = possible(embedding, propose_grid(sam, embedding))
        choice = _ordered(embedding, logits, answers + more)
    return choice


def describe_answers(
    embedding: Embedding, logits: NDArray[np.float32], answers: list[Answer]
) -> Description:
    """Describe SAM's ``answers`` about the map ``logits`` for the classifier.

    All logits are (256, 256) float32 over the padded square.
    """
    rows, columns = embedding.valid(LOW_RES)
    seen = np.s_[:rows, :columns]
    probability = sigmoid(logits[seen])
    return describe(
        embedding,
        logits,
        np.stack([answer[seen] > 0 for answer, _ in answers]),
        np.stack([features(answer[seen], probability, score) for answer, score in answers]),
    )


def _ordered(embedding: Embedding, logits: Floats, answers: list[Answer]) -> Choice:
    """Order the ``answers`` about the map ``logits``: the likeliest, then what else may be meant.

    The first leans towards the map; the others are without the chequers that SAM draws in doubt.
    """
    answers = [*answers, (logits, 0.0)]
    described = describe_answers(embedding, logits, answers)
    judged = classifier().judge(described)
    first = leading(described, judged.iou)
    ious = overlaps(embedding, [answer for answer, _ in answers])
    order = cover(judged.iou, ious, first, stability(described))
    candidates = [Candidate(answers[index][0], float(judged.iou[index])) for index in order]
    best, *others = candidates
    if iou(best.logits > 0, logits > 0) > MIN_LEANING_IOU:
        leaning = MAP_WEIGHT * np.clip(logits, -MAP_CLIP, MAP_CLIP)
        best = replace(best, logits=np.asarray(best.logits + leaning, np.float32))
    others = [replace(one, logits=prompts.smooth(one.logits)) for one in others]
    seen = evidence(judged, described, ious, first)
    return Choice(_distinct([best, *others]), classifier().confidence(seen))


def leading(described: Description, expected: NDArray[np.float32]) -> int:
    """Return which answer comes first; the last is the map itself.

    That which agrees best with the map, the likeliest where some are even, is given up only for one
    that is expected to be better by MIN_GAIN. ``expected`` (N,) are the IoUs to expect, in 0..1.
    """
    agreement = described.plain[:-1, FEATURES.index("agreement")]
    if not agreement.size or agreement.max() < MIN_AGREEMENT:
        return len(expected) - 1
    even = np.flatnonzero(agreement >= agreement.max() - EVEN_AGREEMENT)
    agreeing, best = int(even[np.argmax(expected[even])]), int(np.argmax(expected))
    return best if expected[best] > expected[agreeing] + MIN_GAIN else agreeing


def overlaps(embedding: Embedding, answers: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return the IoU of each two answers, (N, N) float32, on every second cell."""
    rows, columns = embedding.valid(LOW_RES)
    flat = np.stack([(one[:rows:2, :columns:2] > 0).ravel() for one in answers]).astype(np.float32)
    areas, both = flat.sum(1), flat @ flat.T
    return np.asarray(both / np.maximum(areas[:, None] + areas - both, 1), np.float32)


def stability(described: Description) -> NDArray[np.float32]:
    """Return how far each answer's outline stays where it is when SAM's logits move: (N,), 0..1."""
    return described.plain[:, FEATURES.index("stable")]


def cover(
    expected: NDArray[np.float32],
    ious: NDArray[np.float32],
    first: int,
    stable: NDArray[np.float32],
    most: int = MAX_CANDIDATES,
) -> list[int]:
    """Choose up to ``most`` distinct answers, ``first`` first, which together miss least.

    Any answer may be what is meant, the likelier the larger its ``expected`` IoU, (N,) float32.
    Each further choice adds most to the IoU to expect of the best chosen with what is meant; of
    what is torn, ``stable`` (N,) float32 being low, that counts less or nothing. ``ious`` (N, N)
    float32 are those of each two answers.
    """
    likely = likelihoods(expected)
    whole = np.where(stable < MIN_STABLE, 0, stable**STABLE_POWER)
    chosen, reached = [first], ious[:, first]
    while len(chosen) < most:
        gains = whole * (likely @ np.maximum(ious - reached[:, None], 0))
        gains[ious[chosen].max(0) >= OTHER] = 0
        best = int(np.argmax(gains))
        if gains[best] <= (MIN_WORTH if len(chosen) > 1 else 0):
            break
        chosen.append(best)
        reached = np.maximum(reached, ious[:, best])
    return chosen


def _distinct(ranked: list[Candidate]) -> tuple[Candidate, ...]:
    """Leave out what leaning and smoothing have made nothing of, or the same."""
    kept: list[Candidate] = []
    for candidate in ranked:
        inside = candidate.logits > 0
        if inside.any() and all(iou(inside, one.logits > 0) < OTHER for one in kept):
            kept.append(candidate)
    return tuple(kept)
