"""The head's network: a view of the whole at a coarse grid, then outlines at 256 x 256."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Iterable

EMBEDDING = 256
PLACE = 3
DILATIONS = (1, 2, 4, 8, 1, 2, 4, 8)
GROWTH = 4


class Block(nn.Module):
    """One residual step: a dilated 3x3, a 1x1, and what the picture's average says."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.spread = nn.Conv2d(width, width, 3, padding=dilation, dilation=dilation, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.mix = nn.Conv2d(width, width, 1)
        self.context = nn.Linear(width, width)

    def forward(self, x: Tensor, valid: Tensor) -> Tensor:
        """Step on x, (N, width, side, side); ``valid`` is above 0 where the picture is."""
        step = self.mix(functional.relu(self.norm(self.spread(x))))
        average = (step * valid).sum((2, 3)) / valid.sum((2, 3))
        out: Tensor = x + step + self.context(average)[:, :, None, None]
        return out * valid


class HeadNetwork(nn.Module):
    """(N, 256, 64, 64) embeddings and (N, 3, 64, 64) places to (N, 1, 256, 256) logits.

    What the product is needs a view of the whole picture: eight blocks at 32 x 32. Where it ends
    is in the embedding's own cells, which join again at 64 x 64.
    """

    def __init__(self, width: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.enter = nn.Conv2d(EMBEDDING + PLACE - 1, width, 1)
        self.drop = nn.Dropout2d(dropout)
        self.coarse = nn.Conv2d(width, width, 2, stride=2)
        self.blocks = nn.ModuleList(Block(width, dilation) for dilation in DILATIONS)
        self.join = nn.Conv2d(2 * width, width, 1)
        self.leave = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, GROWTH * GROWTH, 3, padding=1),
            nn.PixelShuffle(GROWTH),
        )

    def forward(self, embedding: Tensor, place: Tensor) -> Tensor:
        """Return logits, above 0 on the product."""
        valid = place[:, 2:]
        fine = functional.relu(self.enter(torch.cat([self.drop(embedding), place[:, :2]], 1)))
        fine = fine * valid
        x = self.coarse(fine)
        coarse_valid = functional.avg_pool2d(valid, 2)
        for block in self.blocks:
            x = block(x, coarse_valid)
        x = functional.interpolate(x, scale_factor=2, mode="nearest")
        x = functional.relu(self.join(torch.cat([x, fine], 1))) * valid
        logits: Tensor = self.leave(x)
        return logits


class Ensemble(nn.Module):
    """Heads that were taught apart, asked together: the mean of their logits."""

    def __init__(self, heads: Iterable[HeadNetwork]) -> None:
        super().__init__()
        self.heads = nn.ModuleList(heads)

    def forward(self, embedding: Tensor, place: Tensor) -> Tensor:
        """Return logits as a head does."""
        return torch.stack([head(embedding, place) for head in self.heads]).mean(0)
