"""MobileSAM's real weights in the official modules give what ours gives: prompts to masks.

The encoder is the exported file on both sides, since the official package has no TinyViT; all
behind it is the official code, filled from the exported decoder.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipeline.masks import iou
from pipeline.sam import Prompt
from pipeline.sam.mask_generator import GeneratorOptions, generate_masks
from tests.contract.sam_models import DECODER, ENCODER, WEIGHTS, sam
from tests.contract.test_sam_official import PROMPTS, asked_officially
from tests.stands.masks import full_size

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
SAMPLE = WEIGHTS.parent / "samples" / "brown-boots.jpg"


@pytest.fixture(scope="module")
def pixels() -> Any:
    return np.array(Image.open(SAMPLE).convert("RGB"))


@pytest.fixture(scope="module")
def official() -> Any:
    pytest.importorskip("segment_anything", reason="needs vitrina[gpu]")
    sam("onnx")  # skips where the weights are missing
    from pipeline.sam.official import official_mobile_sam

    return official_mobile_sam(ENCODER, DECODER)


@pytest.fixture(scope="module")
def predictor(official: Any, pixels: Any) -> Any:
    from segment_anything import SamPredictor

    predictor = SamPredictor(official)
    predictor.set_image(pixels)
    return predictor


def test_answers_to_many_prompts_at_once(predictor: Any, pixels: Any) -> None:
    """Logits to 1e-4 of the largest, predicted IoUs to 1e-4."""
    model = sam("onnx")
    prompts = list(PROMPTS.values())
    ours = model.decode(model.encode(pixels), prompts)

    for index, prompt in enumerate(prompts):
        single, single_score = asked_officially(predictor, prompt, several=False)
        three, scores = asked_officially(predictor, prompt, several=True)
        logits = np.concatenate([single, three])
        tolerance = 1e-4 * np.abs(logits).max()
        np.testing.assert_allclose(ours.logits[index], logits, atol=tolerance)
        np.testing.assert_allclose(ours.scores[index], [*single_score, *scores], atol=1e-4)


def test_masks_at_full_size(predictor: Any, pixels: Any) -> None:
    """Differ in no more than one pixel of 10,000: where a logit is 0 but for rounding."""
    model = sam("onnx")
    box = Prompt(box=(50.0, 60.0, 330.0, 480.0))
    logits = model.decode(model.encode(pixels), [box]).logits[0, 1:]
    masks, _, _ = predictor.predict(box=np.array(box.box), multimask_output=True)

    height, width = pixels.shape[:2]
    for ours, mask in zip(logits, masks, strict=True):
        assert (full_size(ours, width, height) != mask).mean() < 1e-4


def test_automatic_masks(official: Any, pixels: Any) -> None:
    """Mean best IoU of the official generator's masks among ours at least 0.98, and back."""
    from segment_anything import SamAutomaticMaskGenerator

    theirs = SamAutomaticMaskGenerator(official, points_per_side=8).generate(pixels)
    model = sam("onnx")
    found = generate_masks(model, model.encode(pixels), GeneratorOptions(points_per_side=8))
    height, width = pixels.shape[:2]
    masks = [full_size(segment.logits, width, height) for segment in found]

    table = np.array([[iou(one["segmentation"], mask) for mask in masks] for one in theirs])
    assert table.max(axis=1).mean() >= 0.98
    assert table.max(axis=0).mean() >= 0.98
    best, twin = theirs[0], found[int(table[0].argmax())]
    # A point lies in the middle of a cell: up to half a cell beside the official one.
    assert twin.predicted_iou == pytest.approx(best["predicted_iou"], abs=0.05)
    assert twin.stability_score == pytest.approx(best["stability_score"], abs=0.02)
    assert twin.area == pytest.approx(best["area"], rel=0.02)
