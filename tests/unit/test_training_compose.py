from __future__ import annotations

import numpy as np
import pytest

from training.canvas import Piece
from training.compose import (
    alone,
    before_screen,
    cleared,
    clutter,
    cut,
    laid,
    seen_again,
    white_on_white,
)
from training.light import match, pale, soften


def _backdrop() -> np.ndarray:
    return np.random.default_rng(5).integers(0, 60, (300, 400, 3), np.uint8)


def _disc(colour: tuple[int, int, int], side: int = 120) -> Piece:
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    alpha = (np.hypot(x, y) < side / 2 - 2).astype(np.float32)
    return Piece(np.full((side, side, 3), colour, np.uint8), alpha)


def test_label_lies_exactly_on_the_product() -> None:
    red, blue = _disc((250, 20, 20)), _disc((20, 20, 250))
    for seed in range(6):
        made = clutter(np.random.default_rng(seed), _backdrop(), red, [blue])
        pixels = made.pixels.astype(int)
        reddish = (pixels[:, :, 0] > 2 * pixels[:, :, 2]) & (pixels[:, :, 0] > 90)
        product = made.product > 0.5
        overlap = (reddish & product).sum() / (reddish | product).sum()
        assert overlap > 0.9, seed


def test_what_lies_in_front_is_not_the_product() -> None:
    red, blue = _disc((250, 20, 20)), _disc((20, 20, 250))
    shares = []
    for seed in range(40):
        made = clutter(np.random.default_rng(seed), _backdrop(), red, [blue] * 3)
        inside = made.pixels[made.product > 0.9].astype(int)
        shares.append((inside[:, 2] > inside[:, 0]).mean())
    assert max(shares) < 0.02


def test_same_seed_makes_the_same_scene_and_another_seed_another() -> None:
    product, other = _disc((200, 180, 40)), _disc((40, 180, 60))
    first, again, different = (
        clutter(np.random.default_rng(seed), _backdrop(), product, [other]) for seed in (3, 3, 4)
    )
    assert np.array_equal(first.pixels, again.pixels)
    assert np.array_equal(first.product, again.product)
    assert first.pixels.shape != different.pixels.shape or not np.array_equal(
        first.pixels, different.pixels
    )


def test_white_on_white_is_pale_all_over() -> None:
    made = white_on_white(np.random.default_rng(1), _backdrop(), _disc((30, 60, 90)))
    product = made.product > 0.9
    inside, outside = made.pixels[product].mean(), made.pixels[made.product < 0.1].mean()
    assert product.mean() > 0.1
    assert min(inside, outside) > 110
    assert abs(inside - outside) < 70


def test_product_lies_wholly_before_the_screen() -> None:
    red = _disc((250, 20, 20))
    for seed in range(6):
        made = before_screen(np.random.default_rng(seed), _backdrop(), red)
        product = made.product > 0.5
        assert 0.01 < product.mean() < 0.3
        assert (made.pixels[product][:, 0] > made.pixels[product][:, 2]).mean() > 0.99


def test_a_product_alone_fills_up_to_half_the_frame() -> None:
    red = _disc((250, 20, 20))
    shares = [alone(np.random.default_rng(seed), red).product.mean() for seed in range(20)]
    assert 0.02 < min(shares) < 0.1
    assert 0.25 < max(shares) < 0.55


def test_nothing_is_left_of_what_lay_where_a_product_is_laid() -> None:
    floor = np.full((300, 400, 3), (90, 110, 70), np.uint8)
    before = np.zeros((300, 400), np.float32)
    before[90:210, 130:270] = 1
    floor[before > 0] = (20, 30, 240)
    assert cleared(floor, before)[:, :, 2].max() < 100
    made = laid(np.random.default_rng(2), floor, before, _disc((250, 40, 40)))
    reddish = made.pixels[:, :, 0].astype(int) > 1.6 * made.pixels[:, :, 1]
    product = made.product > 0.5
    assert (reddish & product).sum() / (reddish | product).sum() > 0.95


def test_a_photo_taken_again_keeps_its_label() -> None:
    pixels = _backdrop()
    product = np.zeros((300, 400), np.float32)
    product[100:220, 120:260] = 1
    pixels[product > 0] = (250, 240, 30)
    for seed in range(8):
        made = seen_again(np.random.default_rng(seed), pixels, product)
        bright = made.pixels[:, :, :2].min(2) > 80
        both = (bright & (made.product > 0.5)).sum() / (bright | (made.product > 0.5)).sum()
        assert both > 0.85, seed


def test_cut_is_tight_and_refuses_nothing() -> None:
    product = np.zeros((50, 60), np.float32)
    product[10:30, 20:50] = 1
    piece = cut(np.zeros((50, 60, 3), np.uint8), product)
    assert 18 <= piece.alpha.shape[0] <= 20
    assert 28 <= piece.alpha.shape[1] <= 30
    with pytest.raises(ValueError, match="nothing"):
        cut(np.zeros((50, 60, 3), np.uint8), np.zeros((50, 60), np.float32))


def test_light_moves_colour_by_its_strength_and_blur_bleeds_nothing_in() -> None:
    layer = np.full((20, 20, 3), 200, np.uint8)
    canvas = np.full((20, 20, 3), 100, np.uint8)
    shown = np.ones((20, 20), np.float32)
    assert np.array_equal(match(layer, shown, canvas, 0.0), layer)
    assert abs(int(match(layer, shown, canvas, 1.0).mean()) - 100) <= 1
    assert pale(np.full((4, 4, 3), 10, np.uint8), 0.8, 0.5).min() > 200

    half = np.zeros((20, 20), np.float32)
    half[:, :10] = 1
    layer[:, 10:] = 0
    blurred, alpha = soften(layer, half, 2.0)
    assert 0.2 < alpha[10, 9] < 0.8
    assert blurred[10, 9].min() > 190
