"""Teach the head on embeddings kept on disk: BCE and soft IoU, AdamW."""

from __future__ import annotations

import logging
from copy import deepcopy
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from pipeline.foreground.head import place
from pipeline.sam import GRID
from training.mix import Row, mirror, mix
from training.model import HeadNetwork

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from training.lessons import Lesson

log = logging.getLogger(__name__)

MIRRORED = 0.5
MIXED = 0.3
WARM_UP = 100
SLOWING = 0.4
WATCHED = 100
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


def collate(lessons: Sequence[Lesson], draw: np.random.Generator) -> Batch:
    """Read lessons from disk; half are mirrored, some get the product of the next one."""
    rows = [_read(lesson) for lesson in lessons]
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


def train(
    lessons: Sequence[Lesson],
    weights: Sequence[float],
    *,
    steps: int,
    size: int = 8,
    rate: float = 2e-3,
    seed: int = 0,
    watch: Callable[[HeadNetwork], float] | None = None,
) -> tuple[HeadNetwork, Curves]:
    """Fit a head; ``weights`` say how often each lesson is drawn.

    ``watch`` tells how good a head is on other objects: it is asked every WATCHED steps, and the
    head that was best is kept, not the last one. Returns the head and its curves.
    """
    torch.manual_seed(seed)
    draw = np.random.default_rng(seed)
    chance = np.array(weights, np.float64) / sum(weights)
    network = HeadNetwork()
    kept = deepcopy(network).eval()
    optimizer = torch.optim.AdamW(network.parameters(), rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _pace(step, steps))
    curves, best = Curves([], []), kept
    network.train()
    for step in range(steps):
        picked = draw.choice(len(lessons), size, p=chance)
        batch = collate([lessons[index] for index in picked], draw)
        loss = loss_of(network(batch.embedding, batch.place), batch)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        _follow(kept, network, step)
        curves.losses.append(float(loss.detach()))
        if step % WATCHED == WATCHED - 1:
            mean = float(np.mean(curves.losses[-WATCHED:]))
            log.info("step %d: loss %.3f", step + 1, mean)
            if watch is not None:
                curves.watched.append((step + 1, watch(kept)))
                log.info("step %d: IoU %.4f on other objects", *curves.watched[-1])
                if curves.watched[-1] == max(curves.watched, key=lambda point: point[1]):
                    best = deepcopy(kept)
    return (kept if watch is None else best), curves


def _pace(step: int, steps: int) -> float:
    """Warm up, hold, and slow down evenly to the end."""
    return min(1.0, (step + 1) / WARM_UP, max(0.02, (steps - step) / (SLOWING * steps)))


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


def _read(lesson: Lesson) -> Row:
    embedding, label = lesson.embedding(), lesson.label()
    return Row(
        embedding.features,
        place(*embedding.valid(GRID)),
        label.product.astype(np.float32)[None] / np.float32(255),
        label.known.astype(np.float32)[None],
    )
