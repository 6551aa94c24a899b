"""Fit the ranking of SAM's answers and the confidence in the first, by logistic regression."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pipeline.evaluation.measure import GOOD
from pipeline.foreground.rank import FEATURES, features, sigmoid
from pipeline.foreground.select import decode_map, prepare_map, probe_grid
from pipeline.masks import iou
from pipeline.sam import LOW_RES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from pipeline.sam import Embedding, Sam
    from training.samples import Sample


HALF = 127


class Answered(NamedTuple):
    """All answers for one photo: (N, F) features and (N,) true IoUs; what the map itself has.

    The first ``own`` are those to the map as a prompt.
    """

    features: NDArray[np.float32]
    ious: NDArray[np.float32]
    map_iou: float
    own: int


def answered(
    sam: Sam, head: Callable[[Embedding], NDArray[np.float32]], sample: Sample
) -> Answered:
    """Ask about one sample's photo as ``choose`` does, and compare with its label."""
    embedding = sample.embedding()
    rows, columns = embedding.valid(LOW_RES)
    seen = np.s_[:rows, :columns]
    truth = sample.label().product[seen] > HALF
    logits = prepare_map(embedding, head(embedding))
    own = decode_map(sam, embedding, logits)
    found = own + probe_grid(sam, embedding, logits)
    probability = sigmoid(logits[seen])
    return Answered(
        np.stack([features(each[seen], probability, sure) for each, sure in found]),
        np.array([iou(each[seen] > 0, truth) for each, _ in found], np.float32),
        iou(logits[seen] > 0, truth),
        len(own),
    )


def fit_rank(photos: Sequence[Answered]) -> tuple[float, ...]:
    """Fit the expected IoU; every photo weighs the same."""
    return logistic(
        np.concatenate([photo.features for photo in photos]),
        np.concatenate([photo.ious for photo in photos]),
        np.concatenate([np.full(len(photo.ious), 1 / len(photo.ious)) for photo in photos]),
    )


def fit_confidence(photos: Sequence[Answered]) -> tuple[float, ...]:
    """Fit the probability that the answer which agrees best with the map has an IoU above 0.9."""
    agreement = FEATURES.index("agreement")
    first = [int(np.argmax(photo.features[: photo.own, agreement])) for photo in photos]
    return logistic(
        np.stack([photo.features[index] for photo, index in zip(photos, first, strict=True)]),
        np.array([photo.ious[index] > GOOD for photo, index in zip(photos, first, strict=True)]),
        np.ones(len(photos)),
        ridge=10,  # of 0.1 to 20 the best Brier score on 79 tuned-on photos, folded eight times
    )


def logistic(
    inputs: NDArray[np.float32],
    targets: NDArray[np.float32] | NDArray[np.bool_],
    weights: NDArray[np.float64],
    *,
    ridge: float = 0.03,
    rounds: int = 50,
) -> tuple[float, ...]:
    """Weighted ridge logistic regression by Newton's method; targets may lie between 0 and 1."""
    spread = np.maximum(inputs.std(0), 1e-3).astype(np.float64)
    design = np.column_stack([np.ones(len(inputs)), (inputs - inputs.mean(0)) / spread])
    penalty = np.eye(design.shape[1]) * ridge
    penalty[0, 0] = 0
    beta = np.zeros(design.shape[1])
    for _ in range(rounds):
        guess = 1 / (1 + np.exp(-design @ beta))
        slope = design.T @ (weights * (targets - guess)) - penalty @ beta
        curve = (design * (weights * guess * (1 - guess))[:, None]).T @ design + penalty
        beta += np.linalg.solve(curve + 1e-6 * np.eye(len(beta)), slope)
    plain = beta[1:] / spread
    return (float(beta[0] - plain @ inputs.mean(0)), *map(float, plain))


def fit(photos: Sequence[Answered]) -> dict[str, tuple[float, ...]]:
    """Fit both."""
    return {"rank": fit_rank(photos), "confidence": fit_confidence(photos)}
