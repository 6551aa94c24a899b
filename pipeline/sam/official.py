"""The official `segment-anything` with MobileSAM's real weights, to be compared with.

Needs the extra ``vitrina[gpu]``. The decoder is the official module, filled from the exported
file; the encoder is the exported one behind the official module's face, since `segment-anything`
has no TinyViT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime as ort
import torch
from segment_anything import sam_model_registry

from pipeline.sam import SIDE
from pipeline.sam.onnx_decoder.read_export import read_weights

if TYPE_CHECKING:
    from pathlib import Path


class ExportedEncoder(torch.nn.Module):
    """An ONNX encoder where the official code expects a module: (N, 3, 1024, 1024) in."""

    img_size = SIDE

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Embed, (N, 256, 64, 64)."""
        name = self._session.get_inputs()[0].name
        return torch.from_numpy(self._session.run(None, {name: pictures.numpy()})[0])


def official_mobile_sam(encoder: Path, decoder: Path) -> Any:
    """Build the official `Sam`, in evaluation mode on the CPU."""
    with torch.device("meta"):
        model = sam_model_registry["vit_b"]()
    model.image_encoder = ExportedEncoder(encoder)
    weights = {
        name: torch.from_numpy(np.array(value))
        for name, value in read_weights(decoder.read_bytes()).items()
    }
    rest = model.load_state_dict(weights, assign=True, strict=False)
    if rest.unexpected_keys or rest.missing_keys:
        raise ValueError(f"not the official names: {rest}")
    for name in ("pixel_mean", "pixel_std"):
        values = {"pixel_mean": (123.675, 116.28, 103.53), "pixel_std": (58.395, 57.12, 57.375)}
        setattr(model, name, torch.tensor(values[name]).reshape(3, 1, 1))
    return model.eval().requires_grad_(requires_grad=False)
