"""Every way to find the product behind one interface: the head, other networks, old rules.

A segmenter is named by its saliency models, joined by ``+`` where they are averaged: ``head`` (the
default), ``u2net``, ``head+u2net``. SAM refines their map. ``largest-mask`` and ``grabcut`` are
whole rules of their own, to compare with.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np

from pipeline.errors import NothingFoundError, WeightsError
from pipeline.foreground.holes import open_holes
from pipeline.foreground.rank import sigmoid
from pipeline.foreground.saliency import Saliency, on_square
from pipeline.foreground.select import Candidate, Choice, choose
from pipeline.sam import LOW_RES
from pipeline.sam.mask_generator import GeneratorOptions, generate_masks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.foreground.head import Head
    from pipeline.sam import Embedding, Sam
    from pipeline.values import Pixels, Plane
    from pipeline.weights import Network

    Logits = NDArray[np.float32]

HEAD, LARGEST_MASK, GRABCUT = "head", "largest-mask", "grabcut"
LARGEST_MASK_OPTIONS = GeneratorOptions(points_per_side=8)
"""As the official generator, with fewer points: whatever is largest, a coarse grid hits it too."""
HARD_LOGIT = 8.0
"""Logits of a mask that is all or nothing."""
GRABCUT_SIDE = 512
GRABCUT_ROUNDS = 5
GRABCUT_MARGIN = 0.05
"""The rim of the picture, as a share of its sides, that GrabCut is told is background."""


class SaliencyModel(Protocol):
    """One model of what stands out as the product."""

    @property
    def name(self) -> str:
        """What the model is asked for by."""
        ...

    def __call__(self, pixels: Pixels, embedding: Embedding) -> Logits:
        """Return (256, 256) float32 logits over the padded square, above 0 on the product.

        ``pixels`` is (height, width, 3) uint8 RGB.
        """
        ...


class Segmenter(Protocol):
    """One way from a picture to a choice."""

    @property
    def name(self) -> str:
        """What the segmenter is asked for by."""
        ...

    def __call__(
        self, sam: Sam, pixels: Pixels, embedding: Embedding, *, search: bool = False
    ) -> Choice:
        """Find the product; ``search`` asks for alternatives. Raises NothingFoundError.

        ``pixels`` is (height, width, 3) uint8 RGB.
        """
        ...


@dataclass(frozen=True, slots=True)
class HeadSaliency:
    """What the foreground head reads off the embedding."""

    head: Head
    name: str = HEAD

    def __call__(self, pixels: Pixels, embedding: Embedding) -> Logits:
        """Ask the head, which needs no pixels.

        ``pixels``, (height, width, 3) uint8 RGB, are not looked at.
        """
        del pixels
        return self.head(embedding)


@dataclass(frozen=True, slots=True)
class NetworkSaliency:
    """What a saliency network sees in the pixels."""

    name: str
    saliency: Saliency

    def __call__(self, pixels: Pixels, embedding: Embedding) -> Logits:
        """Ask the network.

        ``pixels`` is (height, width, 3) uint8 RGB.
        """
        return logit(on_square(self.saliency(pixels), embedding))


@dataclass(frozen=True, slots=True)
class AverageSaliency:
    """The mean of several models' probabilities."""

    models: tuple[SaliencyModel, ...]

    @property
    def name(self) -> str:
        """The names joined as the segmenter is asked for."""
        return "+".join(model.name for model in self.models)

    def __call__(self, pixels: Pixels, embedding: Embedding) -> Logits:
        """Ask all of them.

        ``pixels`` is (height, width, 3) uint8 RGB.
        """
        seen = [sigmoid(model(pixels, embedding)) for model in self.models]
        return logit(np.mean(seen, axis=0, dtype=np.float32))


@dataclass(frozen=True, slots=True)
class SamSegmenter:
    """A saliency model's map, refined by SAM: how the product does it."""

    model: SaliencyModel

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.name

    def __call__(
        self, sam: Sam, pixels: Pixels, embedding: Embedding, *, search: bool = False
    ) -> Choice:
        """Choose by the model's map, and open the holes that SAM filled in the first answer.

        ``pixels`` is (height, width, 3) uint8 RGB.
        """
        logits = self.model(pixels, embedding)
        choice = choose(sam, embedding, logits, search=search)
        first, *others = choice.candidates
        first = replace(first, logits=open_holes(sam, pixels, embedding, first.logits))
        return replace(choice, candidates=(first, *others))


