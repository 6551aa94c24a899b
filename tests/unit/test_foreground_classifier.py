from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageOps

from pipeline.foreground import Head
from pipeline.foreground.classifier import CLASSES, FILE, classifier, evidence
from pipeline.foreground.describe import NAMES, describe
from pipeline.foreground.proposals import possible, prepare_map, propose
from pipeline.foreground.rank import FEATURES
from pipeline.foreground.select import cover, describe_answers
from pipeline.sam import LOW_RES, Embedding
from pipeline.sam.onnx import OnnxSam

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.foreground.describe import Description


def _square(left: int, top: int, right: int, bottom: int) -> NDArray[np.bool_]:
    inside = np.zeros((192, 256), np.bool_)
    inside[top:bottom, left:right] = True
    return inside


def _described(*inside: NDArray[np.bool_]) -> Description:
    """Masks on a picture whose left half looks one way and whose right half another."""
    features = np.zeros((256, 64, 64), np.float32)
    features[0, :, :32], features[1, :, 32:] = 1, 1
    logits = np.full((LOW_RES, LOW_RES), -6, np.float32)
    logits[64:128, 32:96] = 6
    plain = np.zeros((len(inside), len(FEATURES)), np.float32)
    return describe(Embedding(features, 640, 480), logits, np.stack(inside), plain)


def test_what_is_known_of_a_mask_is_what_can_be_measured_on_it() -> None:
    product, half = _square(32, 64, 96, 128), _square(32, 64, 64, 128)
    right = _square(160, 0, 256, 192)
    described = _described(product, half, right)
    assert described.plain.shape == (3, len(NAMES))
    known = [dict(zip(NAMES, row, strict=True)) for row in described.plain.tolist()]
    for name, values in {
        "within": (1, 1, 0),
        "around": (0, 0.29, 0),
        "recall": (1, 0.5, 0),
        "overlap": (1, 0.5, 0),
        "low": (0, 0, 1),
        "mixed": (0, 0, 0),
        "high": (1 / 3, 1 / 3, 1),
        "wide": (1 / 4, 1 / 8, 3 / 8),
        "largest piece": (1, 1, 1),
        "at right": (0, 0, 1),
        "at left": (0, 0, 0),
        "sides": (0, 0, 3 / 4),
        "holes": (0, 0, 0),
    }.items():
        assert [one[name] for one in known] == pytest.approx(values, abs=0.05), name
    assert known[0]["holds"] > known[1]["holds"], "the product holds its half"
    assert known[1]["held"] > known[0]["held"]
    assert described.pooled[2, 0, :2] == pytest.approx((0, 1), abs=1e-3), "what is on the right"
    assert described.pooled[0, 1, :2] == pytest.approx((1, 0), abs=1e-3), "what is around"


def test_a_mask_of_nothing_or_of_everything_is_described_too() -> None:
    described = _described(np.zeros((192, 256), np.bool_), np.ones((192, 256), np.bool_))
    assert np.isfinite(described.plain).all()
    assert np.isfinite(described.pooled).all()
    judged = classifier().judge(described)
    assert np.isfinite(judged.iou).all()


def test_the_classifier_is_small() -> None:
    assert FILE.stat().st_size < 1_000_000


@pytest.fixture(scope="module")
def boots(request: pytest.FixtureRequest, samples: Path) -> tuple[Description, NDArray[np.float32]]:
    """What SAM answers about a pair of boots on the ground, described, and each answer's share."""
    weights = request.config.rootpath / "weights"
    sam = OnnxSam(
        weights / "mobile-sam-encoder.onnx", weights / "mobile-sam-decoder.onnx", name="mobile-sam"
    )
    with Image.open(samples / "brown-boots.jpg") as picture:
        pixels = np.array(ImageOps.exif_transpose(picture).convert("RGB"))
    embedding = sam.encode(pixels)
    logits = prepare_map(embedding, Head(weights / "foreground-head.onnx")(embedding))
    answers = possible(embedding, propose(sam, embedding, logits))
    shares = [float((answer > 0).mean()) for answer, _ in answers]
    return describe_answers(embedding, logits, answers), np.array(shares, np.float32)


def test_on_a_plain_photo_the_product_is_told_from_its_parts(
    boots: tuple[Description, NDArray[np.float32]],
) -> None:
    described, shares = boots
    judged = classifier().judge(described)
    first = int(np.argmax(judged.iou))
    assert CLASSES[int(np.argmax(judged.classes[first]))] == "product"
    assert judged.iou[first] > 0.6
    small = shares < 0.3 * shares[first]
    assert small.any()
    assert judged.iou[small].max() < judged.iou[first] - 0.2
    assert (judged.classes[small, 0] < 0.5).all()
    assert judged.classes.sum(1) == pytest.approx(np.ones(len(shares)), abs=1e-3)
    alike = np.eye(len(shares), dtype=np.float32)
    confidences = [
        classifier().confidence(evidence(judged, described, alike, index))
        for index in range(len(shares))
    ]
    assert confidences[first] > max(np.array(confidences)[small])


def test_offers_are_distinct_and_one_for_each_thing_that_may_be_meant() -> None:
    # A cup, the same again, half of it, a spoon beside it, both.
    ious = np.array(
        [
            [1.0, 0.95, 0.5, 0.0, 0.7],
            [0.95, 1.0, 0.5, 0.0, 0.7],
            [0.5, 0.5, 1.0, 0.0, 0.3],
            [0.0, 0.0, 0.0, 1.0, 0.3],
            [0.7, 0.7, 0.3, 0.3, 1.0],
        ],
        np.float32,
    )
    expected = np.array([0.8, 0.79, 0.3, 0.6, 0.6], np.float32)
    stable = np.ones(5, np.float32)
    order = cover(expected, ious, 0, stable)
    assert order[:2] == [0, 3], "the other thing before a part of the first"
    assert 1 not in order
    assert set(order) == {0, 2, 3, 4}
    assert cover(expected, ious, 2, stable)[0] == 2
    assert len(cover(expected, ious, 0, stable, most=2)) == 2
    assert cover(expected[:1], ious[:1, :1], 0, stable[:1]) == [0]
    torn = np.array([1, 1, 0.5, 1, 1], np.float32)
    assert set(cover(expected, ious, 0, torn)) == {0, 3, 4}, "half of it is a scrap"
    assert cover(expected, ious, 0, torn * torn[2]) == [0], "the first stays, torn or not"
    frayed = np.array([1, 1, 1, 0.7, 1], np.float32)
    assert cover(expected, ious, 0, frayed)[1] == 4, "a whole thing before a frayed one"
