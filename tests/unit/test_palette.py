"""The colours that suit a product: apart from it, from one another, and in its hue's harmony."""

from __future__ import annotations

import math

import numpy as np

from pipeline.oklch import DISTINCT, distance, lch_of, rgb_of, sample_of
from pipeline.palette import COLOURS, suggested
from pipeline.values import CutOut
from tests.stands.bot import Person, Stand
from tests.unit.test_chat_photos import photo_of, result

PRODUCTS = {
    "red": (200, 40, 40), "white": (250, 250, 250), "black": (20, 20, 25), "green": (90, 140, 60),
    "grey": (128, 128, 128), "cream": (240, 220, 180), "blue": (60, 80, 160),
    "pink": (230, 90, 170),
}  # fmt: skip


def product(colour: tuple[int, int, int]) -> CutOut:
    return CutOut(np.full((40, 30, 3), colour, np.uint8), np.ones((40, 30), np.float32), 1.0)


def test_each_colour_is_apart_from_the_product_and_in_harmony() -> None:
    for name, colour in PRODUCTS.items():
        cut = product(colour)
        colours, (lighter, darker) = suggested(cut)
        assert len(set(colours)) == COLOURS, name
        for one in colours:
            assert distance(sample_of(cut), f"#{one}") > DISTINCT, (name, one)
            assert lch_of(rgb_of(f"#{one}"))[1] < 0.06, "a background is calm"
        assert lch_of(rgb_of(f"#{lighter}"))[0] > lch_of(rgb_of(f"#{darker}"))[0], name
        lightness, chroma, hue = lch_of(colour)
        if chroma > 0.1:
            own, opposite = (lch_of(rgb_of(f"#{one}"))[2] for one in colours[:2])
            assert abs(math.remainder(own - hue, math.tau)) < 0.2, name
            assert abs(math.remainder(opposite - hue - math.pi, math.tau)) < 0.2, name
        if lightness < 0.7:
            assert min(lch_of(rgb_of(f"#{one}"))[0] for one in colours) > 0.8, "as pale as it may"
    empty = CutOut(np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), np.float32), 1.0)
    assert len(set(suggested(empty)[0])) == COLOURS


async def test_a_tap_shows_what_suits_and_another_takes_it(stand: Stand) -> None:
    anna = Person(stand, 1)
    await result(stand, anna)
    await anna.tap(anna.picture, "Другие фоны")
    await stand.settle()
    await anna.tap(anna.picture, "Цвета под товар")
    await stand.settle()
    photo = await photo_of(stand, anna)
    assert photo.palette is not None
    assert len(photo.palette) == COLOURS + 2
    assert photo.palette[-1] == "blurred"
    labels = list(anna.picture.buttons)
    assert labels[0].startswith("1 #")
    assert any(label.startswith("6 ") for label in labels)
    await anna.tap(anna.picture, "5 #")
    await stand.settle()
    photo = await photo_of(stand, anna)
    assert photo.wanted_backdrop == photo.palette[4] if photo.palette else None
    assert "-" in str(photo.wanted_backdrop)
