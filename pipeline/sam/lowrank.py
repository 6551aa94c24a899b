"""SAM's mask decoder for many prompts on one picture, without building a prompt's 4,096 cells.

The cells are the same for all prompts until a layer lets them attend to a prompt's T tokens. What
that adds to a cell is a sum over 8 heads and T tokens, some 56 pairs: a share a (the softmax) times
a vector u = Wo v of 256 channels. So after the two layers of the two-way transformer

    cells 1 = g1 (K + A1 U1) / s1 + b1
    cells 2 = g2 ((g1 (K + A1 U1)) / s1 + b1 + A2 U2) / s2 + b2

with K (4096, 256) of the picture and A (4096, 8T), U (8T, 256) of the prompt: an update of low
rank. If K and U have no mean over the channels, as is arranged beforehand, the deviations s are
Gram matrices' business: 256 s1^2 = K'K + 2 A1 (K U1') + A1 (U1 U1') A1'. K U' is K Wo', shared,
times v, which has 16 channels a head.

All that is asked of the cells is linear in them, so none is ever built:

* likenesses q (W cells) are q (W K) / s, shared keys, plus ((q W) U') A' / s;
* attended values are sums of p / s over K W', shared values, plus (p A / s) (U W');
* the first transposed convolution is K W / s, shared, plus (A / s) (U W).

Per prompt that is an eighth of the official arithmetic, and exact but for the order of sums.
Architecture and names: Kirillov et al., "Segment Anything", 2023, https://arxiv.org/abs/2304.02643,
section A, and `segment_anything.modeling`: `TwoWayTransformer`, `MaskDecoder`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from pipeline.sam.blocks import CELLS, FINAL, HEAD, HEADS, SCALE, WIDTH
from pipeline.sam.shared import EPSILON, SHARED, TO_IMAGE, TO_TOKENS, Halves, centred
from pipeline.sam.upscaling import Upscaling

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.sam.graph import Value, Weights

Cells: TypeAlias = "tuple[Value, Value, Value]"
"""Of cells: shares (rows), 1 / s (N, 1, 4096), updates (N, 8T, 256)."""
MOST = 80.0
"""A cell's likeness to a token above that to the last one: e^80 of them can still be added up."""
ALL, OUTPUT = 0, 5
"""How many tokens ask: all, or the IoU's and the masks'."""


def build_lowrank(weights: Weights, *, sketch: bool) -> bytes:
    """Write the graph.

    Inputs, all float32: ``points`` (N, P, 3), x, y and label on the square, and what
    `pipeline.sam.shared.SHARED` lists, of ``drawn`` and ``sketched`` the one in question.
    Outputs: ``logits`` (N, 4, 256, 256), or (N, 4, 64, 64) of a sketch, and ``scores`` (N, 4).
    """
    return _LowRank(weights).model(sketch=sketch)


