"""Where the editor puts the product: moved, scaled, turned, mirrored, and its edge stays clean."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import pytest

from pipeline.backdrops import plain
from pipeline.compose import Arrangement, Composition, Frame, Style, compose
from pipeline.masks import extent
from pipeline.values import CutOut

RED = (200, 40, 30)


def product() -> CutOut:
    """An L of one colour with a soft rim, so that every turn and mirroring can be told."""
    alpha = np.zeros((300, 400), np.float32)
    alpha[80:220, 120:160] = alpha[180:220, 120:280] = 1
    alpha[79, 120:160] = alpha[220, 120:280] = 0.5
    foreground = np.full((300, 400, 3), 255, np.uint8)
    foreground[alpha > 0] = RED
    return CutOut(foreground, alpha)


def drawn(wanted: Arrangement | None, frame: Frame | None = None) -> Composition:
    style = Style(frame or Frame(size=(600, 600)), shadow="none", tone=0.0, arrangement=wanted)
    return compose(product(), plain("2060c0"), style)


def middle(found: Composition) -> tuple[float, float]:
    left, top, right, bottom = extent(found.mask)
    return (left + right) / 2, (top + bottom) / 2


def test_unmoved_is_the_same_to_the_pixel() -> None:
    for frame in (Frame(size=(600, 600)), Frame("original"), Frame(ratio=(3, 4))):
        assert (drawn(None, frame).pixels == drawn(Arrangement(), frame).pixels).all()


def test_it_moves_by_shares_of_the_picture_and_its_middle_stays_inside() -> None:
    x, y = middle(drawn(Arrangement(scale=0.5)))
    moved = middle(drawn(Arrangement(dx=0.1, dy=-0.05, scale=0.5)))
    assert moved == pytest.approx((x + 60, y - 30), abs=1)
    for dx, dy in ((1, 1), (-1, -1), (1, -1)):
        for turn in (0, 45):
            found = drawn(Arrangement(dx=dx, dy=dy, turn=turn))
            assert found.pixels.shape == (600, 600, 3)
    assert drawn(Arrangement(dx=-1)).mask.any(), "half of it is still seen"


def test_it_grows_about_its_middle_and_no_larger_than_the_frame_is_drawn() -> None:
    before, half, huge = (drawn(Arrangement(scale=scale)) for scale in (1, 0.5, 4))
    assert middle(half) == pytest.approx(middle(before), abs=1.5)
    assert np.count_nonzero(half.mask) == pytest.approx(np.count_nonzero(before.mask) / 4, rel=0.03)
    assert huge.scale == before.scale * 4
    assert huge.mask.shape == (600, 600)


def test_turning_keeps_its_area_its_middle_and_its_colour() -> None:
    before = drawn(Arrangement(scale=0.5))
    left, top, right, bottom = extent(before.mask)
    for turn in (90, -90, 180, 30, -7.5):
        for mirror in (False, True):
            found = drawn(Arrangement(scale=0.5, turn=turn, mirror=mirror))
            area = np.count_nonzero(found.mask)
            assert area == pytest.approx(np.count_nonzero(before.mask), rel=0.03), turn
            inside = cv2.erode(found.mask, np.ones((15, 15), np.uint8)) > 0
            assert inside.any()
            off = np.abs(found.pixels[inside].astype(int) - RED).max()
            assert off <= 1, "one colour, wherever it is opaque"
            # Nothing but the two colours, and what lies between them, at the edge.
            blue = found.pixels[..., 2].astype(int)
            assert blue.min() >= RED[2] - 3
            assert blue.max() <= 0xC0
    turned = drawn(Arrangement(scale=0.5, turn=90))
    assert middle(turned) == pytest.approx(middle(before), abs=1.5)
    box = extent(turned.mask)
    assert box[2] - box[0] == pytest.approx(bottom - top, abs=2)
    assert box[3] - box[1] == pytest.approx(right - left, abs=2)


def test_clockwise_is_clockwise_and_mirroring_swaps_left_and_right() -> None:
    at = middle(drawn(Arrangement(scale=0.5)))

    def heavy(**wanted: Any) -> tuple[float, float]:
        """Say on which side of its middle most of the L is: right and down are positive."""
        rows, columns = np.nonzero(drawn(Arrangement(scale=0.5, **wanted)).mask)
        return float(columns.mean() - at[0]), float(rows.mean() - at[1])

    x, y = heavy()
    assert x < 0 < y, "the L's corner is at the lower left"
    for turn in (90, 37, -120):
        cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        assert heavy(turn=turn) == pytest.approx((x * cos - y * sin, x * sin + y * cos), abs=2)
    assert heavy(mirror=True) == pytest.approx((-x, y), abs=2)


@pytest.mark.parametrize(
    "wrong",
    [{"dx": 1.1}, {"dy": -2}, {"scale": 0.1}, {"scale": 5}, {"turn": 181}, {"scale": math.nan},
     {"dx": math.nan}, {"turn": math.inf}],
)  # fmt: skip
def test_what_is_no_arrangement_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="bounds"):
        Arrangement(**wrong)
