"""What every SAM promises, over both implementations."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.sam import Prompt
from tests.contract.sam_models import MODELS, embedding, picture, sam

WIDTH, HEIGHT = 320, 240
MASK = np.where(np.mgrid[:256, :256][1] < 128, 8, -8).astype(np.float32)
PROMPTS = [
    Prompt(points=((160, 120, True),)),
    Prompt(points=((40, 60, True), (300, 200, False))),
    Prompt(box=(50, 40, 250, 200)),
    Prompt(points=((160, 120, True),), box=(50, 40, 250, 200)),
    Prompt(points=((10, 10, False),)),
    Prompt(points=((160, 120, True),), mask=MASK),
    Prompt(box=(50, 40, 250, 200), mask=MASK),
    Prompt(mask=MASK),
]

pytestmark = pytest.mark.parametrize("kind", MODELS)


def test_embedding(kind: str) -> None:
    for width, height in ((WIDTH, HEIGHT), (33, 64)):
        seen = embedding(kind, width, height)
        assert seen.features.shape == (256, 64, 64)
        assert seen.features.dtype == np.float32
        assert (seen.width, seen.height) == (width, height)
        assert np.isfinite(seen.features).all()
        assert seen.features.std() > 0.01


def test_encoding_is_deterministic_and_leaves_the_picture_alone(kind: str) -> None:
    pixels = picture(33, 64).copy()

    again = sam(kind).encode(pixels)

    assert np.array_equal(pixels, picture(33, 64))
    assert np.array_equal(again.features, embedding(kind, 33, 64).features)


def test_shapes_of_an_answer(kind: str) -> None:
    masks = sam(kind).decode(embedding(kind, WIDTH, HEIGHT), PROMPTS)

    assert masks.logits.shape == (len(PROMPTS), 4, 256, 256)
    assert masks.scores.shape == (len(PROMPTS), 4)
    assert masks.logits.dtype == masks.scores.dtype == np.float32
    assert np.isfinite(masks.logits).all()


def test_no_prompts_no_masks(kind: str) -> None:
    masks = sam(kind).decode(embedding(kind, WIDTH, HEIGHT), [])

    assert masks.logits.shape == (0, 4, 256, 256)
    assert masks.scores.shape == (0, 4)


def test_prompts_together_are_answered_as_one_by_one(kind: str) -> None:
    """In order, whatever kinds stand side by side, and over more than one run."""
    many = [PROMPTS[index % len(PROMPTS)] for index in range(3)] * 5 + PROMPTS
    seen = embedding(kind, WIDTH, HEIGHT)
    together = sam(kind).decode(seen, many)

    for prompt in PROMPTS:
        alone = sam(kind).decode(seen, [prompt])
        for index in (i for i, other in enumerate(many) if other is prompt):
            np.testing.assert_allclose(together.logits[index], alone.logits[0], atol=2e-3)
            np.testing.assert_allclose(together.scores[index], alone.scores[0], atol=1e-4)


def test_different_prompts_get_different_answers(kind: str) -> None:
    logits = sam(kind).decode(embedding(kind, WIDTH, HEIGHT), PROMPTS).logits

    for one in range(len(PROMPTS)):
        for other in range(one):
            assert np.abs(logits[one] - logits[other]).max() > 1e-2, (one, other)


def test_decoding_a_tiny_upright_picture(kind: str) -> None:
    seen = embedding(kind, 33, 64)
    masks = sam(kind).decode(seen, [Prompt(points=((16, 32, True),)), Prompt(box=(0, 0, 33, 64))])

    assert masks.logits.shape == (2, 4, 256, 256)


def test_a_device_has_a_name(kind: str) -> None:
    assert sam(kind).device == "cpu"