@dataclass(frozen=True, slots=True)
class LargestMask:
    """The prototype's rule: the largest automatic mask is background, all else the product."""

    name: str = LARGEST_MASK

    def __call__(
        self, sam: Sam, pixels: Pixels, embedding: Embedding, *, search: bool = False
    ) -> Choice:
        """Find every segment, and take the rest of the largest.

        ``pixels``, (height, width, 3) uint8 RGB, are not looked at.
        """
        del pixels, search
        found = generate_masks(sam, embedding, LARGEST_MASK_OPTIONS)
        if not found:
            raise NothingFoundError("there is no segment in the picture")
        largest = max(found, key=lambda segment: segment.area)
        return _sole(_within(embedding, -largest.logits))


@dataclass(frozen=True, slots=True)
class GrabCut:
    """Rother et al., "GrabCut", 2004, told that the picture's rim is background."""

    name: str = GRABCUT

    def __call__(
        self, sam: Sam, pixels: Pixels, embedding: Embedding, *, search: bool = False
    ) -> Choice:
        """Cut by colour alone; neither SAM nor a network is asked.

        ``pixels`` is (height, width, 3) uint8 RGB.
        """
        del sam, search
        return _sole(_within(embedding, logit(on_square(grabcut(pixels), embedding))))


def open_segmenter(
    name: str, head: Callable[[], Head], network: Callable[[str], tuple[Path, Network]]
) -> Segmenter:
    """Make the segmenter called ``name``; ``network`` finds a saliency network's file by its name.

    Raises WeightsError where a network is not known or not there.
    """
    if name == LARGEST_MASK:
        return LargestMask()
    if name == GRABCUT:
        return GrabCut()
    return SamSegmenter(open_saliency(name, head, network))


def open_saliency(
    name: str, head: Callable[[], Head], network: Callable[[str], tuple[Path, Network]]
) -> SaliencyModel:
    """Make the model called ``name``, an average where there is a ``+`` in it.

    What follows a ``=`` in a part is for ``network`` alone.
    """
    parts = name.split("+")
    if not all(parts):
        raise WeightsError(f"{name!r} names no way to find the product")
    models: list[SaliencyModel] = []
    for part in parts:
        if part == HEAD:
            models.append(HeadSaliency(head()))
        else:
            path, how = network(part)
            models.append(NetworkSaliency(part.partition("=")[0], Saliency(path, how)))
    return models[0] if len(models) == 1 else AverageSaliency(tuple(models))


def grabcut(pixels: Pixels) -> Plane:
    """Cut ``pixels`` by colour: (height, width) float32 of 0 and 1.

    ``pixels`` is (height, width, 3) uint8 RGB.
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, GRABCUT_SIDE / max(height, width))
    size = max(8, round(width * scale)), max(8, round(height * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    left, top = max(1, round(size[0] * GRABCUT_MARGIN)), max(1, round(size[1] * GRABCUT_MARGIN))
    rectangle = (left, top, size[0] - 2 * left, size[1] - 2 * top)
    labels = np.zeros(small.shape[:2], np.uint8)
    back, front = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)
    cv2.grabCut(small, labels, rectangle, back, front, GRABCUT_ROUNDS, cv2.GC_INIT_WITH_RECT)
    inside = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)
    plane: Plane = cv2.resize(inside, (width, height), interpolation=cv2.INTER_NEAREST)
    return plane


def logit(probability: NDArray[np.float32]) -> Logits:
    """Undo the sigmoid, within the logits that SAM takes as a mask.

    ``probability`` is (h, w) float32 in 0..1, and so are the logits but for their range.
    """
    odds = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(np.clip(np.log(odds / (1 - odds)), -HARD_LOGIT, HARD_LOGIT), np.float32)


def _within(embedding: Embedding, logits: Logits) -> Logits:
    rows, columns = embedding.valid(LOW_RES)
    kept = np.full((LOW_RES, LOW_RES), -HARD_LOGIT, np.float32)
    kept[:rows, :columns] = logits[:rows, :columns]
    return kept


def _sole(logits: Logits) -> Choice:
    if not (logits > 0).any():
        raise NothingFoundError("the rule leaves nothing of the picture")
    return Choice((Candidate(logits, 0.5),), confidence=0.5)
