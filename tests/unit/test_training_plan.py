from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from training.pieces import pieces
from training.plan import Pool, outline, pool, scene
from training.samples import Sample
from training.sources import Source

if TYPE_CHECKING:
    from pathlib import Path

WAYS = (
    "clutter",
    "screen",
    "alone",
    "white",
    "again",
    "multi-part",
    "garment",
    "thing",
    "camouflaged",
)
BLUE = (20, 20, 250)


@pytest.fixture
def photos(tmp_path: Path) -> Pool:
    """Two photos of a red disc on grey, and a drawing of a blue one."""
    y, x = np.mgrid[:240, :180]
    shown = np.hypot(x - 90, y - 120) < 60
    pixels = np.where(shown[:, :, None], (200, 40, 40), (120, 120, 115)).astype(np.uint8)
    pairs = []
    for name in ("one", "two"):
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
        Image.fromarray(shown.astype(np.uint8) * np.uint8(255)).save(tmp_path / f"{name}-mask.png")
        source = Source(
            tmp_path / f"{name}.png", "phone", name, "train", tmp_path / f"{name}-mask.png"
        )
        pairs.append((source, Sample(tmp_path, source.key, "phone", name, "train")))
    drawing = np.zeros((64, 64, 4), np.uint8)
    drawing[np.hypot(*(np.mgrid[:64, :64] - 31.5)) < 28] = (*BLUE, 255)
    Image.fromarray(drawing).save(tmp_path / "drawn.webp", lossless=True)
    both = tuple(pairs)
    return Pool(
        both, tuple(source for source, _ in both), both, both, both, (tmp_path / "drawn.webp",)
    )


@pytest.mark.parametrize("way", [*WAYS, "drawn"])
def test_every_way_shows_a_product_and_the_same_index_the_same(photos: Pool, way: str) -> None:
    for index in range(2):
        first, again = (scene(photos, index, seed=9, ways={way: 1.0}) for _ in range(2))
        assert first.pixels.shape[:2] == first.product.shape
        assert max(first.product.shape) == 1024
        assert 0.005 < (first.product > 0.5).mean() < 0.9
        assert np.array_equal(first.pixels, again.pixels)
        assert np.array_equal(first.product, again.product)


def test_what_was_drawn_is_the_product_and_most_often_keeps_its_hue(photos: Pool) -> None:
    bluer = []
    for index in range(12):
        made = scene(photos, index, seed=9, ways={"drawn": 1.0})
        inside, outside = (
            made.pixels[where].mean(0) for where in (made.product > 0.9, made.product < 0.1)
        )
        bluer.append((inside[2] - inside[:2].mean()) - (outside[2] - outside[:2].mean()))
    assert np.mean(np.array(bluer) > 20) > 0.5


def test_each_whole_thing_on_a_photo_of_food_is_a_piece_of_its_own(tmp_path: Path) -> None:
    things = np.zeros((400, 600), np.uint8)
    boxes = {
        "whole": np.s_[50:170, 40:160],
        "another": np.s_[220:360, 300:420],
        "at the frame": np.s_[0:150, 400:550],
        "small": np.s_[300:330, 60:90],
    }
    for box in boxes.values():
        things[box] = 255
    Image.fromarray(things).save(tmp_path / "mask.png")
    food = Source(tmp_path / "a.jpg", "food", "a", "train", tmp_path / "mask.png")
    found = pieces([food, replace(food, split="tuned"), replace(food, mask=None)])
    shown = [outline(tmp_path / "mask.png", (600, 400), piece.part) for piece in found]
    assert [{box for box, where in boxes.items() if one[where].any()} for one in shown] == [
        {"whole"},
        {"another"},
    ]
    assert [one.sum() for one in shown] == [120 * 120, 140 * 120]
    assert len({piece.key for piece in found} | {food.key}) == 3
    pairs = [(each, Sample(tmp_path, each.key, each.kind, "a", "train")) for each in [food, *found]]
    assert [source for source, _ in pool(pairs, [food], []).things] == found