class _LowRank(Halves):
    """Values named ``rows`` are (N, 8T, 4096), of a head its tokens; ``apart`` (N, 8, T, 16)."""

    def model(self, *, sketch: bool) -> bytes:
        g = self.g
        for name, shape in SHARED.items():
            if name not in {"drawn", "sketched"}:
                g.input(name, shape)
        tokens = self.tokens()
        self.many = g("Shape", tokens, start=0, end=1)
        self.length = g("Shape", tokens, start=1, end=2)
        queries = self.first_look(tokens)
        shares, told = self.shares_of(0, queries, tokens)
        update = self.update(0, told, self.bias(f"{TO_TOKENS[0]}.out_proj"))
        inverse = self.first_deviation(shares, told, update)
        shares = g("Mul", shares, inverse)
        first = (shares, inverse, update)
        queries = self.second_look(queries, tokens, first)
        after, told_after = self.shares_of(1, queries, tokens, first)
        added = self.bias(f"{TO_TOKENS[1]}.out_proj") + self.shift(0)
        update_after = self.update(1, told_after, added)
        update = self.centred(g("Mul", update, self.gain(0)))
        both = g("Concat", shares, after, axis=1)
        updates = g("Concat", update, update_after, axis=1)
        second = self.second_deviation(both, (told, told_after), updates, inverse)
        both, inverse = g("Mul", both, second), g("Mul", inverse, second)
        queries = self.last_look(queries, tokens, (both, inverse, updates))
        self.draw(queries, (both, inverse, updates), sketch=sketch)
        return g.model()

    def first_look(self, tokens: Value) -> Value:
        """Let the tokens attend to each other and to the cells, the same for all prompts."""
        g, layer = self.g, TO_IMAGE[0]
        queries = self.first_self_attention(tokens)
        asked = self.merged(self.asking(layer, queries, tokens))
        share = g("Softmax", g("MatMul", asked, "keys-1"), axis=-1)
        found = self.unmerged(g("MatMul", share, "values-1"), ALL)
        return self.think(0, g("Add", queries, self.joined(found, layer)))

    def second_look(self, queries: Value, tokens: Value, cells: Cells) -> Value:
        """Let the tokens attend to each other and to the cells of layer 1."""
        layer = TO_IMAGE[1]
        queries = self.second_self_attention(queries, tokens)
        asked = self.asking(layer, queries, tokens)
        places = self.places() @ self.weight(f"{layer}.k_proj").T
        likeness = self.likeness(asked, f"{layer}.k_proj", places, "keys-2", 0, cells)
        found = self.found(likeness, "values-2", layer, 0, cells)
        return self.think(1, self.g("Add", queries, self.joined(found, layer)))

    def last_look(self, queries: Value, tokens: Value, cells: Cells) -> Value:
        """Let the output tokens attend to the cells of layer 2: (N, 5, 256)."""
        g = self.g
        queries, tokens = self.output_tokens(queries, tokens)
        asked = self.asking(FINAL, queries, tokens)
        places = self.places() @ self.weight(f"{FINAL}.k_proj").T
        likeness = self.likeness(asked, f"{FINAL}.k_proj", places, "keys-3", 1, cells, OUTPUT)
        found = self.found(likeness, "values-3", FINAL, 1, cells, OUTPUT)
        norm = "mask_decoder.transformer.norm_final_attn"
        return g.norm(g("Add", queries, self.joined(found, FINAL)), self.weights, norm)

    def shares_of(
        self, number: int, queries: Value, tokens: Value, cells: Cells | None = None
    ) -> tuple[Value, Value]:
        """Let the cells attend to the tokens: their shares, rows, and the tokens' values, apart.

        The last token's likeness is taken from all: what is left needs no search for the largest.
        """
        g, layer = self.g, TO_TOKENS[number]
        known = g.linear(g("Add", queries, tokens), self.weights, f"{layer}.k_proj")
        known = g("Sub", known, g("Gather", known, np.array([-1]), axis=1))
        known = self.split(g("Mul", known, SCALE))
        if cells is None:
            likeness = self.unmerged(g("MatMul", self.merged(known), "asking-1"), ALL)
        else:
            placed = np.add(self.places(), self.shift(0), dtype=np.float32)
            places = placed @ self.weight(f"{layer}.q_proj").T + self.bias(f"{layer}.q_proj")
            likeness = self.likeness(known, f"{layer}.q_proj", places, "asking-2", 0, cells)
            likeness = self.by_head(likeness)
        power = g("Exp", g("Min", likeness, MOST))
        whole = g("ReduceSum", power, np.array([2]))
        share = g("Mul", power, g("Reciprocal", whole))
        told = self.split(g.linear(queries, self.weights, f"{layer}.v_proj"))
        return self.rows(share), told

    def update(self, number: int, told: Value, always: NDArray[np.float32]) -> Value:
        """Return U (N, 8T, 256), its mean over the channels taken out.

        A head's shares add up to 1, so an eighth of what is always added goes with each token.
        """
        g, out = self.g, self.weight(f"{TO_TOKENS[number]}.out_proj")
        matrix = centred(out.T.reshape(HEADS, HEAD, WIDTH))
        moved = g("Add", g("MatMul", told, matrix), centred(always) / HEADS)
        return g.reshape(moved, 0, -1, WIDTH)

    def first_deviation(self, shares: Value, told: Value, update: Value) -> Value:
        """Return 1 / s1, (N, 1, 4096)."""
        g = self.g
        product = self.rows(self.unmerged(g("MatMul", self.merged(told), "product-1"), ALL))
        moved = g("Add", product, g("MatMul", self.gram(update), shares))
        variance = g("Add", self.summed(g("Mul", shares, moved)), "square-1")
        return g("Reciprocal", g("Sqrt", variance))

    def second_deviation(
        self, both: Value, told: tuple[Value, Value], updates: Value, inverse: Value
    ) -> Value:
        """Return 1 / s2, (N, 1, 4096), where ``both`` is A1 / s1 and A2."""
        g = self.g
        products = [
            self.unmerged(g("MatMul", self.merged(value), name), ALL)
            for value, name in zip(told, ("product-21", "product-22"), strict=True)
        ]
        product = g("Mul", self.rows(g("Concat", *products, axis=1)), inverse)
        moved = g("Add", product, g("MatMul", self.gram(updates), both))
        always = g("Mul", g("Add", g("Mul", inverse, "square-2"), "linear-2"), inverse)
        always = g("Add", always, EPSILON)
        variance = g("Add", self.summed(g("Mul", both, moved)), always)
        return g("Reciprocal", g("Sqrt", variance))

    def draw(self, queries: Value, cells: Cells, *, sketch: bool) -> None:
        """Apply the first transposed convolution to cells that are not there, and the rest."""
        g, name, gain = self.g, "sketched" if sketch else "drawn", self.gain(1)
        shares, inverse, update = cells
        upscaling = Upscaling(self, sketch=sketch)
        first = upscaling.first()
        shared = g("Mul", g.input(name, SHARED[name]), g.transpose(inverse, 0, 2, 1))
        moved = g("MatMul", update, gain[:, None] * first)
        always = self.shift(1) @ first + upscaling.first_bias()
        value = g("Add", g("MatMul", g.transpose(shares, 0, 2, 1), moved), always)
        upscaling.finish(g("Add", value, shared), queries)

    def likeness(
        self,
        asked: Value,
        layer: str,
        places: NDArray[np.float32],
        keys: Value,
        number: int,
        cells: Cells,
        length: int = ALL,
    ) -> Value:
        """Return the likeness of tokens, apart, to cells: rows."""
        g = self.g
        shares, inverse, update = cells
        matrix = (self.weight(layer) * self.gain(number)).reshape(HEADS, HEAD, WIDTH)
        through = g.reshape(g("MatMul", asked, matrix), 0, -1, WIDTH)
        own = g("MatMul", g("MatMul", through, g.transpose(update, 0, 2, 1)), shares)
        asked = self.merged(asked)
        place = self.parted(g("MatMul", asked, _by_head(places)), length)
        shared = self.parted(g("MatMul", asked, keys), length)
        shared = g("Mul", shared, g("Unsqueeze", inverse, np.array([0])))
        common = g.transpose(g("Add", place, shared), 1, 0, 2, 3)
        return g("Add", self.rows(common), own)

    def found(
        self,
        likeness: Value,
        values: Value,
        layer: str,
        number: int,
        cells: Cells,
        length: int = ALL,
    ) -> Value:
        """Let tokens attend to cells by a likeness, rows: their values, apart."""
        g = self.g
        shares, inverse, update = cells
        share = g("Softmax", likeness, axis=-1)
        shared = g.transpose(self.by_head(g("Mul", share, inverse)), 1, 0, 2, 3)
        shared = g("MatMul", g.reshape(shared, HEADS, -1, CELLS), values)
        seen = g("MatMul", g("MatMul", share, g.transpose(shares, 0, 2, 1)), update)
        seen = g("Reshape", seen, np.array([0, HEADS, -1, WIDTH]))
        matrix = self.weight(f"{layer}.v_proj")
        told = (matrix * self.gain(number)).reshape(HEADS, HEAD, WIDTH).transpose(0, 2, 1)
        always = matrix @ self.shift(number) + self.bias(f"{layer}.v_proj")
        found = g("Add", self.unmerged(shared, length), g("MatMul", seen, told))
        return g("Add", found, always.reshape(HEADS, 1, HEAD))

    def asking(self, layer: str, queries: Value, tokens: Value) -> Value:
        """Project what the tokens ask, apart."""
        asked = self.g.linear(self.g("Add", queries, tokens), self.weights, f"{layer}.q_proj")
        return self.split(self.g("Mul", asked, SCALE))

    def gram(self, update: Value) -> Value:
        """Return U U' / 256."""
        g = self.g
        return g("Mul", g("MatMul", update, g.transpose(update, 0, 2, 1)), 1 / WIDTH)

    def summed(self, rows: Value) -> Value:
        """Add the rows up, (N, 1, 4096)."""
        return self.g("ReduceSum", rows, np.array([1]))

    def centred(self, value: Value) -> Value:
        """Take the mean over the channels out."""
        return self.g("Sub", value, self.g("ReduceMean", value, np.array([2])))

    def rows(self, value: Value) -> Value:
        """Return (N, 8, T, 4096) as rows."""
        return self.g.reshape(value, 0, -1, CELLS)

    def by_head(self, rows: Value) -> Value:
        """Return rows as (N, 8, T, 4096)."""
        return self.g("Reshape", rows, np.array([0, HEADS, -1, CELLS]))

    def merged(self, apart: Value) -> Value:
        """Put the prompts' tokens in one column, (8, N T, 16): few large products, not many."""
        return self.g.reshape(self.g.transpose(apart, 1, 0, 2, 3), HEADS, -1, HEAD)

    def parted(self, merged: Value, length: int) -> Value:
        """Tell the prompts apart again: (8, N, T, ...)."""
        g = self.g
        count = np.array([length]) if length else self.length
        shape = g("Concat", np.array([HEADS]), self.many, count, np.array([-1]), axis=0)
        return g("Reshape", merged, shape)

    def unmerged(self, merged: Value, length: int) -> Value:
        """Undo `merged`: (N, 8, T, ...)."""
        return self.g.transpose(self.parted(merged, length), 1, 0, 2, 3)


def _by_head(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (4096, 128) as keys, (8, 16, 4096)."""
    return np.ascontiguousarray(cells.reshape(CELLS, HEADS, HEAD).transpose(1, 2, 0))
