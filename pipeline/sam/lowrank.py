"""SAM's mask decoder for many prompts on one picture, without building a prompt's 4,096 cells.

The cells are the same for all prompts until a layer lets them attend to a prompt's T tokens. What
that adds to a cell is a sum over 8 heads and T tokens: a share a (the softmax) times a vector
u = Wo v of 256 channels. A head's shares add up to 1, so its last token's vector is added to all
cells alike, and of the others only the difference from it counts: some 48 rows, and one of ones.
So after the two layers of the two-way transformer

    cells 1 = g1 (K + A1' U1) / s1 + b1
    cells 2 = g2 ((g1 (K + A1' U1)) / s1 + b1 + A2' U2) / s2 + b2

with K (4096, 256) of the picture and A (49, 4096), U (49, 256) of the prompt: an update of low
rank. If K and U have no mean over the channels, as is arranged beforehand, the deviations s are
Gram matrices' business: 256 s1^2 = K'K + 2 A1 (U1 K') + A1 (U1 U1') A1. U K' is v (Wo' K'), shared.

All that is asked of the cells is linear in them, so none is ever built:

* likenesses q (W cells) are q (W K) / s, shared keys, plus ((q W) U') A / s;
* attended values are sums of p / s over K W', shared values, plus (p A' / s) (U W');
* the first transposed convolution is K W / s, shared, plus (A' / s) (U W).

Per prompt that is a tenth of the official arithmetic, and exact but for the order of sums.
Architecture and names: Kirillov et al., "Segment Anything", 2023, https://arxiv.org/abs/2304.02643,
section A, and `segment_anything.modeling`: `TwoWayTransformer`, `MaskDecoder`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.sam.blocks import CELLS, FINAL, HEAD, HEADS, INNER, SCALE, WIDTH
from pipeline.sam.cells import Cells, Meeting, Unbuilt, Update
from pipeline.sam.shared import EPSILON, SHARED, TO_IMAGE, TO_TOKENS, centred
from pipeline.sam.upscaling import Upscaling

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.sam.graph import Value, Weights

MOST = 80.0
"""A cell's likeness to a token above that to the last one: e^80 of them can still be added up."""
OUTPUT = np.array([5])
"""How many tokens ask at last: the IoU's and the masks'."""


def build_lowrank(weights: Weights, *, sketch: bool) -> bytes:
    """Write the graph.

    Inputs, all float32: ``points`` (N, P, 3), x, y and label on the square, and what
    `pipeline.sam.shared.SHARED` lists, of ``drawn`` and ``sketched`` the one in question.
    Outputs: ``logits`` (N, 4, 256, 256), or (N, 4, 64, 64) of a sketch, and ``scores`` (N, 4).
    """
    return _LowRank(weights).model(sketch=sketch)


@dataclass(frozen=True, slots=True)
class Told:
    """What tokens tell the cells: their values' difference from the last one's, apart, and that.

    ``last`` is (N, 1, 128).
    """

    apart: Value
    last: Value


