"""A smaller encoder is kept where it cuts out alike, and nowhere else."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import onnx
import pytest
from onnx import numpy_helper

from pipeline.errors import WeightsError
from pipeline.foreground import Head
from tests.contract.sam_models import DECODER, ENCODER, WEIGHTS
from vitrina.commands import variants
from vitrina.commands.variants import Variant, make, variant_path
from vitrina.settings import Settings
from vitrina.studio import load_sam, load_segmenter

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not ENCODER.exists(), reason="MobileSAM is not fetched")
SAMPLE = WEIGHTS.parent / "samples" / "brown-boots.jpg"


def spoilt(encoder: Path, target: Path) -> None:
    model = onnx.load(encoder)
    for tensor in model.graph.initializer:
        if tensor.name.endswith("fc1.bias"):
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor) + 3, tensor.name))
    onnx.save(model, target)


@pytest.mark.slow
@pytest.mark.parametrize("kept", [True, False])
def test_only_what_cuts_out_alike_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, kept: bool
) -> None:
    if not kept:
        monkeypatch.setitem(variants.CONVERTERS, Variant.INT8, spoilt)
    encoder = tmp_path / "encoder.onnx"
    shutil.copy(ENCODER, encoder)
    way = load_segmenter(Settings(), "head", Head(WEIGHTS / "foreground-head.onnx"))
    if kept:
        assert make(encoder, DECODER, Variant.INT8, [SAMPLE], way) > 0.99
    else:
        with pytest.raises(WeightsError, match="not kept"):
            make(encoder, DECODER, Variant.INT8, [SAMPLE], way)
    assert variant_path(encoder, Variant.INT8).exists() is kept


def test_a_variant_that_was_not_made_is_missed() -> None:
    if variant_path(ENCODER, Variant.FP16).exists():
        pytest.skip("it was made here")
    with pytest.raises(WeightsError, match="fp16"):
        load_sam(Settings(encoder="fp16"))
