"""A classifier of masks: the product, a part of it, more than it, or something else.

It also says which IoU with the product to expect. Small networks on what `describe` knows of a
mask, asked together; ``training.classifier`` teaches them on every answer that SAM gives about
outlined photos. The mean embeddings within and around a mask are what it gains most by.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pipeline.foreground.rank import FEATURES, sigmoid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from pipeline.foreground.describe import Description

    Floats = NDArray[np.float32]

FILE = Path(__file__).with_name("mask-classifier.npz")
CLASSES = ("product", "part", "more", "other")
EVIDENCE = ("good", "in common", "ahead", "agreement", "sure", "stable")
"""What the confidence goes by: how probable an IoU above 0.9 is thought to be, what the mask has in
common with all that may be meant, how far it is ahead of other things; three of FEATURES."""
SPREAD = 0.12
"""How much less expected IoU makes a mask e times less likely to be what is meant."""
OTHER = 0.8
"""Below this IoU two masks are different things."""
LIMIT = 4.0
"""Standard deviations beyond which an input says no more."""


class Judged(NamedTuple):
    """What is thought of N masks, all in 0..1.

    ``iou`` (N,) is the IoU to expect with the product, ``good`` (N,) how probable one above 0.9 is,
    ``classes`` (N, 4) the probabilities of CLASSES.
    """

    iou: Floats
    good: Floats
    classes: Floats


class Classifier:
    """The networks as arrays; ``training.classifier`` tells their names."""

    def __init__(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Take the arrays by name, float16 or float32, weights of (networks, inputs, 64) first."""
        self._arrays = {name: np.asarray(array, np.float32) for name, array in arrays.items()}

    def judge(self, description: Description) -> Judged:
        """Judge the described masks."""
        seen = inputs(self._arrays, description)
        answer = self._answer(seen).mean(0)
        odds = np.exp(answer[:, 2:] - answer[:, 2:].max(1, keepdims=True))
        return Judged(
            sigmoid(answer[:, 0]), sigmoid(answer[:, 1]), odds / odds.sum(1, keepdims=True)
        )

    def confidence(self, seen: Floats) -> float:
        """Return how probable an IoU above 0.9 is for the mask that was put first, calibrated.

        ``seen`` (EVIDENCE,) float32 is what `evidence` lists.
        """
        return float(sigmoid(self._arrays["calibration"] @ np.append(np.float32(1), seen)))

    def _answer(self, seen: Floats) -> Floats:
        """Return what each network says, (networks, N, 6): logits of IoU, of good, of CLASSES."""
        layer = np.repeat(seen[None], len(self._arrays["weight 0"]), 0)
        for index in range(3):
            layer = layer @ self._arrays[f"weight {index}"] + self._arrays[f"bias {index}"][:, None]
            if index < 2:  # noqa: PLR2004 - the last is linear
                layer = layer * sigmoid(layer)
        return np.asarray(layer, np.float32)


def inputs(arrays: Mapping[str, Floats], description: Description) -> Floats:
    """Scale what is known of N masks to what the networks take, (N, inputs) float32.

    The mean embeddings within and around, and their difference, are seen from their main axes.
    """
    plain = (description.plain - arrays["mean"]) / arrays["deviation"]
    within, around = description.pooled[:, 0], description.pooled[:, 1]
    looks = np.stack([within, around, within - around]) - arrays["middle"][:, None]
    seen = [plain, *(looks @ arrays["axes"])]
    return np.asarray(np.clip(np.concatenate(seen, axis=1), -LIMIT, LIMIT), np.float32)


def evidence(judged: Judged, described: Description, ious: Floats, first: int) -> Floats:
    """List what the confidence in the mask at ``first`` goes by: (EVIDENCE,) float32.

    ``ious`` (N, N) float32 are those of each two masks.
    """
    likely = likelihoods(judged.iou)
    others = judged.iou[ious[first] < OTHER]
    plain = dict(zip(FEATURES, described.plain[first].tolist(), strict=False))
    values = {
        "good": _logit(float(judged.good[first])),
        "in common": float(likely @ ious[first]),
        "ahead": float(judged.iou[first] - others.max(initial=0)),
    }
    return np.array([{**plain, **values}[name] for name in EVIDENCE], np.float32)


def likelihoods(expected: Floats) -> Floats:
    """Say how likely each mask is to be what is meant: (N,) float32, in all 1.

    ``expected`` (N,) float32 are the IoUs to expect.
    """
    odds = np.exp((expected - expected.max()) / SPREAD)
    return np.asarray(odds / odds.sum(), np.float32)


def _logit(probability: float) -> float:
    kept = min(max(probability, 1e-4), 1 - 1e-4)
    return float(np.log(kept / (1 - kept)))


@cache
def classifier() -> Classifier:
    """Read the classifier that lies beside this module."""
    with np.load(FILE, allow_pickle=False) as arrays:
        return Classifier(dict(arrays))
