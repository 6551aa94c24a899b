"""What all prompts on one picture share, as an ONNX graph that is run once per set of cells.

`pipeline/sam/lowrank.py` tells why this is all that a picture's cells are needed for. Below, C is
the cells, K the cells with their mean over the channels taken out, g1, b1, g2, b2 the gains and
shifts of the image's two layer norms, and Kg is g1 K, its mean taken out again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from pipeline.sam.blocks import FINAL, HEAD, HEADS, LAYER, WIDTH, Blocks
from pipeline.sam.upscaling import Upscaling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from pipeline.sam.graph import Operand, Value, Weights

TO_IMAGE: Final = tuple(LAYER.format(n, "cross_attn_token_to_image") for n in range(2))
TO_TOKENS: Final = tuple(LAYER.format(n, "cross_attn_image_to_token") for n in range(2))
EPSILON = 1e-5
"""What torch's layer norm adds to the variance."""
CELLS: Final = "cells"
KEYS, VALUES, ROW = (HEADS, HEAD, CELLS), (HEADS, CELLS, HEAD), (1, CELLS)
SHARED: Final[Mapping[str, tuple[int | str, ...]]] = {
    "keys-1": KEYS,
    "values-1": VALUES,
    "asking-1": KEYS,
    "product-1": KEYS,
    "square-1": ROW,
    "keys-2": KEYS,
    "places-2": KEYS,
    "values-2": VALUES,
    "asking-2": KEYS,
    "asking-places-2": KEYS,
    "product-21": KEYS,
    "product-22": KEYS,
    "square-2": ROW,
    "linear-2": ROW,
    "keys-3": KEYS,
    "places-3": KEYS,
    "values-3": VALUES,
    "drawn": (CELLS, 4 * 64),
    "sketched": (CELLS, 64),
}
"""The outputs, float32, and their shapes.

1 and 2 are the two layers, 3 the last attention. ``keys``, ``values``: what tokens attend to;
``asking``: the cells' own queries; ``places``: what of both is due to where cells lie; ``product``:
products with a layer's update; ``square``, ``linear``: parts of a layer norm's variance;
``drawn``, ``sketched``: the first convolution.
"""


def centred(array: NDArray[np.float32], axis: int = -1) -> NDArray[np.float32]:
    """Take the mean out."""
    return np.asarray(array - array.mean(axis=axis, keepdims=True))


class Halves(Blocks):
    """Blocks that know the weights by which the image and the tokens meet."""

    def weight(self, layer: str) -> NDArray[np.float32]:
        """Return a layer's matrix, (out, in)."""
        return self.weights[f"{layer}.weight"]

    def bias(self, layer: str) -> NDArray[np.float32]:
        """Return what a layer adds, (out,)."""
        return self.weights[f"{layer}.bias"]

    def gain(self, number: int) -> NDArray[np.float32]:
        """Return the gain of the image's layer norm."""
        return self.weight(LAYER.format(number, "norm4"))

    def shift(self, number: int) -> NDArray[np.float32]:
        """Return the shift of the image's layer norm."""
        return self.bias(LAYER.format(number, "norm4"))


def build_shared(weights: Weights) -> bytes:
    """Write the graph: C cells, as (1, 256, C), and ``places`` (1, C, 256) to what `SHARED` lists.

    All are float32; ``places`` are the cells' positional encodings.
    """
    return _Shared(weights).model()


