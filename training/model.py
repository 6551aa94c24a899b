"""The head's network: a view of the whole at a coarse grid, then outlines at 256 x 256."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

EMBEDDING = 256
PLACE = 3
DILATIONS = (1, 2, 4, 8, 1, 2, 4, 8)
GROWTH = 4
LOOK = 4
"""Blocks between two looks around."""


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


class Attend(nn.Module):
    """Every 2 x 2 cells look at all others: what is the product is told by what else there is.

    Vaswani et al., "Attention Is All You Need", 2017, at 16 x 16 cells, with four heads.
    """

    def __init__(self, width: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.ask = nn.Linear(width, 3 * width)
        self.answer = nn.Linear(width, width)

    def forward(self, x: Tensor, valid: Tensor) -> Tensor:
        """Step on x, (N, width, 32, 32); cells outside the picture are not looked at."""
        small = functional.avg_pool2d(x, 2)
        seen = functional.avg_pool2d(valid, 2).flatten(2)[:, :, None]
        count, width, rows, columns = small.shape
        tokens = self.norm(small.flatten(2).transpose(1, 2))
        parts = self.ask(tokens).reshape(count, rows * columns, 3, self.heads, -1)
        query, key, value = parts.permute(2, 0, 3, 1, 4).unbind(0)
        fit = query @ key.transpose(2, 3) * (width // self.heads) ** -0.5
        fit = fit - 1e4 * (seen <= 0).to(fit.dtype)
        mixed = (fit.softmax(-1) @ value).transpose(1, 2).reshape(count, rows * columns, width)
        step = self.answer(mixed).transpose(1, 2).reshape(count, width, rows, columns)
        out: Tensor = x + functional.interpolate(step, scale_factor=2, mode="nearest")
        return out * valid


class HeadNetwork(nn.Module):
    """(N, 256, 64, 64) embeddings and (N, 3, 64, 64) places to (N, 1, 256, 256) logits.

    What the product is needs a view of the whole picture: eight blocks at 32 x 32, with a look
    around after every fourth. Where it ends is in the embedding's own cells, which join again at
    64 x 64.
    """

    def __init__(self, width: int = 64, dropout: float = 0.1) -> None:
        super().__init__()
        self.enter = nn.Conv2d(EMBEDDING + PLACE - 1, width, 1)
        self.drop = nn.Dropout2d(dropout)
        self.coarse = nn.Conv2d(width, width, 2, stride=2)
        self.blocks = nn.ModuleList(Block(width, dilation) for dilation in DILATIONS)
        self.looks = nn.ModuleList(Attend(width) for _ in DILATIONS[::LOOK])
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
        for index, block in enumerate(self.blocks, 1):
            x = block(x, coarse_valid)
            if index % LOOK == 0:
                x = self.looks[index // LOOK - 1](x, coarse_valid)
        x = functional.interpolate(x, scale_factor=2, mode="nearest")
        x = functional.relu(self.join(torch.cat([x, fine], 1))) * valid
        logits: Tensor = self.leave(x)
        return logits