class _LowRank(Unbuilt):
    def model(self, *, sketch: bool) -> bytes:
        g = self.g
        for name, shape in SHARED.items():
            if name not in {"drawn", "sketched"}:
                g.input(name, shape)
        tokens = self.tokens()
        self.many = g("Shape", tokens, start=0, end=1)
        self.length = g("Shape", tokens, start=1, end=2)
        self.others = g("Sub", self.length, np.array([1]))
        queries = self.first_look(tokens)
        shares, told = self.shares_of(0, queries, tokens)
        update = self.update(0, shares, told, self.bias(f"{TO_TOKENS[0]}.out_proj"))
        inverse = self.first_deviation(update, told)
        first = Cells(0, (update,), inverse)
        queries = self.second_look(queries, tokens, first)
        gained = self.centred(g("Mul", update.vectors, self.gain(0)))
        update = Update(g("Mul", shares, inverse), gained)
        shares, told_after = self.shares_of(1, queries, tokens, first)
        added = self.bias(f"{TO_TOKENS[1]}.out_proj") + self.shift(0)
        updates = update, self.update(1, shares, told_after, added)
        outer = self.second_deviation(updates, (told, told_after), inverse)
        second = Cells(1, updates, outer, inverse)
        queries = self.last_look(queries, tokens, second)
        name = "sketched" if sketch else "drawn"
        shared = g("Mul", g.input(name, SHARED[name]), g.transpose(inverse, 0, 2, 1))
        self.draw(queries, shared, second, sketch=sketch)
        return g.model()

    def first_look(self, tokens: Value) -> Value:
        """Let the tokens attend to each other and to the cells, the same for all prompts."""
        g, layer = self.g, TO_IMAGE[0]
        queries = self.first_self_attention(tokens)
        asked = self.merged(self.asking(layer, queries, tokens))
        share = g("Softmax", g("MatMul", asked, "keys-1"), axis=-1)
        found = self.unmerged(g("MatMul", share, "values-1"), self.length)
        return self.think(0, g("Add", queries, self.joined(found, layer)))

    def second_look(self, queries: Value, tokens: Value, cells: Cells) -> Value:
        """Let the tokens attend to each other and to the cells of layer 1."""
        layer = TO_IMAGE[1]
        queries = self.second_self_attention(queries, tokens)
        asked = self.asking(layer, queries, tokens)
        places = self.places() @ self.weight(f"{layer}.k_proj").T
        meeting = Meeting(f"{layer}.k_proj", "keys-2", self.length)
        likeness = self.likeness(asked, meeting, cells, places)
        found = self.found(likeness, Meeting(f"{layer}.v_proj", "values-2", self.length), cells)
        return self.think(1, self.g("Add", queries, self.joined(found, layer)))

    def last_look(self, queries: Value, tokens: Value, cells: Cells) -> Value:
        """Let the output tokens attend to the cells of layer 2: (N, 5, 256)."""
        g = self.g
        queries, tokens = self.output_tokens(queries, tokens)
        asked = self.asking(FINAL, queries, tokens)
        places = self.places() @ self.weight(f"{FINAL}.k_proj").T
        meeting = Meeting(f"{FINAL}.k_proj", "keys-3", OUTPUT)
        likeness = self.likeness(asked, meeting, cells, places)
        found = self.found(likeness, Meeting(f"{FINAL}.v_proj", "values-3", OUTPUT), cells)
        norm = "mask_decoder.transformer.norm_final_attn"
        return g.norm(g("Add", queries, self.joined(found, FINAL)), self.weights, norm)

    def shares_of(
        self, number: int, queries: Value, tokens: Value, cells: Cells | None = None
    ) -> tuple[Value, Told]:
        """Let the cells attend to the tokens: their shares, rows, and what the tokens tell them.

        The last token's likeness is taken from all: what is left needs no search for the largest.
        """
        g, layer = self.g, TO_TOKENS[number]
        known, _ = self.relative(
            g.linear(g("Add", queries, tokens), self.weights, f"{layer}.k_proj")
        )
        known = self.split(g("Mul", known, SCALE))
        if cells is None:
            likeness = self.unmerged(g("MatMul", self.merged(known), "asking-1"), self.others)
        else:
            placed = np.add(self.places(), self.shift(0), dtype=np.float32)
            places = placed @ self.weight(f"{layer}.q_proj").T + self.bias(f"{layer}.q_proj")
            meeting = Meeting(f"{layer}.q_proj", "asking-2", self.others)
            likeness = self.by_head(self.likeness(known, meeting, cells, places))
        power = g("Exp", g("Min", likeness, MOST))
        whole = g("Add", g("ReduceSum", power, np.array([2])), 1.0)
        share = self.rows(g("Mul", power, g("Reciprocal", whole)))
        ones = g("Expand", 1.0, g("Concat", self.many, np.array([1, CELLS]), axis=0))
        told, last = self.relative(g.linear(queries, self.weights, f"{layer}.v_proj"))
        return g("Concat", share, ones, axis=1), Told(self.split(told), last)

    def relative(self, tokens: Value) -> tuple[Value, Value]:
        """Return by what tokens (N, T, C) differ from the last one, (N, T - 1, C), and that one."""
        g = self.g
        last = g("Gather", tokens, np.array([-1]), axis=1)
        rest = g("Slice", tokens, np.array([0]), np.array([-1]), np.array([1]))
        return g("Sub", rest, last), last

    def update(self, number: int, shares: Value, told: Told, always: NDArray[np.float32]) -> Update:
        """Turn what the tokens tell the cells, and what is ``always`` added, into an update.

        Of the vectors the mean over the channels is taken out.
        """
        g, matrix = self.g, centred(self.weight(f"{TO_TOKENS[number]}.out_proj").T)
        rest = g("MatMul", told.apart, matrix.reshape(HEADS, HEAD, WIDTH))
        last = g("Add", g("MatMul", told.last, matrix), centred(always))
        return Update(shares, g("Concat", g.reshape(rest, 0, -1, WIDTH), last, axis=1))

    def first_deviation(self, update: Update, told: Told) -> Value:
        """Return 1 / s1, (N, 1, 4096)."""
        g = self.g
        variance = g("Add", self.squared(update, self.product("product-1", told)), "square-1")
        return g("Reciprocal", g("Sqrt", variance))

    def second_deviation(
        self, updates: tuple[Update, Update], told: tuple[Told, Told], inverse: Value
    ) -> Value:
        """Return 1 / s2, (N, 1, 4096)."""
        g = self.g
        first, second = updates
        met = [
            g("Mul", self.product(name, value), inverse)
            for name, value in zip(("product-21", "product-22"), told, strict=True)
        ]
        crossed = g("MatMul", g("Mul", self.gram(second, first), 2.0), first.shares)
        own = self.squared(first, met[0])
        after = self.squared(second, g("Add", met[1], crossed))
        always = g("Mul", g("Add", g("Mul", inverse, "square-2"), "linear-2"), inverse)
        always = g("Add", always, EPSILON)
        variance = g("Add", g("Add", own, after), always)
        return g("Reciprocal", g("Sqrt", variance))

    def squared(self, update: Update, met: Value) -> Value:
        """Return an update's own part of the variance and what it has with ``met``, rows."""
        g = self.g
        moved = g("Add", g("MatMul", self.gram(update, update), update.shares), met)
        return g("ReduceSum", g("Mul", update.shares, moved), np.array([1]))

    def product(self, name: Value, told: Told) -> Value:
        """Return the shared products of the picture's cells with what the tokens tell: rows."""
        g = self.g
        rest = self.unmerged(g("MatMul", self.merged(told.apart), name), self.others)
        last = g("MatMul", told.last, g.reshape(name, INNER, CELLS))
        return g("Concat", self.rows(rest), last, axis=1)

    def gram(self, one: Update, other: Update) -> Value:
        """Return U U' / 256."""
        g = self.g
        product = g("MatMul", one.vectors, g.transpose(other.vectors, 0, 2, 1))
        return g("Mul", product, 1 / WIDTH)

    def centred(self, value: Value) -> Value:
        """Take the mean over the channels out."""
        return self.g("Sub", value, self.g("ReduceMean", value, np.array([2])))

    def draw(self, queries: Value, value: Value, cells: Cells, *, sketch: bool) -> None:
        """Apply the first transposed convolution to cells that are not there, and the rest.

        ``value`` is what the picture's own part of it comes to.
        """
        g, gain = self.g, self.gain(1)
        upscaling = Upscaling(self, sketch=sketch)
        first = upscaling.first()
        for update in cells.updates:
            moved = g("MatMul", update.vectors, gain[:, None] * first)
            value = g("Add", value, g("MatMul", g.transpose(update.shares, 0, 2, 1), moved))
        value = g("Mul", value, g.transpose(cells.outer, 0, 2, 1))
        always = self.shift(1) @ first + upscaling.first_bias()
        upscaling.finish(g("Add", value, always), queries)
