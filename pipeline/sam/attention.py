"""The official image encoder's attention without its matrix, and linear layers of 8 bits.

`segment-anything-fast` (PyTorch, 2023, https://pytorch.org/blog/accelerating-generative-ai/) took
ViT-H from 2.78 to 24.9 pictures a second on an A100 by such steps. Ours are modules of our own
that take the official ones' parameters; the numbers stay the same to rounding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable


class SdpaAttention(nn.Module):
    """`segment_anything.modeling.image_encoder.Attention` by `scaled_dot_product_attention`.

    The decomposed relative positions (Li et al., "MViTv2", 2021) go in as a bias on the attention
    matrix, which itself is never stored.
    """

    def __init__(self, official: Any) -> None:
        super().__init__()
        self.num_heads: int = official.num_heads
        self.scale: float = official.scale
        self.qkv, self.proj = official.qkv, official.proj
        self.use_rel_pos: bool = official.use_rel_pos
        if self.use_rel_pos:
            self.rel_pos_h, self.rel_pos_w = official.rel_pos_h, official.rel_pos_w

    def forward(self, cells: torch.Tensor) -> torch.Tensor:
        """Attend among (B, H, W, C) cells."""
        many, rows, columns, channels = cells.shape
        qkv = self.qkv(cells).reshape(many, rows * columns, 3, self.num_heads, -1)
        queries, keys, values = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        bias = self._bias(queries, rows, columns) if self.use_rel_pos else None
        found = functional.scaled_dot_product_attention(
            queries, keys, values, attn_mask=bias, scale=self.scale
        )
        joined = found.transpose(1, 2).reshape(many, rows, columns, channels)
        projected: torch.Tensor = self.proj(joined)
        return projected

    def _bias(self, queries: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
        """Add what lies how far up or down to what lies how far aside, (B, heads, HW, HW)."""
        grid = queries.reshape(*queries.shape[:2], rows, columns, -1)
        down = torch.einsum("nghwc,hkc->nghwk", grid, _relative(self.rel_pos_h, rows).to(grid))
        aside = torch.einsum("nghwc,wkc->nghwk", grid, _relative(self.rel_pos_w, columns).to(grid))
        return (down[..., :, None] + aside[..., None, :]).flatten(4).flatten(2, 3)


class Int8Linear(nn.Module):
    """A linear layer whose weights are kept in 8 bits, with one scale per output channel.

    A quarter of the memory; the products are those of the layer's input's own type.
    """

    weight: torch.Tensor
    scale: torch.Tensor
    bias: torch.Tensor | None

    def __init__(self, official: nn.Linear) -> None:
        super().__init__()
        scale = official.weight.detach().abs().amax(dim=1, keepdim=True).clamp_min(1e-12) / 127
        rounded = (official.weight.detach() / scale).round().to(torch.int8)
        self.register_buffer("weight", rounded)
        self.register_buffer("scale", scale[:, 0])
        self.bias = official.bias

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        """Apply the layer."""
        kind = torch.get_autocast_dtype(value.device.type) if _autocast(value) else value.dtype
        product = functional.linear(value.to(kind), self.weight.to(kind)) * self.scale.to(kind)
        return product if self.bias is None else product + self.bias.to(kind)


def replace(module: nn.Module, kind: str, make: Callable[[Any], nn.Module]) -> None:
    """Put ``make(child)`` in the place of every descendant whose class is called ``kind``."""
    for name, child in module.named_children():
        if type(child).__name__ == kind:
            setattr(module, name, make(child))
        else:
            replace(child, kind, make)


def _relative(positions: torch.Tensor, side: int) -> torch.Tensor:
    """Look up the (side, side, C) embeddings of all distances on one axis."""
    longest = 2 * side - 1
    if positions.shape[0] != longest:
        stretched = functional.interpolate(positions.T[None].float(), longest, mode="linear")
        positions = stretched[0].T.to(positions)
    steps = torch.arange(side, device=positions.device)
    return positions[steps[:, None] - steps[None, :] + side - 1]


def _autocast(value: torch.Tensor) -> bool:
    return torch.is_autocast_enabled(value.device.type)
