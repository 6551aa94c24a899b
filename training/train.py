"""Teach the head on embeddings kept on disk: BCE and soft IoU, Muon, a cosine to the end.

A run that is stopped goes on from its last mark, step for step as if it had not been.
"""

from __future__ import annotations

import logging
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from pipeline.foreground.head import coordinate_channels
from pipeline.masks import iou
from pipeline.sam import GRID, LOW_RES
from training.mix import Row, mirror, mix
from training.model import HeadNetwork
from training.optimizer import Optimizer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from training.samples import Sample

log = logging.getLogger(__name__)

HALF = 127
MIRRORED = 0.5
MIXED = 0.3
WARM_UP = 100
SLOWEST = 0.01
"""The share of the rate that is left at the end."""
WATCHED = 400
AVERAGED = 0.995
"""Decay of the running average of the weights, which is what is kept."""


class Curves(NamedTuple):
    """How the learning went: the loss of each step, and (step, IoU) on other objects."""

    losses: list[float]
    watched: list[tuple[int, float]]


class Batch(NamedTuple):
    """Embeddings (N, 256, 64, 64), places (N, 3, 64, 64), products and what of them is known."""

    embedding: Tensor
    place: Tensor
    product: Tensor
    known: Tensor


def collate(samples: Sequence[Sample], draw: np.random.Generator) -> Batch:
    """Read samples from disk; half are mirrored, some get the product of the next one."""
    rows = [_read(sample) for sample in samples]
    rows = [mirror(row) if draw.random() < MIRRORED else row for row in rows]
    mixed = [
        mix(draw, row, above) if draw.random() < MIXED else row
        for row, above in zip(rows, rows[1:] + rows[:1], strict=True)
    ]
    return Batch(*(torch.from_numpy(np.stack(column)) for column in zip(*mixed, strict=True)))


def loss_of(logits: Tensor, batch: Batch) -> Tensor:
    """BCE plus soft IoU, both over what is known."""
    pixels = batch.known.sum((1, 2, 3)).clamp_min(1)
    entropy = functional.binary_cross_entropy_with_logits(
        logits, batch.product, weight=batch.known, reduction="none"
    ).sum((1, 2, 3))
    found = logits.sigmoid() * batch.known
    truth = batch.product * batch.known
    both = (found * truth).sum((1, 2, 3))
    either = (found + truth - found * truth).sum((1, 2, 3))
    loss: Tensor = (entropy / pixels + 1 - (both + 1) / (either + 1)).mean()
    return loss


@dataclass(slots=True)
class Run:
    """One training run: the network that learns, its running average, and where it is."""

    steps: int
    rate: float
    network: HeadNetwork
    kept: HeadNetwork
    best: HeadNetwork
    optimizer: Optimizer
    curves: Curves = field(default_factory=lambda: Curves([], []))

    @classmethod
    def start(cls, steps: int, rate: float, width: int, seed: int) -> Run:
        """Begin with fresh weights."""
        torch.manual_seed(seed)
        network = HeadNetwork(width).to(memory_format=torch.channels_last)
        kept = deepcopy(network).eval()
        network.train()
        return cls(steps, rate, network, kept, deepcopy(kept), Optimizer(network))

    def step(self, batch: Batch) -> None:
        """Learn from one batch."""
        done = len(self.curves.losses)
        with torch.autocast("cpu", torch.bfloat16):
            embedding, where = (
                each.to(torch.bfloat16, memory_format=torch.channels_last)
                for each in (batch.embedding, batch.place)
            )
            logits = self.network(embedding, where)
        loss = loss_of(logits.float(), batch)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step(self.rate * _pace(done, self.steps))
        _follow(self.kept, self.network, done)
        self.curves.losses.append(float(loss.detach()))

    def mark(self, path: Path) -> None:
        """Keep the whole state; the file has its name only once it is whole."""
        part = path.with_suffix(".part")
        torch.save(
            {
                "networks": [each.state_dict() for each in self._networks],
                "optimizer": self.optimizer.state_dict(),
                "curves": tuple(self.curves),
                "random": torch.get_rng_state(),
            },
            part,
        )
        part.rename(path)

    def resume(self, path: Path) -> None:
        """Go on from a mark."""
        state = torch.load(path, weights_only=True)
        for network, kept in zip(self._networks, state["networks"], strict=True):
            network.load_state_dict(kept)
        self.optimizer.load_state_dict(state["optimizer"])
        self.curves = Curves(*state["curves"])
        torch.set_rng_state(state["random"])
        log.info("going on from step %d", len(self.curves.losses))

    @property
    def _networks(self) -> tuple[HeadNetwork, ...]:
        return self.network, self.kept, self.best


