"""The end of SAM's mask decoder: cells to pixels, all sixteen of a cell or one, as a sketch.

The transposed convolutions have no overlap: each cell of the embedding becomes 4 x 4 pixels of the
logits by itself. So one pixel of each cell, the third of the third row, is had exactly at a
sixteenth of the price.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.sam import GRID, LOW_RES
from pipeline.sam.blocks import UPSCALING, WIDTH
from pipeline.sam.graph import part_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.sam.blocks import Blocks
    from pipeline.sam.graph import Value


class Upscaling:
    """What of the cells is drawn in the graph of some ``blocks``."""

    def __init__(self, blocks: Blocks, *, sketch: bool) -> None:
        self.blocks = blocks
        self.is_sketch = sketch

    def first(self) -> NDArray[np.float32]:
        """Return the first convolution's weights as (256, 64), or (256, 4 x 64)."""
        kernel = self._kernel(0)
        return kernel[:, 1, 1] if self.is_sketch else kernel.reshape(WIDTH, -1)

    def first_bias(self) -> NDArray[np.float32]:
        """Return what it adds."""
        return np.tile(self.blocks.weights[f"{UPSCALING}.0.bias"], 1 if self.is_sketch else 4)

    def finish(self, values: Sequence[Value], queries: Value) -> None:
        """Draw what went through the first convolution, part after part of the cells.

        Declares the graph's outputs.
        """
        g, filters = self.blocks.g, self.blocks.filters(queries)
        g.output("scores", self.blocks.scores(queries), ("prompts", 4))
        if self.is_sketch:
            for part, value in enumerate(values):
                logits = g("MatMul", filters, g.transpose(self._sketched(value), 0, 2, 1))
                g.output(part_of("logits", part), logits, ("prompts", 4, f"cells-{part}"))
            return
        rows = [self._rows(value, filters, LOW_RES // len(values)) for value in values]
        g.output("logits", g("Concat", *rows, axis=2), ("prompts", 4, LOW_RES, LOW_RES))

    def _rows(self, value: Value, filters: Value, number: int) -> Value:
        g = self.blocks.g
        logits = g("MatMul", filters, g.transpose(self._drawn(value), 0, 2, 1))
        nested = g.reshape(logits, 0, 4, number // 4, GRID, 2, 2, 2, 2)
        return g.reshape(g.transpose(nested, 0, 1, 2, 4, 6, 3, 5, 7), 0, 4, number, LOW_RES)

    def _sketched(self, value: Value) -> Value:
        g = self.blocks.g
        value = g("MatMul", self._brought_out(value), self._kernel(3)[:, 0, 0])
        return g("Gelu", g("Add", value, self.blocks.weights[f"{UPSCALING}.3.bias"]))

    def _drawn(self, value: Value) -> Value:
        """Give each cell its sixteen pixels, (N, 16 cells, 32), by rows within rows."""
        g = self.blocks.g
        value = self._brought_out(g.reshape(value, 0, -1, 64))
        value = g("MatMul", value, self._kernel(3).reshape(64, -1))
        value = g("Add", value, np.tile(self.blocks.weights[f"{UPSCALING}.3.bias"], 4))
        return g.reshape(g("Gelu", value), 0, -1, 32)

    def _brought_out(self, value: Value) -> Value:
        """Apply what stands between the two convolutions."""
        blocks = self.blocks
        return blocks.g(
            "Gelu", blocks.g.norm(value, blocks.weights, f"{UPSCALING}.1", epsilon=1e-6)
        )

    def _kernel(self, layer: int) -> NDArray[np.float32]:
        """Return a transposed convolution's weights as (in, 2, 2, out)."""
        return self.blocks.weights[f"{UPSCALING}.{layer}.weight"].transpose(0, 2, 3, 1)
