"""The graph of SAM's mask decoder: the official answers at half of the work.

The official decoder projects all 4,096 cells of the embedding to queries, keys and values for each
prompt anew. A prompt has only some seven tokens, so here

* the projection of the cells is multiplied into the tokens instead: (cells W) (tokens U)' = cells
  (tokens U W')';
* cells stay channels last, where the transposed convolutions are plain matrix products.

The arithmetic is the same but for its order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.sam import LOW_RES
from pipeline.sam.onnx_decoder.blocks import FINAL, HEADS, INNER, LAYER, SCALE, WIDTH, Blocks
from pipeline.sam.onnx_decoder.upscaling import mask_logits, upscale

if TYPE_CHECKING:
    from pipeline.sam.onnx_decoder.graph_builder import Value, Weights

HEAD_CHANNELS = np.repeat(np.eye(HEADS, dtype=np.float32), INNER // HEADS, axis=1)
"""(8, 128): 1 where a channel belongs to a head."""


def build(weights: Weights) -> bytes:
    """Write the graph.

    Inputs, all float32: ``embedding`` (1, 256, 64, 64); ``points`` (N, P, 3), x, y and label on
    the square; ``masks`` (N, 1, 256, 256) and ``has_masks`` (1,), which is 1, or 0 and anything of
    (1, 1, 4, 4), which becomes one cell that all have in common.
    Outputs: ``logits`` (N, 4, 256, 256) and ``scores`` (N, 4).
    """
    return _Decoder(weights).model()


class _Decoder(Blocks):
    def model(self) -> bytes:
        g = self.g
        cells, position = self.image(), g("Identity", self.positional_encoding()[None])
        tokens = self.tokens()
        queries = self.first_self_attention(tokens)
        queries, cells = self.layer(0, queries, tokens, cells, position)
        queries = self.second_self_attention(queries, tokens)
        queries, cells = self.layer(1, queries, tokens, cells, position)
        queries = self.final_attention(queries, tokens, cells, position)
        logits = mask_logits(self, upscale(self, cells), queries)
        g.output("logits", logits, ("prompts", 4, LOW_RES, LOW_RES))
        g.output("scores", self.scores(queries), ("prompts", 4))
        return g.model()

    def image(self) -> Value:
        """Return the cells (1 or N, 4096, 256) with the mask prompt in them."""
        g, weights = self.g, self.weights
        value = g.input("masks", ("masks", 1, "rows", "columns"))
        given = g.input("has_masks", (1,))
        room = "prompt_encoder.mask_downscaling"
        value = self.downscaled(value, f"{room}.0", f"{room}.1")
        value = self.downscaled(value, f"{room}.3", f"{room}.4")
        value = g.transpose(g.reshape(value, 0, 0, -1), 0, 2, 1)
        kernel, bias = weights[f"{room}.6.weight"].reshape(WIDTH, -1).T, weights[f"{room}.6.bias"]
        none = weights["prompt_encoder.no_mask_embed.weight"][0]
        always = g("Add", none, g("Mul", given, bias - none))
        dense = g("Add", g("MatMul", g("Mul", value, given), kernel), always)
        return g("Add", self.embedding(), dense)

    def downscaled(self, value: Value, convolution: str, norm: str) -> Value:
        """Halve both sides and normalise the few channels, dimension 1, which are centred at once.

        ONNX Runtime's own normalisation of four numbers at a time takes five times as long.
        """
        g, weights = self.g, self.weights
        kernel, bias = (weights[f"{convolution}.{part}"] for part in ("weight", "bias"))
        value = g("Conv", value, kernel - kernel.mean(0), bias - bias.mean(), strides=[2, 2])
        variance = g("ReduceMean", g("Mul", value, value), np.array([1]), keepdims=1)
        value = g("Div", value, g("Sqrt", g("Add", variance, 1e-6)))
        gain, shift = (weights[f"{norm}.{part}"][:, None, None] for part in ("weight", "bias"))
        return g("Gelu", g("Add", g("Mul", value, gain), shift))

    def layer(
        self, number: int, queries: Value, tokens: Value, cells: Value, position: Value
    ) -> tuple[Value, Value]:
        """Let tokens attend to the cells, and the cells to the tokens.

        ``queries`` are the tokens (N, T, 256) after they attended to each other; ``cells`` are (1
        or N, 4096, 256). Returns both anew.
        """
        g, weights = self.g, self.weights
        keys_at = g("Add", cells, position)
        layer = LAYER.format(number, "cross_attn_token_to_image")
        asked = g("Add", queries, tokens)
        attention = g("MatMul", self.through(layer, asked), g.transpose(keys_at, 0, 2, 1))
        found = self.token_to_image(layer, asked, cells, attention)
        queries = self.mlp(number, g("Add", queries, found))
        layer = LAYER.format(number, "cross_attn_image_to_token")
        known = g.linear(g("Add", queries, tokens), weights, f"{layer}.k_proj")
        known = self.per_head(g("Mul", known, SCALE))
        through = g("MatMul", known, weights[f"{layer}.q_proj.weight"])
        always = g("MatMul", known, weights[f"{layer}.q_proj.bias"][:, None])
        attention = g("MatMul", keys_at, g.transpose(through, 0, 2, 1))
        attention = g("Add", attention, g.transpose(always, 0, 2, 1))
        return queries, self.image_to_token(number, queries, cells, attention)

    def final_attention(
        self, queries: Value, tokens: Value, cells: Value, position: Value
    ) -> Value:
        """Let the five output tokens attend to the cells once more: (N, 5, 256).

        For so few the places' part of the attention costs less than adding them to the cells.
        """
        g, weights = self.g, self.weights
        queries, tokens = self.output_tokens(queries, tokens)
        asked = g("Add", queries, tokens)
        through = self.through(FINAL, asked)
        seen, known = (
            g("MatMul", through, g.transpose(value, 0, 2, 1)) for value in (cells, position)
        )
        found = self.token_to_image(FINAL, asked, cells, g("Add", seen, known))
        layer = "mask_decoder.transformer.norm_final_attn"
        return g.norm(g("Add", queries, found), weights, layer)

    def through(self, layer: str, queries: Value) -> Value:
        """Multiply the keys' projection into projected queries, (N, 8T, 256).

        The keys' bias adds the same to all cells, which the softmax takes out again.
        """
        g, weights = self.g, self.weights
        asked = g("Mul", g.linear(queries, weights, f"{layer}.q_proj"), SCALE)
        return g("MatMul", self.per_head(asked), weights[f"{layer}.k_proj.weight"])

    def token_to_image(self, layer: str, queries: Value, cells: Value, attention: Value) -> Value:
        """Let tokens attend to cells, which are not projected, by ``attention`` (N, 8T, 4096)."""
        g, weights = self.g, self.weights
        seen = g("MatMul", g("Softmax", attention, axis=-1), cells)
        told = g.linear(seen, weights, f"{layer}.v_proj")
        by_head = g("Mul", g("Reshape", told, self.by_head(queries)), HEAD_CHANNELS[:, None])
        joined = g("ReduceSum", by_head, np.array([1]), keepdims=0)
        return g.linear(joined, weights, f"{layer}.out_proj")

    def image_to_token(self, number: int, queries: Value, cells: Value, attention: Value) -> Value:
        """Let the cells attend to the tokens by ``attention`` (N, 4096, 8T): (N, 4096, 256).

        A head's shares add up to 1, so an eighth of the bias with each token gives the bias.
        """
        g, weights = self.g, self.weights
        layer = LAYER.format(number, "cross_attn_image_to_token")
        told = self.per_head(g.linear(queries, weights, f"{layer}.v_proj"))
        told = g("MatMul", told, weights[f"{layer}.out_proj.weight"].T)
        told = g("Add", told, weights[f"{layer}.out_proj.bias"] / HEADS)
        share = g("Softmax", g.reshape(attention, 0, 0, HEADS, -1), axis=-1)
        moved = g("MatMul", g.reshape(share, 0, 0, -1), told)
        return g.norm(g("Add", moved, cells), weights, LAYER.format(number, "norm4"))

    def per_head(self, value: Value) -> Value:
        """Repeat (N, T, 128) once per head, the other heads' channels 0: (N, 8T, 128)."""
        g = self.g
        apart = g("Mul", g("Unsqueeze", value, np.array([1])), HEAD_CHANNELS[:, None])
        return g.reshape(apart, 0, -1, INNER)

    def by_head(self, queries: Value) -> Value:
        """Return the shape (N, 8, T, 128)."""
        g = self.g
        return g(
            "Concat",
            g("Shape", queries, start=0, end=1),
            np.array([HEADS]),
            g("Shape", queries, start=1, end=2),
            np.array([INNER]),
            axis=0,
        )
