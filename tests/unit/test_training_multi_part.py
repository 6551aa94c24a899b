from __future__ import annotations

import numpy as np
import pytest

from training.canvas import Piece
from training.multi_part import camouflaged, multi_part

FLOOR = np.array([90, 120, 60], np.float32)


def _disc(colour: tuple[int, int, int], side: int = 120) -> Piece:
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    alpha = (np.hypot(x, y) < side / 2 - 2).astype(np.float32)
    return Piece(np.full((side, side, 3), colour, np.uint8), alpha)


@pytest.mark.parametrize("seed", range(6))
def test_limbs_belong_to_the_product(seed: int) -> None:
    whole, limb = _disc((200, 40, 40)), _disc((40, 40, 200))
    joined = multi_part(np.random.default_rng(seed), whole, [limb, limb], FLOOR)
    alone = multi_part(np.random.default_rng(seed), whole, [], FLOOR)
    assert joined.alpha.sum() > 1.03 * whole.alpha.sum()
    assert alone.alpha.sum() == pytest.approx(whole.alpha.sum(), rel=0.01)


@pytest.mark.parametrize("seed", range(6))
def test_a_part_gets_another_tone_and_the_rest_keeps_its_own(seed: int) -> None:
    product = _disc((200, 40, 40))
    changed = multi_part(np.random.default_rng(seed), product, [], FLOOR)
    inside = changed.pixels[changed.alpha > 0.5].astype(int)
    own = (np.abs(inside - (200, 40, 40)).max(1) < 12).mean()
    assert 0.02 < own < 0.98


def test_the_same_seed_makes_the_same_product() -> None:
    product, limb = _disc((200, 180, 40)), _disc((40, 180, 60))
    first, again = (multi_part(np.random.default_rng(3), product, [limb], FLOOR) for _ in range(2))
    assert np.array_equal(first.pixels, again.pixels)
    assert np.array_equal(first.alpha, again.alpha)


@pytest.mark.parametrize("seed", range(6))
def test_a_faint_product_has_the_floors_tone_and_its_own_shape_and_folds(seed: int) -> None:
    product = _disc((200, 40, 40))
    product.pixels[50:60] = (120, 20, 20)
    pale = camouflaged(np.random.default_rng(seed), product, FLOOR)
    assert np.array_equal(pale.alpha, product.alpha)
    tone = pale.pixels[pale.alpha > 0.5].mean(axis=0)
    assert np.abs(tone - FLOOR).max() < 60
    assert pale.pixels[70, 60].mean() - pale.pixels[55, 60].mean() > 20
