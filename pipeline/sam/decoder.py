"""SAM's mask decoder as an ONNX graph of our own: the official answers at half of the work.

The official decoder projects all 4,096 cells of the embedding to queries, keys and values for each
prompt anew. A prompt has only some seven tokens, so here

* what the first layer projects, the same for all prompts, is projected once per run;
* in the second layer and the last attention the projection of the cells is multiplied into the
  tokens instead: (cells W) (tokens U)' = cells (tokens U W')';
* cells stay channels last, where the transposed convolutions are plain matrix products.

The arithmetic is the same but for its order. Architecture and weights: Kirillov et al., "Segment
Anything", 2023, https://arxiv.org/abs/2304.02643, section A and `segment_anything.modeling`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.sam import GRID, LOW_RES, SIDE
from pipeline.sam.graph import Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.sam.graph import Value, Weights

WIDTH = 256
INNER = 128
HEADS = 8
CELLS = GRID * GRID
SCALE = (INNER // HEADS) ** -0.5
OWN = np.repeat(np.eye(HEADS, dtype=np.float32), INNER // HEADS, axis=1)
"""(8, 128): 1 where a channel belongs to a head."""
UPSCALING = "mask_decoder.output_upscaling"
LAYER = "mask_decoder.transformer.layers.{}.{}"


def build(weights: Weights, *, sketch: bool = False) -> bytes:
    """Write the graph, or the one that draws every fourth row and column alone.

    Inputs, all float32: ``embedding`` (1, 256, 64, 64); ``points`` (N, P, 3), x, y and label on
    the square; ``masks`` (N, 1, 256, 256) and ``has_masks`` (1,), or one mask of zeros and 0.
    Outputs: ``logits`` (N, 4, 256, 256), or (N, 4, 64, 64) of a sketch, and ``scores`` (N, 4).
    """
    return _Decoder(weights).model(sketch=sketch)


class _Decoder:
    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.g = Graph()

    def model(self, *, sketch: bool) -> bytes:
        g = self.g
        cells, place = self.image()
        tokens = self.tokens()
        queries, cells = self.first_layer(tokens, cells, place)
        queries, cells = self.second_layer(queries, tokens, cells, place)
        queries = self.last_look(queries, tokens, cells, place)
        side = GRID if sketch else LOW_RES
        logits = self.sketch(cells) if sketch else self.scaled_up(cells)
        answer = g("MatMul", self.filters(queries), g.transpose(logits, 0, 2, 1))
        if not sketch:
            nested = g.reshape(answer, 0, 4, GRID, GRID, 2, 2, 2, 2)
            answer = g.transpose(nested, 0, 1, 2, 4, 6, 3, 5, 7)
        g.output("logits", g.reshape(answer, 0, 4, side, side), ("prompts", 4, side, side))
        g.output("scores", self.scores(queries), ("prompts", 4))
        return g.model()

    def image(self) -> tuple[Value, Value]:
        """Return the cells (1 or N, 4096, 256) with the mask prompt in them, and their places."""
        g, weights = self.g, self.weights
        embedding = g.input("embedding", (1, WIDTH, GRID, GRID))
        flat = g.transpose(g.reshape(embedding, 1, WIDTH, CELLS), 0, 2, 1)
        value = g.input("masks", ("masks", 1, LOW_RES, LOW_RES))
        given = g.input("has_masks", (1,))
        room = "prompt_encoder.mask_downscaling"
        for convolution, norm in ((0, 1), (3, 4)):
            kernel, bias = (weights[f"{room}.{convolution}.{part}"] for part in ("weight", "bias"))
            value = g("Conv", value, kernel, bias, strides=[2, 2])
            value = g.transpose(value, 0, 2, 3, 1)
            value = g.norm(value, weights, f"{room}.{norm}", epsilon=1e-6)
            value = g.transpose(g("Gelu", value), 0, 3, 1, 2)
        value = g.transpose(g.reshape(value, 0, 0, CELLS), 0, 2, 1)
        value = g("MatMul", value, weights[f"{room}.6.weight"].reshape(WIDTH, -1).T)
        value = g("Add", value, weights[f"{room}.6.bias"])
        none = weights["prompt_encoder.no_mask_embed.weight"]
        dense = g("Add", none, g("Mul", given, g("Sub", value, none)))
        return g("Add", flat, dense), g("Identity", _places(weights))

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

    def first_layer(self, tokens: Value, cells: Value, place: Value) -> tuple[Value, Value]:
        """All of whose projections of the cells serve every prompt."""
        g, weights = self.g, self.weights
        queries = g.norm(self.among(0, tokens, tokens, tokens), weights, LAYER.format(0, "norm1"))
        placed = g("Add", cells, place)
        layer = LAYER.format(0, "cross_attn_token_to_image")
        keys = g.linear(placed, weights, f"{layer}.k_proj")
        values = g.linear(cells, weights, f"{layer}.v_proj")
        asked = g.linear(g("Add", queries, tokens), weights, f"{layer}.q_proj")
        found = self.heads(g("Mul", asked, SCALE), keys, values, layer)
        queries = self.think(0, g("Add", queries, found))
        layer = LAYER.format(0, "cross_attn_image_to_token")
        asking = g.linear(placed, weights, f"{layer}.q_proj")
        known = g.linear(g("Add", queries, tokens), weights, f"{layer}.k_proj")
        likeness = g("MatMul", asking, g.transpose(self.per_head(g("Mul", known, SCALE)), 0, 2, 1))
        return queries, self.tell(0, queries, cells, likeness)

    def second_layer(
        self, queries: Value, tokens: Value, cells: Value, place: Value
    ) -> tuple[Value, Value]:
        """Whose cells differ from prompt to prompt."""
        g, weights = self.g, self.weights
        asked = g("Add", queries, tokens)
        queries = g("Add", queries, self.among(1, asked, asked, queries))
        queries = g.norm(queries, weights, LAYER.format(1, "norm1"))
        placed = g("Add", cells, place)
        layer = LAYER.format(1, "cross_attn_token_to_image")
        asked = g("Add", queries, tokens)
        likeness = g("MatMul", self.through(layer, asked), g.transpose(placed, 0, 2, 1))
        found = self.attend(layer, asked, cells, likeness)
        queries = self.think(1, g("Add", queries, found))
        layer = LAYER.format(1, "cross_attn_image_to_token")
        known = g.linear(g("Add", queries, tokens), weights, f"{layer}.k_proj")
        known = self.per_head(g("Mul", known, SCALE))
        through = g("MatMul", known, weights[f"{layer}.q_proj.weight"])
        always = g("MatMul", known, weights[f"{layer}.q_proj.bias"][:, None])
        likeness = g("MatMul", placed, g.transpose(through, 0, 2, 1))
        likeness = g("Add", likeness, g.transpose(always, 0, 2, 1))
        return queries, self.tell(1, queries, cells, likeness)

    def among(self, number: int, queries: Value, keys: Value, values: Value) -> Value:
        """Let the tokens attend to each other."""
        g, layer = self.g, LAYER.format(number, "self_attn")
        asked, known, told = (
            g.linear(value, self.weights, f"{layer}.{name}_proj")
            for value, name in ((queries, "q"), (keys, "k"), (values, "v"))
        )
        scale = (WIDTH // HEADS) ** -0.5
        return self.heads(g("Mul", asked, scale), known, told, layer)

    def heads(self, queries: Value, keys: Value, values: Value, layer: str) -> Value:
        """Attend head by head to what is projected already: (N, T, 256)."""
        g = self.g
        asked, known, told = (g.reshape(v, 0, 0, HEADS, -1) for v in (queries, keys, values))
        likeness = g("MatMul", g.transpose(asked, 0, 2, 1, 3), g.transpose(known, 0, 2, 3, 1))
        share = g("Softmax", likeness, axis=-1)
        found = g("MatMul", share, g.transpose(told, 0, 2, 1, 3))
        joined = g.reshape(g.transpose(found, 0, 2, 1, 3), 0, 0, -1)
        return g.linear(joined, self.weights, f"{layer}.out_proj")

    def last_look(self, queries: Value, tokens: Value, cells: Value, place: Value) -> Value:
        """Let the five output tokens attend to the cells once more: (N, 5, 256).

        For so few the places' part of the likeness costs less than adding them to the cells.
        """
        g, weights = self.g, self.weights
        queries, tokens = (g("Gather", value, np.arange(5), axis=1) for value in (queries, tokens))
        asked = g("Add", queries, tokens)
        layer = "mask_decoder.transformer.final_attn_token_to_image"
        through = self.through(layer, asked)
        seen, known = (
            g("MatMul", through, g.transpose(value, 0, 2, 1)) for value in (cells, place)
        )
        found = self.attend(layer, asked, cells, g("Add", seen, known))
        layer = "mask_decoder.transformer.norm_final_attn"
        return g.norm(g("Add", queries, found), weights, layer)

    def through(self, layer: str, queries: Value) -> Value:
        """Multiply the keys' projection into projected queries, (N, 8T, 256).

        The keys' bias adds the same to all cells, which the softmax takes out again.
        """
        g, weights = self.g, self.weights
        asked = g("Mul", g.linear(queries, weights, f"{layer}.q_proj"), SCALE)
        return g("MatMul", self.per_head(asked), weights[f"{layer}.k_proj.weight"])

    def attend(self, layer: str, queries: Value, cells: Value, likeness: Value) -> Value:
        """Let tokens attend to cells, which are not projected, by ``likeness`` (N, 8T, 4096)."""
        g, weights = self.g, self.weights
        seen = g("MatMul", g("Softmax", likeness, axis=-1), cells)
        told = g.linear(seen, weights, f"{layer}.v_proj")
        by_head = g("Mul", g("Reshape", told, self.by_head(queries)), OWN[:, None])
        joined = g("ReduceSum", by_head, np.array([1]), keepdims=0)
        return g.linear(joined, weights, f"{layer}.out_proj")

    def tell(self, number: int, queries: Value, cells: Value, likeness: Value) -> Value:
        """Let the cells attend to the tokens by ``likeness`` (N, 4096, 8T): (N, 4096, 256).

        A head's shares add up to 1, so an eighth of the bias with each token gives the bias.
        """
        g, weights = self.g, self.weights
        layer = LAYER.format(number, "cross_attn_image_to_token")
        told = self.per_head(g.linear(queries, weights, f"{layer}.v_proj"))
        told = g("MatMul", told, weights[f"{layer}.out_proj.weight"].T)
        told = g("Add", told, weights[f"{layer}.out_proj.bias"] / HEADS)
        share = g("Softmax", g.reshape(likeness, 0, 0, HEADS, -1), axis=-1)
        moved = g("MatMul", g.reshape(share, 0, 0, -1), told)
        return g.norm(g("Add", moved, cells), weights, LAYER.format(number, "norm4"))

    def think(self, number: int, queries: Value) -> Value:
        """Normalise, apply the perceptron, normalise."""
        g, weights = self.g, self.weights
        queries = g.norm(queries, weights, LAYER.format(number, "norm2"))
        layers = [LAYER.format(number, f"mlp.lin{part}") for part in (1, 2)]
        thought = g("Add", queries, g.perceptron(queries, weights, layers))
        return g.norm(thought, weights, LAYER.format(number, "norm3"))

    def per_head(self, value: Value) -> Value:
        """Repeat (N, T, 128) once per head, the other heads' channels 0: (N, 8T, 128)."""
        g = self.g
        apart = g("Mul", g("Unsqueeze", value, np.array([1])), OWN[:, None])
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

    def scores(self, queries: Value) -> Value:
        """Predict the IoU of the four candidates, (N, 4)."""
        g = self.g
        token = g("Gather", queries, np.array(0), axis=1)
        layers = [f"mask_decoder.iou_prediction_head.layers.{part}" for part in range(3)]
        return g.perceptron(token, self.weights, layers)

    def scaled_up(self, cells: Value) -> Value:
        """Give each cell its sixteen pixels, (N, 65536, 32), by rows within rows."""
        g = self.g
        value = g("MatMul", cells, self.kernel(0).reshape(WIDTH, -1))
        value = g("Add", value, np.tile(self.weights[f"{UPSCALING}.0.bias"], 4))
        value = self.brought_out(g.reshape(value, 0, 4 * CELLS, 64))
        value = g("MatMul", value, self.kernel(3).reshape(64, -1))
        value = g("Add", value, np.tile(self.weights[f"{UPSCALING}.3.bias"], 4))
        return g("Gelu", g.reshape(value, 0, 16 * CELLS, 32))

    def sketch(self, cells: Value) -> Value:
        """Give each cell one of its sixteen pixels, the third of the third row: (N, 4096, 32)."""
        g = self.g
        value = g("MatMul", cells, self.kernel(0)[:, 1, 1])
        value = self.brought_out(g("Add", value, self.weights[f"{UPSCALING}.0.bias"]))
        value = g("MatMul", value, self.kernel(3)[:, 0, 0])
        return g("Gelu", g("Add", value, self.weights[f"{UPSCALING}.3.bias"]))

    def brought_out(self, value: Value) -> Value:
        """Apply what stands between the two convolutions."""
        return self.g("Gelu", self.g.norm(value, self.weights, f"{UPSCALING}.1", epsilon=1e-6))

    def kernel(self, layer: int) -> NDArray[np.float32]:
        """Return a transposed convolution's weights as (in, 2, 2, out)."""
        return self.weights[f"{UPSCALING}.{layer}.weight"].transpose(0, 2, 3, 1)

    def filters(self, queries: Value) -> Value:
        """Turn the mask tokens into the weights of their masks, (N, 4, 32)."""
        return self.g("Concat", *(self.filter(queries, way) for way in range(4)), axis=1)

    def filter(self, queries: Value, way: int) -> Value:
        """Turn a mask token into the weights of its mask, (N, 1, 32)."""
        token = self.g("Gather", queries, np.array([way + 1]), axis=1)
        layers = [f"mask_decoder.output_hypernetworks_mlps.{way}.layers.{n}" for n in range(3)]
        return self.g.perceptron(token, self.weights, layers)


def _places(weights: Weights) -> NDArray[np.float32]:
    """Return the positional encoding of the cells, (1, 4096, 256) float32."""
    gaussian = weights["prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"]
    steps = (np.arange(GRID) + 0.5) / GRID
    at = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(1, CELLS, 2)
    angle = 2 * np.pi * ((2 * at - 1) @ gaussian)
    return np.asarray(np.concatenate([np.sin(angle), np.cos(angle)], axis=-1), np.float32)
