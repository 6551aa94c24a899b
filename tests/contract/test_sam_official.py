"""Our SAM gives the official one's answers: SamPredictor's, and the exported decoder's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime as ort
import pytest

from pipeline.errors import WeightsError
from pipeline.sam import Prompt
from pipeline.sam.onnx import OnnxSam
from pipeline.sam.onnx_decoder.read_export import read_weights
from pipeline.sam.preprocess import square
from tests.contract.sam_models import DECODER, ENCODER, embedding, official_vit_b, picture, sam

if TYPE_CHECKING:
    from pathlib import Path

WIDTH, HEIGHT = 320, 211
MASK = np.where(np.mgrid[:256, :256][1] < 128, 8, -8).astype(np.float32)
PROMPTS = {
    "point": Prompt(points=((160.0, 120.0, True),)),
    "points": Prompt(points=((40.0, 60.0, True), (300.0, 200.0, False), (7.5, 8.25, True))),
    "box": Prompt(box=(50.0, 40.0, 250.0, 200.0)),
    "box and points": Prompt(
        points=((160.0, 120.0, True), (60.0, 50.0, False)), box=(50.0, 40.0, 250.0, 200.0)
    ),
    "point and mask": Prompt(points=((160.0, 120.0, True),), mask=MASK),
    "box and mask": Prompt(box=(50.0, 40.0, 250.0, 200.0), mask=MASK),
}


@pytest.fixture(scope="module")
def predictor() -> Any:
    segment_anything = pytest.importorskip("segment_anything", reason="needs vitrina[gpu]")
    predictor = segment_anything.SamPredictor(official_vit_b().eval())
    predictor.set_image(picture(WIDTH, HEIGHT))
    return predictor


def asked_officially(predictor: Any, prompt: Prompt, *, several: bool) -> tuple[Any, Any]:
    points = np.array([(x, y) for x, y, _ in prompt.points]) if prompt.points else None
    labels = np.array([include for _, _, include in prompt.points], int) if prompt.points else None
    _, scores, logits = predictor.predict(
        points,
        labels,
        None if prompt.box is None else np.array(prompt.box),
        None if prompt.mask is None else prompt.mask[None].copy(),  # torch writes no read-only one
        multimask_output=several,
    )
    return logits, scores


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_embedding_equals_the_official_predictors(predictor: Any) -> None:
    official = predictor.get_image_embedding()[0].numpy()

    ours = embedding("torch", WIDTH, HEIGHT).features

    np.testing.assert_allclose(ours, official, atol=1e-4 * np.abs(official).max())


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_masks_equal_the_official_predictors(predictor: Any) -> None:
    """All prompts in one call of ours against one call each, single and multiple masks."""
    ours = sam("torch").decode(embedding("torch", WIDTH, HEIGHT), list(PROMPTS.values()))

    for index, prompt in enumerate(PROMPTS.values()):
        single, single_score = asked_officially(predictor, prompt, several=False)
        three, three_scores = asked_officially(predictor, prompt, several=True)
        logits, scores = np.concatenate([single, three]), np.append(single_score, three_scores)
        tolerance = 1e-4 * np.abs(logits).max()
        np.testing.assert_allclose(ours.logits[index], logits, atol=tolerance)
        np.testing.assert_allclose(ours.scores[index], scores, atol=1e-4 * np.abs(scores).max())


@pytest.mark.parametrize(
    ("width", "height"), [(320, 211), (2048, 2045), (4000, 3000), (1024, 1024), (64, 33)]
)
def test_the_networks_input_equals_the_official_one(width: int, height: int) -> None:
    torch = pytest.importorskip("torch", reason="needs vitrina[gpu]")
    transforms = pytest.importorskip(
        "segment_anything.utils.transforms", reason="needs vitrina[gpu]"
    )
    pixels = picture(width, height)
    resized = transforms.ResizeLongestSide(1024).apply_image(pixels)
    image = torch.as_tensor(resized).permute(2, 0, 1)[None].float()
    mean, std = (
        torch.tensor(values).view(3, 1, 1)
        for values in ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375])
    )
    padding = (0, 1024 - resized.shape[1], 0, 1024 - resized.shape[0])
    official = torch.nn.functional.pad((image - mean) / std, padding)

    np.testing.assert_allclose(square(pixels), official.numpy(), atol=1e-6)


@pytest.mark.parametrize("name", PROMPTS)
def test_our_decoder_equals_the_exported_file(name: str) -> None:
    """The official export answers one prompt by one mask: the single, or the best of three."""
    prompt, model = PROMPTS[name], sam("onnx")
    seen = embedding("onnx", WIDTH, HEIGHT)
    points = [(x, y, float(include)) for x, y, include in prompt.points]
    if prompt.box is None:
        points.append((0, 0, -1))
    else:
        points += [(*prompt.box[:2], 2), (*prompt.box[2:], 3)]
    rows = np.array(points, np.float32)
    rows[:, :2] *= np.array([1024 / WIDTH, round(HEIGHT * 1024 / WIDTH) / HEIGHT], np.float32)

    _, score, logits = ort.InferenceSession(DECODER, providers=["CPUExecutionProvider"]).run(
        ["masks", "iou_predictions", "low_res_masks"],
        {
            "image_embeddings": seen.features[None],
            "point_coords": rows[None, :, :2],
            "point_labels": rows[None, :, 2],
            "mask_input": (
                np.zeros((256, 256), np.float32) if prompt.mask is None else prompt.mask
            )[None, None],
            "has_mask_input": np.array([prompt.mask is not None], np.float32),
            "orig_im_size": np.array([HEIGHT, WIDTH], np.float32),
        },
    )

    ours = model.decode(seen, [prompt])
    best = 0 if len(rows) > 2 else 1 + int(ours.scores[0, 1:].argmax())
    np.testing.assert_allclose(ours.logits[0, best], logits[0, 0], atol=1e-3)
    np.testing.assert_allclose(ours.scores[0, best], score[0, 0], atol=1e-4)


def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    junk = tmp_path / "junk.onnx"
    junk.write_bytes(b"junk" * 100)

    with pytest.raises(WeightsError):
        OnnxSam(junk, junk, name="junk")
    with pytest.raises(WeightsError):
        OnnxSam(tmp_path / "missing", junk, name="missing")


def test_a_network_that_is_no_decoder() -> None:
    sam("onnx")  # skips where the weights are missing

    with pytest.raises(WeightsError, match="no officially exported"):
        read_weights(ENCODER.read_bytes())


def test_a_checkpoint_that_is_none(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="needs vitrina[gpu]")
    pytest.importorskip("segment_anything", reason="needs vitrina[gpu]")
    from pipeline.sam.torch import load_official

    junk, other, code = tmp_path / "junk.pth", tmp_path / "other.pth", tmp_path / "code.pth"
    junk.write_bytes(b"junk" * 100)
    torch.save({"a": torch.zeros(3)}, other)
    torch.save(tmp_path, code)  # a pickled object that is no tensor
    for path in (junk, other, code, tmp_path / "missing.pth"):
        with pytest.raises(WeightsError):
            load_official(path, "vit_b")
