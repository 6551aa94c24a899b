"""Write a trained head as ONNX with plain operators, and prove that it answers the same."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import onnx
import torch

from pipeline.foreground.head import Head, place
from pipeline.sam import GRID, Embedding

if TYPE_CHECKING:
    from pathlib import Path

    from training.model import Ensemble, HeadNetwork

OPSET = 17
TOLERANCE = 1e-3
"""Logits may differ by this much between torch and ONNX Runtime."""


def export(network: HeadNetwork | Ensemble, path: Path) -> None:
    """Write ``network`` to ``path``. Raises ValueError where ONNX Runtime answers otherwise."""
    network.eval()
    picture = Embedding(
        np.random.default_rng(0).normal(size=(256, GRID, GRID)).astype(np.float32), 400, 533
    )
    inputs = (
        torch.from_numpy(picture.features)[None],
        torch.from_numpy(place(*picture.valid(GRID)))[None],
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
    onnx.checker.check_model(onnx.load(path))
    with torch.no_grad():
        expected = network(*inputs)[0, 0].numpy()
    worst = float(np.abs(Head(path)(picture) - expected).max())
    if worst > TOLERANCE:
        raise ValueError(f"the exported head differs by {worst:.4f}")