def train(
    samples: Sequence[Sample],
    weights: Sequence[float],
    *,
    width: int,
    steps: int,
    size: int = 8,
    rate: float = 8e-3,
    seed: int = 0,
    watch: Callable[[HeadNetwork], float] | None = None,
    mark: Path | None = None,
) -> tuple[HeadNetwork, Curves]:
    """Fit a head of ``width``; ``weights`` say how often each sample is drawn.

    ``watch`` tells how good a head is on other objects: it is asked every WATCHED steps, and the
    head that was best is kept, not the last one. The run's state is kept in ``mark``. Returns the
    head and its curves.
    """
    chance = np.array(weights, np.float64) / sum(weights)
    run = Run.start(steps, rate, width, seed)
    if mark is not None and mark.exists():
        run.resume(mark)
    for step in range(len(run.curves.losses), steps):
        draw = np.random.default_rng((seed, step))
        picked = draw.choice(len(samples), size, p=chance)
        run.step(collate([samples[index] for index in picked], draw))
        if step % WATCHED != WATCHED - 1:
            continue
        curves = run.curves
        log.info("step %d: loss %.3f", step + 1, float(np.mean(curves.losses[-WATCHED:])))
        if watch is not None:
            curves.watched.append((step + 1, watch(run.kept)))
            log.info("step %d: IoU %.4f on other objects", *curves.watched[-1])
            if curves.watched[-1] == max(curves.watched, key=lambda point: point[1]):
                run.best.load_state_dict(run.kept.state_dict())
        if mark is not None:
            run.mark(mark)
    return (run.kept if watch is None else run.best), run.curves


def _pace(step: int, steps: int) -> float:
    """Warm up, then slow down along a cosine to the end."""
    fall = 0.5 + 0.5 * float(np.cos(np.pi * step / steps))
    return min((step + 1) / WARM_UP, 1.0) * max(fall, SLOWEST)


@torch.no_grad()
def _follow(kept: HeadNetwork, network: HeadNetwork, step: int) -> None:
    """Move the running average towards the network, faster at first; batch norms' own too."""
    decay = min(AVERAGED, (step + 1) / (step + 10))
    for name, value in kept.state_dict().items():
        target = network.state_dict()[name]
        if value.is_floating_point():
            value.lerp_(target, 1 - decay)
        else:
            value.copy_(target)


def _read(sample: Sample) -> Row:
    embedding, label = sample.embedding(), sample.label()
    return Row(
        embedding.features,
        coordinate_channels(*embedding.valid(GRID)),
        label.product.astype(np.float32)[None] / np.float32(255),
        label.known.astype(np.float32)[None],
    )


@torch.no_grad()
def mean_iou(network: HeadNetwork, samples: Sequence[Sample]) -> float:
    """Average the IoU of the network's own outline over samples, each kind counting the same."""
    ious: dict[str, list[float]] = {}
    for sample in samples:
        embedding = sample.embedding()
        rows, columns = embedding.valid(LOW_RES)
        where = torch.from_numpy(coordinate_channels(*embedding.valid(GRID)))[None]
        logits = network(torch.tensor(embedding.features)[None], where)[0, 0].numpy()
        truth = sample.label().product[:rows, :columns] > HALF
        ious.setdefault(sample.kind, []).append(iou(logits[:rows, :columns] > 0, truth))
    return float(np.mean([np.mean(of_kind) for of_kind in ious.values()]))
