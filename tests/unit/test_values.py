"""The values of the pipeline: checked once where they are made, and read-only from then on."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pipeline.backdrops import Backdrop
from pipeline.sam import Embedding, Prompt
from pipeline.selection import Selection
from pipeline.values import CutOut, Photo

if TYPE_CHECKING:
    from collections.abc import Callable

PIXELS = np.full((4, 6, 3), 7, np.uint8)
ALPHA = np.full((4, 6), 0.5, np.float32)
LOGITS = np.zeros((256, 256), np.float32)
FEATURES = np.zeros((256, 64, 64), np.float32)

PICTURES = [
    np.zeros((4, 6), np.uint8),
    np.zeros((4, 6, 4), np.uint8),
    np.zeros((4, 6, 3), np.float32),
    np.zeros((0, 6, 3), np.uint8),
]
ALPHAS = [
    np.zeros((6, 4), np.float32),
    np.zeros((4, 6, 1), np.float32),
    np.zeros((4, 6), np.float64),
    np.full((4, 6), 1.01, np.float32),
    np.full((4, 6), -0.01, np.float32),
    np.full((4, 6), np.nan, np.float32),
]
MAPS = [np.zeros((256, 255), np.float32), LOGITS.astype(np.float16), LOGITS[None]]


@pytest.mark.parametrize(
    ("make", "arrays", "names"),
    [
        (lambda: Photo(PIXELS, ALPHA), (PIXELS, ALPHA), ("pixels", "alpha")),
        (lambda: CutOut(PIXELS, ALPHA), (PIXELS, ALPHA), ("foreground", "alpha")),
        (lambda: Backdrop(PIXELS), (PIXELS,), ("pixels",)),
        (lambda: Embedding(FEATURES, 6, 4), (FEATURES,), ("features",)),
        (lambda: Prompt(mask=LOGITS), (LOGITS,), ("mask",)),
        (lambda: Selection(LOGITS, 0.5), (LOGITS,), ("logits",)),
    ],
)
def test_arrays_are_held_read_only_and_not_copied(
    make: Callable[[], object], arrays: tuple[Any, ...], names: tuple[str, ...]
) -> None:
    value = make()

    for array, name in zip(arrays, names, strict=True):
        held = getattr(value, name)
        assert np.shares_memory(held, array)
        with pytest.raises(ValueError, match="read-only"):
            held[...] = 1
        assert array.flags.writeable, "whoever made the array may go on with it"
    again = pickle.loads(pickle.dumps(value))  # noqa: S301 - made here; the model's process gets it so
    assert (getattr(again, names[0]) == arrays[0]).all()


@pytest.mark.parametrize("pixels", PICTURES)
def test_a_picture_says_what_it_expected(pixels: Any) -> None:
    for make in (Photo, Backdrop, lambda pixels: CutOut(pixels, ALPHA)):
        with pytest.raises(ValueError, match=r"expected \(h, w, 3\) uint8, got \("):
            make(pixels)


@pytest.mark.parametrize("alpha", ALPHAS)
def test_an_alpha_says_what_it_expected(alpha: Any) -> None:
    for make in (Photo, CutOut):
        with pytest.raises(ValueError, match=r"expected (\(4, 6\) float32|alpha in 0\.\.1), got"):
            make(PIXELS, alpha)


@pytest.mark.parametrize("logits", MAPS)
def test_a_map_says_what_it_expected(logits: Any) -> None:
    for make in (lambda mask: Prompt(mask=mask), lambda mask: Selection(mask, 0.5)):
        with pytest.raises(ValueError, match=r"expected \(256, 256\) float32, got"):
            make(logits)


def test_a_selection_without_a_mask_is_of_no_size() -> None:
    assert Selection(np.empty((0, 0), np.float32), 1.0).logits.shape == (0, 0)
    with pytest.raises(ValueError, match=r"expected \(0, 0\) float32, got"):
        Selection(np.empty((0, 5), np.float32), 1.0)


@pytest.mark.parametrize("confidence", [-0.1, 1.1, float("nan")])
def test_a_confidence_is_a_probability(confidence: float) -> None:
    with pytest.raises(ValueError, match=r"confidence in 0\.\.1"):
        Selection(LOGITS, confidence)
    with pytest.raises(ValueError, match=r"confidence in 0\.\.1"):
        CutOut(PIXELS, ALPHA, confidence)


@pytest.mark.parametrize("size", [(0, 4), (6, 0), (-1, 4)])
def test_an_embedding_is_of_a_picture(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="expected a picture of 1 x 1"):
        Embedding(FEATURES, *size)


@pytest.mark.parametrize(
    ("points", "box"),
    [
        (((float("nan"), 1.0, True),), None),
        (((1.0, float("inf"), True),), None),
        ((), (0.0, 0.0, float("nan"), 4.0)),
        ((), (4.0, 0.0, 2.0, 4.0)),
        ((), (0.0, 4.0, 2.0, 2.0)),
    ],
)
def test_a_prompt_says_what_it_expected(points: Any, box: Any) -> None:
    with pytest.raises(ValueError, match="expected"):
        Prompt(points=points, box=box)
