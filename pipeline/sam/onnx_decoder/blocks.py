"""The blocks of SAM's mask decoder that work on a prompt's few tokens, as parts of an ONNX graph.

Architecture and weights: Kirillov et al., "Segment Anything", 2023,
https://arxiv.org/abs/2304.02643, section A and `segment_anything.modeling`; layers go by the
official modules' names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.sam import GRID, SIDE
from pipeline.sam.onnx_decoder.graph_builder import Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.sam.onnx_decoder.graph_builder import Value, Weights

WIDTH = 256
INNER = 128
HEADS = 8
HEAD = INNER // HEADS
CELLS = GRID * GRID
SCALE = HEAD**-0.5
UPSCALING = "mask_decoder.output_upscaling"
LAYER = "mask_decoder.transformer.layers.{}.{}"
FINAL = "mask_decoder.transformer.final_attn_token_to_image"


class Blocks:
    """A graph in the making, and what any decoder's graph begins and ends with."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.g = Graph()

    def embedding(self) -> Value:
        """Return what the encoder saw, (1, 4096, 256)."""
        g = self.g
        embedding = g.input("embedding", (1, WIDTH, GRID, GRID))
        return g.transpose(g.reshape(embedding, 1, WIDTH, CELLS), 0, 2, 1)

    def tokens(self) -> Value:
        """Return the output tokens and the points' embeddings, (N, 5 + P, 256)."""
        g, weights = self.g, self.weights
        points = g.input("points", ("prompts", "points", 3))
        at = g("Gather", points, np.array([0, 1]), axis=2)
        label = g("Gather", points, np.array([2]), axis=2)
        scaled = g("Sub", g("Mul", g("Add", at, 0.5), 2 / SIDE), 1.0)
        gaussian = weights["prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"]
        angle = g("MatMul", scaled, 2 * np.pi * gaussian)
        wave = g("Concat", g("Sin", angle), g("Cos", angle), axis=-1)
        real = g("Min", g("Add", label, 1.0), 1.0)
        kinds = np.concatenate(
            [
                weights["prompt_encoder.not_a_point_embed.weight"],
                *(weights[f"prompt_encoder.point_embeddings.{kind}.weight"] for kind in range(4)),
            ]
        )
        number = g("Cast", g("Squeeze", g("Add", label, 1.0), np.array([2])), to=7)
        sparse = g("Add", g("Mul", wave, real), g("Gather", kinds, number))
        learned = np.concatenate(
            [weights[f"mask_decoder.{name}.weight"] for name in ("iou_token", "mask_tokens")]
        )
        many = g("Shape", points, start=0, end=1)
        shape = g("Concat", many, np.array(learned.shape), axis=0)
        return g("Concat", g("Expand", learned, shape), sparse, axis=1)

    def first_self_attention(self, tokens: Value) -> Value:
        """Let the tokens attend to each other, in the first layer in place of what they were."""
        attended = self.token_attention(0, tokens, tokens, tokens)
        return self.g.norm(attended, self.weights, LAYER.format(0, "norm1"))

    def second_self_attention(self, queries: Value, tokens: Value) -> Value:
        """Let the tokens attend to each other again."""
        g = self.g
        asked = g("Add", queries, tokens)
        queries = g("Add", queries, self.token_attention(1, asked, asked, queries))
        return g.norm(queries, self.weights, LAYER.format(1, "norm1"))

    def token_attention(self, number: int, queries: Value, keys: Value, values: Value) -> Value:
        """Let tokens attend to tokens."""
        g, layer = self.g, LAYER.format(number, "self_attn")
        asked, known, told = (
            g.linear(value, self.weights, f"{layer}.{name}_proj")
            for value, name in ((queries, "q"), (keys, "k"), (values, "v"))
        )
        asked = g("Mul", asked, (WIDTH // HEADS) ** -0.5)
        return self.attend(
            self.split(asked), g.transpose(self.split(known), 0, 1, 3, 2), self.split(told), layer
        )

    def attend(self, queries: Value, keys: Value, values: Value, layer: str) -> Value:
        """Attend head by head to what is projected already: (N, T, 256).

        ``queries`` are (N, 8, T, C), ``keys`` (N, 8, C, K), ``values`` (N, 8, K, C).
        """
        g = self.g
        share = g("Softmax", g("MatMul", queries, keys), axis=-1)
        return self.joined(g("MatMul", share, values), layer)

    def split(self, value: Value) -> Value:
        """Part the heads' channels, (N, T, 8C) to (N, 8, T, C)."""
        g = self.g
        return g.transpose(g.reshape(value, 0, 0, HEADS, -1), 0, 2, 1, 3)

    def joined(self, value: Value, layer: str) -> Value:
        """Join the heads' channels again, and project what came out."""
        g = self.g
        together = g.reshape(g.transpose(value, 0, 2, 1, 3), 0, 0, -1)
        return g.linear(together, self.weights, f"{layer}.out_proj")

    def mlp(self, number: int, queries: Value) -> Value:
        """Normalise, apply the layer's MLP, normalise."""
        g, weights = self.g, self.weights
        queries = g.norm(queries, weights, LAYER.format(number, "norm2"))
        layers = [LAYER.format(number, f"mlp.lin{part}") for part in (1, 2)]
        moved = g("Add", queries, g.mlp(queries, weights, layers))
        return g.norm(moved, weights, LAYER.format(number, "norm3"))

    def output_tokens(self, *values: Value) -> list[Value]:
        """Leave the prompt's own tokens out, (N, 5, 256)."""
        return [self.g("Gather", value, np.arange(5), axis=1) for value in values]

    def scores(self, queries: Value) -> Value:
        """Predict the IoU of the four candidates, (N, 4)."""
        g = self.g
        token = g("Gather", queries, np.array(0), axis=1)
        layers = [f"mask_decoder.iou_prediction_head.layers.{part}" for part in range(3)]
        return g.mlp(token, self.weights, layers)

    def filters(self, queries: Value) -> Value:
        """Turn the mask tokens into the weights of their masks, (N, 4, 32)."""
        return self.g("Concat", *(self.filter(queries, way) for way in range(4)), axis=1)

    def filter(self, queries: Value, way: int) -> Value:
        """Turn a mask token into the weights of its mask, (N, 1, 32)."""
        token = self.g("Gather", queries, np.array([way + 1]), axis=1)
        layers = [f"mask_decoder.output_hypernetworks_mlps.{way}.layers.{n}" for n in range(3)]
        return self.g.mlp(token, self.weights, layers)

    def positional_encoding(self) -> NDArray[np.float32]:
        """Return the positional encoding of the cells, (4096, 256) float32."""
        gaussian = self.weights["prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"]
        steps = (np.arange(GRID) + 0.5) / GRID
        at = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(CELLS, 2)
        angle = 2 * np.pi * ((2 * at - 1) @ gaussian)
        return np.asarray(np.concatenate([np.sin(angle), np.cos(angle)], axis=-1), np.float32)
