"""SAM through ONNX Runtime: MobileSAM by default, or any SAM exported by the official script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import onnxruntime as ort

from pipeline.errors import WeightsError
from pipeline.sam import CANDIDATES, LOW_RES, Embedding, Masks
from pipeline.sam.preprocess import in_square, mask_array, point_rows, runs, square

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.sam import Prompt
    from pipeline.values import Pixels


class OnnxSam:
    """Encoder and decoder sessions. Raises WeightsError where a file cannot be loaded."""

    def __init__(self, encoder: Path, decoder: Path, *, name: str, threads: int = 0) -> None:
        """Load both networks; ``threads`` 0 leaves their number to ONNX Runtime."""
        self.name = name
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        providers = [
            provider
            for provider in ("CUDAExecutionProvider", "CPUExecutionProvider")
            if provider in ort.get_available_providers()
        ]
        try:
            self._encoder = ort.InferenceSession(encoder.read_bytes(), options, providers=providers)
            self._decoder = ort.InferenceSession(
                batched_decoder(decoder.read_bytes()), options, providers=providers
            )
        except Exception as error:
            # The errors of ONNX Runtime and of protobuf have no nearer base in common.
            raise WeightsError(f"cannot load the weights of {name}: {error}") from error
        self._encoder_input = self._encoder.get_inputs()[0].name

    def encode(self, pixels: Pixels) -> Embedding:
        """Embed one picture, (height, width, 3) uint8 RGB of any size."""
        (features,) = self._encoder.run(None, {self._encoder_input: square(pixels)})
        return Embedding(features[0], width=pixels.shape[1], height=pixels.shape[0])

    def decode(self, embedding: Embedding, prompts: Sequence[Prompt]) -> Masks:
        """Answer all ``prompts`` on one embedding, (N, 4, 256, 256) logits."""
        rows = [point_rows(in_square(embedding, prompt)) for prompt in prompts]
        masks, given = mask_array(prompts)
        logits = np.empty((len(prompts), CANDIDATES, LOW_RES, LOW_RES), np.float32)
        scores = np.empty((len(prompts), CANDIDATES), np.float32)
        for group in runs(map(len, rows)):
            points = np.array([rows[index] for index in group], np.float32)
            logits[group], scores[group] = self._decoder.run(
                None,
                {
                    "image_embeddings": embedding.features[None],
                    "point_coords": points[:, :, :2],
                    "point_labels": points[:, :, 2],
                    "mask_input": masks[group],
                    "has_mask_input": given[group],
                },
            )
        return Masks(logits=logits, scores=scores)


def batched_decoder(model: bytes) -> bytes:
    """Rewrite the officially exported decoder: many prompts a run, all four candidates, no resize.

    An export may end in a choice of one candidate (flatten, gather, reshape) and in a resize to
    the picture's full size. Both are cut off, and the prompts' first dimension becomes symbolic.
    Raises WeightsError where the graph is no exported SAM decoder.
    """
    proto = onnx.load_from_string(model)
    graph = proto.graph
    producers = {output: node for node in graph.node for output in node.output}
    given = {value.name: value for value in graph.input}
    if not {"low_res_masks", "iou_predictions"} <= producers.keys() or "point_coords" not in given:
        raise WeightsError("this ONNX file is no officially exported SAM decoder")

    outputs = [_before_choice(producers, name) for name in ("low_res_masks", "iou_predictions")]
    needed, waiting = set[str](), list(outputs)
    while waiting:
        name = waiting.pop()
        if name in needed:
            continue
        needed.add(name)
        if name in producers:
            waiting += producers[name].input
    nodes = [node for node in graph.node if needed & set(node.output)]
    inputs = [value for value in graph.input if value.name in needed]
    for value in inputs:
        if value.name != "image_embeddings":
            value.type.tensor_type.shape.dim[0].dim_param = "prompts"
    has_mask = given["has_mask_input"].type.tensor_type.shape
    del has_mask.dim[1:]
    for size in (1, 1, 1):
        has_mask.dim.add().dim_value = size

    rewritten = onnx.helper.make_graph(
        nodes,
        "sam-decoder",
        inputs,
        [onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, None) for n in outputs],
        initializer=[tensor for tensor in graph.initializer if tensor.name in needed],
    )
    result: bytes = onnx.helper.make_model(
        rewritten, opset_imports=proto.opset_import, ir_version=proto.ir_version
    ).SerializeToString()
    return result


def _before_choice(producers: dict[str, onnx.NodeProto], output: str) -> str:
    """Walk back from ``output`` to the tensor of all four candidates."""
    name = output
    while name in producers and producers[name].op_type in {"Unsqueeze", "Reshape", "Gather"}:
        name = producers[name].input[0]
    if name in producers and producers[name].op_type == "Flatten":
        return str(producers[name].input[0])
    return output
