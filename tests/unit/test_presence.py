"""Pictures of nothing are refused, each with what helps; photos of products are not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PIL import Image

from pipeline.errors import (
    NothingFoundError,
    PhotoBlurredError,
    PhotoDarkError,
    PhotoOverexposedError,
)
from pipeline.foreground.presence import check, check_picture
from pipeline.foreground.viewpoint import is_flat_lay
from pipeline.sam import Embedding

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from pipeline.values import Pixels

SAMPLES = Path(__file__).parents[2] / "samples"


def sample(name: str) -> Pixels:
    image = Image.open(SAMPLES / f"{name}.jpg").convert("RGB")
    image.thumbnail((1024, 1024))
    return np.asarray(image)


def noisy(level: float, sigma: float) -> Pixels:
    grain = np.random.default_rng(1).normal(level, sigma, (600, 800, 3))
    return np.clip(grain, 0, 255).astype(np.uint8)


def defocused(pixels: Pixels, radius: int) -> Pixels:
    disc = np.zeros((2 * radius + 1,) * 2, np.float32)
    cv2.circle(disc, (radius, radius), radius, 1, -1)
    return np.asarray(cv2.filter2D(pixels, -1, disc / disc.sum()), np.uint8)


def shaken(pixels: Pixels, length: int) -> Pixels:
    line = cv2.getRotationMatrix2D((length / 2, length / 2), 30, 1)
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1
    kernel = cv2.warpAffine(kernel, line, (length, length))
    kernel = cv2.GaussianBlur(kernel, (0, 0), 12)
    return np.asarray(cv2.filter2D(pixels, -1, kernel / kernel.sum()), np.uint8)


EMPTY: dict[str, tuple[Callable[[], Pixels], type[NothingFoundError]]] = {
    "black": (lambda: noisy(0, 0), PhotoDarkError),
    "black with noise": (lambda: noisy(8, 12), PhotoDarkError),
    "a product in the dark": (
        lambda: (sample("padded-vest") * 0.04).astype(np.uint8),
        PhotoDarkError,
    ),
    "white": (lambda: noisy(255, 0), PhotoOverexposedError),
    "white with noise": (lambda: noisy(248, 4), PhotoOverexposedError),
    "grey": (lambda: noisy(128, 6), NothingFoundError),
    "out of focus": (lambda: defocused(sample("green-t-shirt"), 70), PhotoBlurredError),
    "shaken": (lambda: shaken(sample("yellow-cap"), 201), PhotoBlurredError),
}


@pytest.mark.parametrize("kind", EMPTY)
def test_a_picture_of_nothing_is_refused_by_its_kind(kind: str) -> None:
    make, error = EMPTY[kind]
    with pytest.raises(NothingFoundError) as raised:
        check_picture(make())
    assert type(raised.value) is error


def test_photos_of_products_are_not_refused() -> None:
    for path in SAMPLES.glob("*.jpg"):
        check_picture(sample(path.stem))
        check_picture(cv2.GaussianBlur(sample(path.stem), (0, 0), 1.5))


SEEN = Embedding(np.zeros((256, 64, 64), np.float32), 800, 600)


def head_map(peak: float, *, rim: bool, doubt: bool) -> NDArray[np.float32]:
    found = np.full((256, 256), -1.0 if doubt else -6.0, np.float32)
    found[60:130, 80:170] = peak
    if rim:
        found[:, :60] = found[:60] = peak
    return found


def test_a_map_that_is_sure_of_nothing_is_refused() -> None:
    pixels = sample("padded-vest")
    check(pixels, SEEN, head_map(6.5, rim=False, doubt=False))
    for weak in (
        head_map(3.0, rim=False, doubt=False),
        head_map(6.0, rim=True, doubt=False),
        head_map(6.0, rim=False, doubt=True),
    ):
        with pytest.raises(NothingFoundError):
            check(pixels, SEEN, weak)


def test_a_dark_photo_is_refused_only_where_the_map_is_not_sure() -> None:
    dark = noisy(8, 12)
    check(dark, SEEN, head_map(6.5, rim=False, doubt=False))
    with pytest.raises(PhotoDarkError):
        check(dark, SEEN, head_map(3.0, rim=False, doubt=False))


def test_a_ground_that_is_the_same_all_round_is_seen_from_above() -> None:
    found = head_map(6.0, rim=False, doubt=False)
    plain = np.random.default_rng(0).normal(0, 0.02, (256, 64, 64)).astype(np.float32)
    ahead = plain.copy()
    ahead[:128, :20] += 0.3  # a wall behind
    assert is_flat_lay(Embedding(plain, 800, 600), found)
    assert not is_flat_lay(Embedding(ahead, 800, 600), found)