class _Shared(Halves):
    def model(self) -> bytes:
        g = self.g
        embedding = g.transpose(g.input("embedding", (1, WIDTH, "cells")), 0, 2, 1)
        places = g.input("places", (1, "cells", WIDTH))
        cells = g("Add", embedding, self.weight("prompt_encoder.no_mask_embed"))
        level = self.centred(cells)
        gained = self.centred(g("Mul", level, self.gain(0)))
        self.first_layer(cells, level, places)
        self.second_layer(level, gained, places)
        self.last_attention(gained, places)
        return g.model()

    def first_layer(self, cells: Value, level: Value, places: Value) -> None:
        """Keys and values of C; queries of C; 2 K Wo' / 256 and (K'K + 2 K bo) / 256 + epsilon."""
        g, image, tokens = self.g, TO_IMAGE[0], TO_TOKENS[0]
        placed = g("Add", cells, places)
        self.by_head("keys-1", g.linear(placed, self.weights, f"{image}.k_proj"))
        self.by_head("values-1", g.linear(cells, self.weights, f"{image}.v_proj"))
        self.by_head("asking-1", g.linear(placed, self.weights, f"{tokens}.q_proj"))
        out = f"{tokens}.out_proj"
        self.by_head("product-1", g("MatMul", level, self.weight(out) * 2 / WIDTH))
        square = g("Add", self.square(level), self.dot(level, 2 * self.bias(out)))
        self.row("square-1", g("Add", g("Mul", square, 1 / WIDTH), EPSILON))

    def second_layer(self, level: Value, gained: Value, places: Value) -> None:
        """Keys, values and queries of g1 K; products of Kg with both layers' updates."""
        g, gain = self.g, self.gain(0)
        image, first, second = TO_IMAGE[1], *TO_TOKENS
        for name, layer in (
            ("keys-2", f"{image}.k_proj"),
            ("values-2", f"{image}.v_proj"),
            ("asking-2", f"{second}.q_proj"),
        ):
            self.by_head(name, g("MatMul", level, (self.weight(layer) * gain).T))
        self.by_head("places-2", g("MatMul", places, self.weight(f"{image}.k_proj").T))
        placed = g("Add", places, self.shift(0))
        self.by_head("asking-places-2", g.linear(placed, self.weights, f"{second}.q_proj"))
        moved = centred(self.weight(f"{first}.out_proj"), 0) * gain[:, None]
        self.by_head("product-21", g("MatMul", gained, moved * 2 / WIDTH))
        moved = self.weight(f"{second}.out_proj")
        self.by_head("product-22", g("MatMul", gained, moved * 2 / WIDTH))
        always = 2 * gain * centred(self.bias(f"{first}.out_proj"))
        square = g("Add", self.square(gained), self.dot(gained, always))
        self.row("square-2", g("Mul", square, 1 / WIDTH))
        always = 2 * (self.bias(f"{second}.out_proj") + self.shift(0))
        self.row("linear-2", g("Mul", self.dot(gained, always), 1 / WIDTH))

    def last_attention(self, gained: Value, places: Value) -> None:
        """Keys and values of g2 Kg, and its first convolution."""
        g, gain = self.g, self.gain(1)
        self.by_head("keys-3", g("MatMul", gained, (self.weight(f"{FINAL}.k_proj") * gain).T))
        self.by_head("places-3", g("MatMul", places, self.weight(f"{FINAL}.k_proj").T))
        self.by_head("values-3", g("MatMul", gained, (self.weight(f"{FINAL}.v_proj") * gain).T))
        for name, sketch in (("drawn", False), ("sketched", True)):
            kernel = gain[:, None] * Upscaling(self, sketch=sketch).first()
            first = g.reshape(g("MatMul", gained, kernel), -1, kernel.shape[1])
            g.output(name, first, SHARED[name])

    def centred(self, value: Value) -> Value:
        return self.g("Sub", value, self.g("ReduceMean", value, np.array([2])))

    def dot(self, value: Value, vector: NDArray[np.float32]) -> Value:
        return self.g("MatMul", value, vector[:, None])

    def square(self, value: Operand) -> Value:
        return self.g("ReduceSumSquare", value, np.array([2]))

    def row(self, name: str, value: Value) -> None:
        self.g.output(name, self.g.reshape(value, 1, -1), ROW)

    def by_head(self, name: str, value: Value) -> None:
        g, shape = self.g, SHARED[name]
        apart = g.reshape(value, -1, HEADS, HEAD)
        order = (1, 2, 0) if shape is KEYS else (1, 0, 2)
        g.output(name, g.transpose(apart, *order), shape)
