"""The weights of an officially exported decoder, by the official modules' own names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx

from pipeline.errors import WeightsError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.sam.onnx_decoder.graph_builder import Weights

TOKENS = 5
"""The IoU token and four mask tokens."""


def read_weights(model: bytes) -> Weights:
    """Read `prompt_encoder.*` and `mask_decoder.*` out of an ONNX file, all float32.

    The exporter keeps most names. It folds others away: a linear layer's weights are transposed
    and known by their node alone, a LayerNorm2d's are operands of a multiplication and an
    addition, and the learned tokens are constants. Raises WeightsError where the graph is no
    export of `segment_anything.utils.onnx.SamOnnxModel`.
    """
    try:
        graph = onnx.load_from_string(model).graph
    except Exception as error:
        # protobuf's error has no stable home to be imported from.
        raise WeightsError(f"this is no ONNX file: {error}") from error
    constants = {tensor.name: tensor for tensor in graph.initializer}
    weights: Weights = {}
    for name, tensor in constants.items():
        if name.startswith(("mask_decoder.", "model.", "prompt_encoder.")):
            weights[name.removeprefix("model.")] = onnx.numpy_helper.to_array(tensor)
    for node in graph.node:
        for given in set(node.input) & constants.keys():
            if given.startswith("onnx::"):
                weights.update(_folded(node, onnx.numpy_helper.to_array(constants[given])))
    missing = {
        "mask_decoder.iou_token.weight",
        "mask_decoder.transformer.final_attn_token_to_image.out_proj.weight",
        "mask_decoder.output_upscaling.1.bias",
        "prompt_encoder.mask_downscaling.4.weight",
        "prompt_encoder.no_mask_embed.weight",
        "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix",
    } - weights.keys()
    if missing:
        raise WeightsError(
            f"this ONNX file is no officially exported SAM decoder: {', '.join(sorted(missing))}"
        )
    return weights


def _folded(node: onnx.NodeProto, array: NDArray[np.float32]) -> Weights:
    """Name what stands in a node without a name of its own."""
    *_, owner, kind = ("", *node.name.split("/"))
    module = ".".join(part for part in node.name.split("/")[1:-1])
    if node.op_type == "MatMul" and "transformer/" in node.name:
        path = module[module.index("transformer") :]
        return {f"mask_decoder.{path}.weight": np.ascontiguousarray(array.T)}
    if node.op_type in {"Mul", "Add"} and owner.startswith(
        ("mask_downscaling", "output_upscaling")
    ):
        room = "prompt_encoder" if owner.startswith("mask") else "mask_decoder"
        role = "weight" if kind.startswith("Mul") else "bias"
        return {f"{room}.{owner}.{role}": array.reshape(-1)}
    if node.op_type == "Mul" and array.shape[:1] + array.shape[2:] == (1, 1, 1):
        return {"prompt_encoder.no_mask_embed.weight": array.reshape(1, -1)}
    if node.op_type == "Expand" and array.shape[1:2] == (TOKENS,):
        return {
            "mask_decoder.iou_token.weight": array[0, :1],
            "mask_decoder.mask_tokens.weight": array[0, 1:],
        }
    return {}
