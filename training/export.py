"""Write a trained head as ONNX with plain operators, and prove that it answers the same."""

from __future__ import annotations

import hashlib
import re
import warnings
from typing import TYPE_CHECKING

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from pipeline.foreground.head import Head, coordinate_channels
from pipeline.sam import GRID, Embedding

if TYPE_CHECKING:
    from pathlib import Path

    from training.model import Ensemble, HeadNetwork

OPSET = 17
TOLERANCE = 1e-3
"""Logits may differ between torch and ONNX Runtime by this share of their standard deviation."""
ROUNDED = 0.1
"""The same once large weights are kept in 8 bits."""
LARGE = 1024
"""So many numbers or more are kept in 8 bits."""
LEVELS = 127
"""The largest int8 that has its negative."""
TINY = np.float32(1e-12)
"""The largest weight of a channel that is all 0, so that it has a scale."""


def export(network: HeadNetwork | Ensemble, path: Path) -> None:
    """Write ``network`` to ``path``. Raises ValueError where ONNX Runtime answers otherwise."""
    network.eval()
    picture = Embedding(
        np.random.default_rng(0).normal(size=(256, GRID, GRID)).astype(np.float32), 400, 533
    )
    inputs = (
        torch.tensor(picture.features)[None],
        torch.from_numpy(coordinate_channels(*picture.valid(GRID)))[None],
    )
    with warnings.catch_warnings():
        # The exporter that needs no further package says that it is the old one.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            inputs,
            str(path),
            input_names=["embedding", "place"],
            output_names=["logits"],
            opset_version=OPSET,
            dynamo=False,
        )
    with torch.no_grad():
        expected = network(*inputs)[0, 0].numpy()

    def check(most: float) -> None:
        onnx.checker.check_model(onnx.load(path))
        worst = float(np.abs(Head(path)(picture) - expected).max() / expected.std())
        if worst > most:
            raise ValueError(f"the exported head differs by {worst:.4f} of its spread")

    check(TOLERANCE)
    onnx.save(rounded(onnx.load(path)), path)
    check(ROUNDED)


def pin(path: Path, manifest: Path) -> None:
    """Write the size and SHA-256 of the head at ``path`` into the weights' manifest.

    Raises ValueError where the manifest does not name the file.
    """
    content = path.read_bytes()
    text, found = re.subn(
        rf'(file = "{re.escape(path.name)}"\nbytes = )\d+(\nsha256 = ")[0-9a-f]+',
        rf"\g<1>{len(content)}\g<2>{hashlib.sha256(content).hexdigest()}",
        manifest.read_text(),
    )
    if found != 1:
        raise ValueError(f"{manifest} does not name {path.name}")
    manifest.write_text(text)


def rounded(model: onnx.ModelProto) -> onnx.ModelProto:
    """Keep large weights as int8, each output channel by a scale of its own.

    The network computes in float32: casts and scales are folded as it is loaded.
    """
    nodes = []
    for weight in list(model.graph.initializer):
        values = numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size < LARGE:
            continue
        name, levels, scale = weight.name, f"{weight.name}.levels", f"{weight.name}.scale"
        channels = tuple(range(1, values.ndim))
        steps = np.maximum(np.abs(values).max(channels, keepdims=True), TINY) / np.float32(LEVELS)
        weight.CopyFrom(numpy_helper.from_array(np.rint(values / steps).astype(np.int8), levels))
        model.graph.initializer.append(numpy_helper.from_array(steps, scale))
        whole = f"{name}.whole"
        nodes.append(helper.make_node("Cast", [levels], [whole], to=TensorProto.FLOAT))
        nodes.append(helper.make_node("Mul", [whole, scale], [name]))
    nodes += model.graph.node
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model
