"""The end of SAM's mask decoder: two transposed convolutions, and the product with the mask tokens.

The convolutions have no overlap: each cell of the embedding becomes 4 x 4 pixels of the logits by
itself. With the cells' channels last both are plain matrix products.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.sam import GRID, LOW_RES
from pipeline.sam.onnx_decoder.blocks import UPSCALING, WIDTH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.sam.onnx_decoder.blocks import Blocks
    from pipeline.sam.onnx_decoder.graph_builder import Value

MIDDLE_CHANNELS = 64
"""Channels between the convolutions; 32 after them."""


def upscale(blocks: Blocks, cells: Value) -> Value:
    """Turn image tokens (N, 4096, 256) into pixel features (N, 65536, 32), nested cell by cell."""
    g, weights = blocks.g, blocks.weights
    value = g("MatMul", cells, _kernel(blocks, 0).reshape(WIDTH, -1))
    value = g("Add", value, np.tile(weights[f"{UPSCALING}.0.bias"], 4))
    value = g.norm(
        g.reshape(value, 0, -1, MIDDLE_CHANNELS), weights, f"{UPSCALING}.1", epsilon=1e-6
    )
    value = g("MatMul", g("Gelu", value), _kernel(blocks, 3).reshape(MIDDLE_CHANNELS, -1))
    value = g("Add", value, np.tile(weights[f"{UPSCALING}.3.bias"], 4))
    return g.reshape(g("Gelu", value), 0, -1, MIDDLE_CHANNELS // 2)


def mask_logits(blocks: Blocks, pixels: Value, queries: Value) -> Value:
    """Multiply pixel features with the mask tokens' hypernetworks: logits (N, 4, 256, 256)."""
    g = blocks.g
    logits = g("MatMul", blocks.filters(queries), g.transpose(pixels, 0, 2, 1))
    nested = g.reshape(logits, 0, 4, GRID, GRID, 2, 2, 2, 2)
    return g.reshape(g.transpose(nested, 0, 1, 2, 4, 6, 3, 5, 7), 0, 4, LOW_RES, LOW_RES)


def _kernel(blocks: Blocks, layer: int) -> NDArray[np.float32]:
    """Return a transposed convolution's weights as (in, 2, 2, out)."""
    return blocks.weights[f"{UPSCALING}.{layer}.weight"].transpose(0, 2, 3, 1)
