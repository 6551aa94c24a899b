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

Per prompt that is a tenth of the official arithmetic, and exact but for the order of sums. It is
done for a part of the cells after the other, so that what is made of a part is still in the core's
cache when it is needed: a third less time. A sketch's parts are fewer cells, some of which stand
for four, as `pipeline/sam/fovea.py` tells: that is not exact.
Architecture and names: Kirillov et al., "Segment Anything", 2023, https://arxiv.org/abs/2304.02643,
section A, and `segment_anything.modeling`: `TwoWayTransformer`, `MaskDecoder`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.sam.blocks import CELLS, FINAL, SCALE
from pipeline.sam.cells import Cells, Glance
from pipeline.sam.fovea import COARSE, FOVEA
from pipeline.sam.shared import EPSILON, TO_IMAGE, TO_TOKENS
from pipeline.sam.updates import Told, Updates
from pipeline.sam.upscaling import Upscaling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.sam.graph import Value, Weights

OUTPUT = np.array([5])
"""How many tokens ask at last: the IoU's and the masks'."""
DRAWN, SKETCHED = (CELLS // 4,) * 4, (COARSE**2 // 2, COARSE**2 // 2, FOVEA**2)
"""The cells of each part: all of a picture, or those merged and those of a window."""


def build_lowrank(weights: Weights, *, sketch: bool) -> bytes:
    """Write the graph.

    Inputs, all float32: ``points`` (N, P, 3), x, y and label on the square, and of each part what
    `pipeline.sam.shared.SHARED` lists, of ``drawn`` and ``sketched`` the one in question; of a
    sketch's parts ``counts`` (1, C) too, for how many cells each stands.
    Outputs: ``scores`` (N, 4) and ``logits`` (N, 4, 256, 256), or of a sketch's parts (N, 4, C).
    """
    graph = _LowRank(weights, SKETCHED if sketch else DRAWN, counted=sketch)
    return graph.model(sketch=sketch)


class _LowRank(Updates):
    def model(self, *, sketch: bool) -> bytes:
        g = self.g
        tokens = self.tokens()
        self.many = g("Shape", tokens, start=0, end=1)
        self.length = g("Shape", tokens, start=1, end=2)
        self.others = g("Sub", self.length, np.array([1]))
        self.one = g("Expand", 1.0, g("Concat", self.many, np.array([1, 1]), axis=0))
        queries = self.first_look(tokens)
        cells, told = self.first_cells(queries, tokens)
        queries = self.second_look(queries, tokens, cells, told.vectors)
        cells, vectors = self.second_cells(queries, tokens, cells, told)
        queries = self.last_look(queries, tokens, cells, vectors)
        self.draw(queries, cells, vectors, sketch=sketch)
        return g.model()

    def first_look(self, tokens: Value) -> Value:
        """Let the tokens attend to each other and to the cells, the same for all prompts."""
        g, layer = self.g, TO_IMAGE[0]
        queries = self.first_self_attention(tokens)
        asked = self.merged(self.asking(layer, queries, tokens))
        glances = []
        for part in range(len(self.sizes)):
            likeness = g("MatMul", asked, self.shared("keys-1", part))
            most, power, whole = self.powers(likeness, part)
            told = g("MatMul", power, self.shared("values-1", part))
            glances.append(Glance(most, g("Concat", whole, told, axis=2)))
        sums = self.together(glances)
        found = g("Div", self.columns(sums, 1), self.columns(sums, 0, 1))
        found = self.joined(self.unmerged(found, self.length), layer)
        return self.think(0, g("Add", queries, found))

    def second_look(
        self, queries: Value, tokens: Value, cells: Sequence[Cells], vectors: Value
    ) -> Value:
        """Let the tokens attend to each other and to the cells of layer 1."""
        layer = TO_IMAGE[1]
        queries = self.second_self_attention(queries, tokens)
        question = self.question(
            f"{layer}.k_proj",
            "keys-2",
            self.asking(layer, queries, tokens),
            self.length,
            number=0,
            vectors=vectors,
            places="places-2",
        )
        found = self.look(question, f"{layer}.v_proj", "values-2", cells, vectors)
        return self.think(1, self.g("Add", queries, self.joined(found, layer)))

    def last_look(
        self, queries: Value, tokens: Value, cells: Sequence[Cells], vectors: Value
    ) -> Value:
        """Let the output tokens attend to the cells of layer 2: (N, 5, 256)."""
        g = self.g
        queries, tokens = self.output_tokens(queries, tokens)
        question = self.question(
            f"{FINAL}.k_proj",
            "keys-3",
            self.asking(FINAL, queries, tokens),
            OUTPUT,
            number=1,
            vectors=vectors,
            places="places-3",
        )
        found = self.look(question, f"{FINAL}.v_proj", "values-3", cells, vectors)
        norm = "mask_decoder.transformer.norm_final_attn"
        return g.norm(g("Add", queries, self.joined(found, FINAL)), self.weights, norm)

    def first_cells(self, queries: Value, tokens: Value) -> tuple[list[Cells], Told]:
        """Let the cells attend to the tokens, and normalise them."""
        g, layer = self.g, TO_TOKENS[0]
        told = self.told(0, queries, self.bias(f"{layer}.out_proj"))
        known = self.merged(self.known(layer, queries, tokens))
        gram = self.gram(told.vectors, told.vectors)

        def normalised(part: int) -> Cells:
            likeness = g("MatMul", known, self.shared("asking-1", part))
            merged = self.shares(self.parted(likeness, self.others))
            shares = self.with_ones(g.transpose(merged, 1, 0, 2, 3), part)
            own = self.squared(shares, g("MatMul", gram, shares))
            met = self.met("product-1", part, told, merged)
            inverse = self.inverse(g("Sum", own, met, self.shared("square-1", part)))
            return Cells(part, 0, inverse, g("Mul", shares, inverse), merged)

        return [normalised(part) for part in range(len(self.sizes))], told

    def second_cells(
        self, queries: Value, tokens: Value, cells: Sequence[Cells], told: Told
    ) -> tuple[list[Cells], Value]:
        """Let the cells attend to the tokens again: them, normalised, and both updates' vectors."""
        g, layer = self.g, TO_TOKENS[1]
        after = self.told(1, queries, self.bias(f"{layer}.out_proj") + self.shift(0))
        question = self.question(
            f"{layer}.q_proj",
            "asking-2",
            self.known(layer, queries, tokens),
            self.others,
            number=0,
            vectors=told.vectors,
            places="asking-places-2",
        )
        vectors = self.centred(g("Mul", told.vectors, self.gain(0))), after.vectors
        grams = [self.gram(one, one) for one in vectors]
        crossed = g("Mul", self.gram(vectors[1], vectors[0]), 2.0)

        def normalised(one: Cells) -> Cells:
            part, scale, first = one.part, one.scale, one.shares
            apart = self.shares(self.by_head(self.likeness(question, one)))
            shares = self.with_ones(apart, part)
            moved = g("Add", g("MatMul", grams[1], shares), g("MatMul", crossed, first))
            own = self.squared(first, g("MatMul", grams[0], first)), self.squared(shares, moved)
            met = g("Mul", self.met("product-21", part, told, one.merged), scale)
            merged = g.transpose(apart, 1, 0, 2, 3)
            met = g("Sum", met, self.met("product-22", part, after, merged))
            always = g("Mul", scale, self.shared("square-2", part))
            always = g("Sum", always, met, self.shared("linear-2", part))
            variance = g("Sum", *own, g("Add", g("Mul", always, scale), EPSILON))
            inverse = self.inverse(variance)
            updates = g("Mul", g("Concat", first, shares, axis=1), inverse)
            return Cells(part, 1, g("Mul", scale, inverse), updates, merged)

        return [normalised(one) for one in cells], g("Concat", *vectors, axis=1)

    def asking(self, layer: str, queries: Value, tokens: Value) -> Value:
        """Project what the tokens ask, apart."""
        asked = self.g.linear(self.g("Add", queries, tokens), self.weights, f"{layer}.q_proj")
        return self.split(self.g("Mul", asked, SCALE))

    def draw(self, queries: Value, cells: Sequence[Cells], vectors: Value, *, sketch: bool) -> None:
        """Apply the first transposed convolution to cells that are not there, and the rest."""
        g, gain = self.g, self.gain(1)
        upscaling = Upscaling(self, sketch=sketch)
        first = upscaling.first()
        moved = g("MatMul", vectors, gain[:, None] * first)
        always = self.shift(1) @ first + upscaling.first_bias()

        def convolved(one: Cells) -> Value:
            shared = self.shared("sketched" if sketch else "drawn", one.part)
            value = g("Mul", shared, g.transpose(one.scale, 0, 2, 1))
            value = g("Add", value, g("MatMul", g.transpose(one.shares, 0, 2, 1), moved))
            return g("Add", value, always)

        upscaling.finish([convolved(one) for one in cells], queries)
