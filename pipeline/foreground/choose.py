"""Choose the product: the head's map, SAM's outlines for it, and the best other answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.errors import NothingFoundError
from pipeline.foreground import ask
from pipeline.sam import LOW_RES

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from pipeline.sam import Embedding, Sam

MOST = 5
DISTINCT = 0.8
"""Two cut-outs above this IoU are the same offer."""
NOTHING = 0.2
"""Where the map's highest probability is below this, no product stands out."""
SMALLEST, LARGEST = 0.003, 0.95
"""Shares of the picture between which a cut-out can be the product."""
PROBES = 5
GUARD = 0.6
"""Below this agreement with the map, SAM's answer is about something else: the map stays."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One possible cut-out.

    ``logits`` is (256, 256) float32 over the padded square, above 0 inside. ``score`` is 0..1:
    how likely this is what the seller means; it orders candidates of one photo.
    """

    logits: NDArray[np.float32]
    score: float


@dataclass(frozen=True, slots=True)
class Choice:
    """The distinct cut-outs of one photo, best first, at most five.

    ``confidence`` is 0..1: the calibrated probability that the first one has an IoU above 0.9
    with what a person would outline.
    """

    candidates: tuple[Candidate, ...]
    confidence: float


def choose(
    sam: Sam, embedding: Embedding, head: Callable[[Embedding], NDArray[np.float32]]
) -> Choice:
    """Find the product and up to four alternatives.

    ``head`` gives (256, 256) float32 logits over the padded square: ``Head``, or any other
    opinion on what stands out. Raises NothingFoundError where nothing does.
    """
    rows, columns = embedding.valid(LOW_RES)
    logits = head(embedding)
    logits[rows:] = logits[:, columns:] = -ask.MASK_LIMIT
    peak = float(logits.max())
    if sigmoid(peak) < NOTHING:
        raise NothingFoundError(f"the map's highest probability is {sigmoid(peak):.2f}")
    if peak <= 0:
        logits = logits - np.float32(peak / 2)

    answers = sharpened(sam, embedding, logits)
    answers += _elsewhere(sam, embedding, logits)
    probability = sigmoid(logits[:rows, :columns])
    ranked = sorted(
        (
            Candidate(found, _score(sigmoid(found[:rows, :columns]), probability, sure))
            for found, sure in answers
            if SMALLEST < float((found[:rows, :columns] > 0).mean()) < LARGEST
        ),
        key=lambda candidate: -candidate.score,
    )
    if not ranked or agreement(sigmoid(ranked[0].logits[:rows, :columns]), probability) < GUARD:
        ranked.insert(0, Candidate(logits, 0.5))
    distinct = _distinct(ranked)
    return Choice(distinct, confidence=distinct[0].score)


def sharpened(
    sam: Sam, embedding: Embedding, logits: NDArray[np.float32]
) -> list[tuple[NDArray[np.float32], float]]:
    """SAM's outlines for the map, whole and piece by piece, with the decoder's own scores."""
    whole = ask.about(embedding, logits)
    pieces = ask.parts(logits)
    prompts = [*whole, *(ask.one_part(embedding, logits, piece) for piece in pieces)]
    masks = sam.decode(embedding, prompts)
    answers = [
        (masks.logits[index, way], float(masks.scores[index, way]))
        for index in range(len(whole))
        for way in range(masks.scores.shape[1])
    ]
    if pieces:
        joined, sure = np.full((LOW_RES, LOW_RES), -np.inf, np.float32), []
        for offset, piece in enumerate(pieces, len(whole)):
            fit = [
                agreement(sigmoid(found), piece.astype(np.float32))
                for found in masks.logits[offset]
            ]
            way = int(np.argmax(fit))
            joined = np.maximum(joined, masks.logits[offset, way])
            sure.append(float(masks.scores[offset, way]))
        answers.append((joined, float(np.mean(sure))))
    return answers


def _elsewhere(
    sam: Sam, embedding: Embedding, logits: NDArray[np.float32]
) -> list[tuple[NDArray[np.float32], float]]:
    """SAM's answers to single points spread over the picture, likely places first."""
    rows, columns = embedding.valid(LOW_RES)
    middle = 1 - np.maximum(
        np.abs(np.linspace(-1, 1, rows))[:, None], np.abs(np.linspace(-1, 1, columns))[None]
    )
    wanted = sigmoid(logits[:rows, :columns]) + 0.5 * middle
    reach = 0.22 * max(rows, columns)
    down, across = np.ogrid[:rows, :columns]
    prompts = []
    for _ in range(PROBES):
        row, column = np.unravel_index(int(wanted.argmax()), wanted.shape)
        prompts.append(ask.at(embedding, float(row), float(column)))
        wanted = np.where((down - row) ** 2 + (across - column) ** 2 < reach**2, -1, wanted)
    masks = sam.decode(embedding, prompts)
    return [
        (masks.logits[index, way], float(masks.scores[index, way]))
        for index in range(len(prompts))
        for way in range(1, masks.scores.shape[1])
    ]


def _distinct(ranked: list[Candidate]) -> tuple[Candidate, ...]:
    kept: list[Candidate] = []
    for candidate in ranked:
        inside = candidate.logits > 0
        if all(_overlap(inside, other.logits > 0) < DISTINCT for other in kept):
            kept.append(candidate)
        if len(kept) == MOST:
            break
    return tuple(kept)


def _score(found: NDArray[np.float32], probability: NDArray[np.float32], sure: float) -> float:
    return float(0.8 * agreement(found, probability) + 0.2 * min(max(sure, 0.0), 1.0))


def agreement(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Soft IoU of two planes of probabilities."""
    return float(np.minimum(a, b).sum() / max(float(np.maximum(a, b).sum()), 1e-6))


def _overlap(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    return float((a & b).sum() / max(int((a | b).sum()), 1))


def sigmoid(x: NDArray[np.float32] | float) -> NDArray[np.float32]:
    """Probability of logits, float32; logits beyond +-30 are as good as that."""
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -30, 30))), np.float32)
