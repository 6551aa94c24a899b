"""The models that the SAM tests share, each loaded once: real MobileSAM, and a random ViT-B."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from pipeline.sam.onnx import OnnxSam

if TYPE_CHECKING:
    from pipeline.sam import Embedding, Sam
    from pipeline.values import Pixels

WEIGHTS = Path(__file__).parents[2] / "weights"
ENCODER, DECODER = WEIGHTS / "mobile-sam-encoder.onnx", WEIGHTS / "mobile-sam-decoder.onnx"

MODELS = ["onnx", pytest.param("torch", marks=[pytest.mark.slow, pytest.mark.timeout(900)])]


@functools.cache
def picture(width: int, height: int) -> Pixels:
    """Soft blobs, the same each time."""
    noise = np.random.default_rng(7).integers(0, 256, (6, 8, 3), np.uint8)
    return np.array(Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC))


@functools.cache
def sam(kind: str) -> Sam:
    """Load a model; the test is skipped where its weights or its libraries are missing."""
    if kind == "onnx":
        if not (ENCODER.exists() and DECODER.exists()):
            pytest.skip("MobileSAM is not fetched: vitrina weights fetch")
        return OnnxSam(ENCODER, DECODER, name="mobile-sam")
    pytest.importorskip("segment_anything", reason="needs vitrina[gpu]")
    from pipeline.sam.torch import TorchSam, load_official

    with tempfile.TemporaryDirectory() as folder:
        model = load_official(save_random_vit_b(Path(folder)), "vit_b")
    return TorchSam(model, name="sam-vit-b", device="cpu")


@functools.cache
def embedding(kind: str, width: int, height: int) -> Embedding:
    return sam(kind).encode(picture(width, height))


def official_vit_b() -> Any:
    """Build ViT-B by the official registry, every weight moved at random from a fixed seed.

    A fresh ViT-B has zeros where it learns positions: a mistake there would not show.
    """
    import torch
    from segment_anything import sam_model_registry

    generator = torch.Generator().manual_seed(11)
    model = sam_model_registry["vit_b"]()
    with torch.no_grad():
        for value in [*model.parameters(), *model.prompt_encoder.pe_layer.buffers()]:
            value.copy_(torch.randn(value.shape, generator=generator) * 0.05 + 0.5 * (value == 1))
    return model


def save_random_vit_b(folder: Path) -> Path:
    import torch

    path = folder / "vit_b.pth"
    torch.save(official_vit_b().state_dict(), path)
    return path
