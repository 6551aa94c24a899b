"""Composition: what must stay untouched to the bit, sizes, framing, shadow and tone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.backdrops import Backdrop, Backdrops, Light
from pipeline.compose import Frame, Style, compose
from pipeline.compose.framing import Layer, layer, place
from pipeline.compose.linear import decoding, encoding
from pipeline.compose.tone import KNEE, MAX_DELTA_E, change, curve, exposed, roll_off, table
from pipeline.values import CutOut

if TYPE_CHECKING:
    from pipeline.backdrops import ShadowKind
    from pipeline.values import Box, Pixels

    Kind: TypeAlias = Literal["original", "centred"]

PLAIN = Style(frame=Frame("original"), shadow="none", tone=0.0)
WHITE = Backdrop(np.full((64, 64, 3), 255, np.uint8))


def composed(cut_out: CutOut, backdrop: Backdrop, style: Style | None = None) -> Pixels:
    return compose(cut_out, backdrop, style or Style()).pixels


def noise(height: int, width: int, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def box_cut_out(height: int, width: int, box: Box, seed: int = 1) -> CutOut:
    alpha = np.zeros((height, width), np.float32)
    alpha[box[1] : box[3], box[0] : box[2]] = 1
    return CutOut(noise(height, width, seed), alpha)


boxes = st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(21, 40), st.integers(21, 30))


@given(boxes)
def test_outside_the_product_the_backdrop_is_untouched_to_the_bit(box: Box) -> None:
    cut_out = box_cut_out(30, 40, box)
    backdrop = Backdrop(noise(30, 40, 2))
    result = composed(cut_out, backdrop, PLAIN)
    outside = cut_out.alpha == 0
    assert (result[outside] == backdrop.pixels[outside]).all()


@given(boxes)
def test_inside_the_product_is_untouched_to_the_bit(box: Box) -> None:
    cut_out = box_cut_out(30, 40, box)
    style = Style(frame=Frame("original"), tone=0.0)
    result = composed(cut_out, Backdrop(noise(30, 40, 2)), style)
    inside = cut_out.alpha == 1
    assert (result[inside] == cut_out.foreground[inside]).all()


@given(
    boxes,
    st.sampled_from(["original", "centred"]),
    st.none() | st.tuples(st.integers(1, 80), st.integers(1, 80)),
    st.sampled_from([None, "none", "soft", "floating"]),
)
def test_size_is_always_as_asked(
    box: Box, kind: Kind, size: tuple[int, int] | None, shadow: ShadowKind | None
) -> None:
    cut_out = box_cut_out(30, 40, box)
    result = composed(cut_out, Backdrop(noise(50, 20)), Style(Frame(kind, size), shadow))
    assert result.shape == (*(size or (40, 30))[::-1], 3)
    assert result.dtype == np.uint8


@given(boxes)
def test_the_same_again_is_the_same_to_the_bit(box: Box) -> None:
    cut_out, backdrop = box_cut_out(30, 40, box), Backdrop(noise(50, 20))
    assert (composed(cut_out, backdrop) == composed(cut_out, backdrop)).all()


@pytest.mark.parametrize(
    "box",
    [(0, 0, 400, 300), (200, 150, 201, 151), (0, 100, 400, 200), (0, 0, 30, 300), (5, 5, 6, 295)],
    ids=["fills the frame", "one pixel", "left to right", "at the left", "a thread"],
)
@pytest.mark.parametrize("shadow", ["soft", "floating"])
def test_edge_cases_by_shape(box: Box, shadow: ShadowKind) -> None:
    result = composed(box_cut_out(300, 400, box), WHITE, Style(shadow=shadow))
    assert result.shape == (300, 400, 3)


def test_two_products_both_stay() -> None:
    alpha = box_cut_out(300, 400, (40, 100, 120, 200)).alpha.copy()
    alpha[120:180, 300:360] = 1
    cut_out = CutOut(np.full((300, 400, 3), (10, 20, 30), np.uint8), alpha)
    result = composed(cut_out, WHITE, PLAIN)
    assert (result[cut_out.alpha == 1] == (10, 20, 30)).all()


def test_an_empty_cut_out_leaves_the_backdrop() -> None:
    cut_out = CutOut(noise(30, 40), np.zeros((30, 40), np.float32))
    assert (composed(cut_out, WHITE) == 255).all()


def test_half_alpha_mixes_light_not_bytes() -> None:
    cut_out = CutOut(np.zeros((8, 8, 3), np.uint8), np.full((8, 8), 0.5, np.float32))
    result = composed(cut_out, WHITE, PLAIN)
    assert (result == 188).all()


def test_tables_are_each_others_inverse() -> None:
    assert (encoding()[decoding()] == np.arange(256)).all()


@pytest.mark.parametrize("kind", ["soft", "floating"])
def test_white_is_exactly_255_away_from_product_and_shadow(kind: ShadowKind) -> None:
    preset = Backdrops(Path(__file__).parents[2] / "backgrounds").load("white")
    result = composed(box_cut_out(900, 1200, (500, 300, 700, 500)), preset, Style(shadow=kind))
    assert (result[:30] == 255).all()
    assert (result[:, :30] == 255).all()
    shadowed = result[:, :, 0] < 255
    assert shadowed.sum() > 200 * 200


def test_white_with_no_shadow_is_nothing_but_255() -> None:
    result = composed(
        box_cut_out(900, 1200, (500, 300, 700, 500)), WHITE, Style(Frame("original"), "none")
    )
    result[300:500, 500:700] = 255
    assert (result == 255).all()


def test_a_standing_products_shadow_lies_at_its_foot() -> None:
    cut_out = box_cut_out(600, 600, (200, 200, 400, 400))
    result = composed(cut_out, WHITE, Style(Frame("original"), "soft"))
    assert result[402, 300, 0] < result[198, 300, 0] - 20
    near, farther, far = (result[row, 250:350, 0].mean() for row in (402, 408, 560))
    assert near < farther < far


def test_a_shadow_on_white_ends_before_the_edge() -> None:
    result = composed(box_cut_out(600, 600, (300, 200, 560, 560)), WHITE, Style(Frame("original")))
    assert (result[:, -1] == 255).all()
    assert result[540, 570, 0] < 250
    assert np.abs(np.diff(result[540, 562:, 0].astype(int))).max() < 12


def test_a_soft_shadow_on_white_shows_no_rings() -> None:
    result = composed(box_cut_out(900, 900, (350, 300, 550, 600)), WHITE, Style(shadow="floating"))
    # A ring is a long run of one value where the shadow fades.
    row = result[700, :, 0].astype(int)
    changes = np.flatnonzero(np.diff(row))
    fading = changes[(changes > changes[0]) & (changes < changes[-1])]
    assert np.median(np.diff(fading)) <= 4
    assert (np.diff(row)[np.abs(np.diff(row)) > 0] < 0).sum() > 20


def test_a_floating_products_shadow_falls_away_from_the_key_light() -> None:
    cut_out = box_cut_out(600, 600, (200, 200, 400, 400))
    result = composed(cut_out, WHITE, Style(Frame("original"), "floating"))
    assert result[410, 410, 0] < result[190, 190, 0]


def test_a_centred_product_has_its_margin_all_round() -> None:
    cut_out = box_cut_out(1000, 1000, (100, 600, 300, 700))
    placed = layer(cut_out, place(cut_out, Frame(margin=0.1, enlarge=9), stands=False))
    assert placed.x == pytest.approx(100, abs=1)
    assert placed.alpha.shape[1] == pytest.approx(800, abs=2)
    middle = placed.y + placed.alpha.shape[0] / 2
    assert middle == pytest.approx(480, abs=1), "a little above the middle"


def test_the_heavy_end_is_nearer_to_the_middle_within_the_margin() -> None:
    alpha = box_cut_out(1000, 1000, (480, 100, 520, 600)).alpha.copy()
    alpha[500:600, 400:600] = 1
    frame = Frame(size=(1000, 1000), margin=0.1, enlarge=1)
    placed = layer(cut := CutOut(noise(1000, 1000), alpha), place(cut, frame, stands=False))
    assert 100 <= placed.y < 230 - 20, "the box alone would have it at 230"
    assert placed.y + placed.alpha.shape[0] <= 900


SCENE = Backdrop(
    np.vstack([np.full((60, 100, 3), 90, np.uint8), np.full((40, 100, 3), 200, np.uint8)]),
    open_surface=lambda: Backdrop(np.full((50, 50, 3), 120, np.uint8)),
)
LYING = CutOut(
    noise(600, 600),
    box_cut_out(600, 600, (200, 250, 400, 350)).alpha,
    flat_lay=True,
)


def test_what_was_seen_from_above_lies_on_the_surface_with_a_shadow_all_round() -> None:
    result = composed(LYING, SCENE)
    assert (result[[0, -1]] == 120).all(), "a plain surface without a horizon"
    product = np.flatnonzero((result != 120).any(axis=2).any(axis=1))
    assert abs((product[0] + product[-1]) / 2 - 0.48 * 600) < 12, "optically centred"
    framed = place(LYING, Style().frame, stands=False)
    lain = layer(LYING, framed)
    around = [
        result[lain.y - 3, 300],
        result[lain.y + lain.alpha.shape[0] + 3, 300],
        result[300, lain.x - 3],
        result[300, lain.x + lain.alpha.shape[1] + 3],
    ]
    assert all(side[0] < 115 for side in around), around


def test_a_tap_has_it_stand_or_lie_whatever_was_seen() -> None:
    standing = composed(LYING, SCENE, Style(shadow="soft"))
    assert standing[0, 0, 0] == 90
    assert standing[-1, 0, 0] == 200
    upright = replace(LYING, flat_lay=False)
    assert (composed(upright, SCENE, Style(shadow="soft")) == standing).all()
    assert (composed(upright, SCENE, Style(shadow="lying")) == composed(LYING, SCENE)).all()


def test_on_white_a_standing_product_is_not_low() -> None:
    result = composed(box_cut_out(600, 600, (200, 250, 400, 350)), WHITE)
    placed = place(box_cut_out(600, 600, (200, 250, 400, 350)), Style().frame, stands=False)
    assert (result[: round(placed.y + 250 * placed.scale) - 30] == 255).all()
    assert placed.y + 350 * placed.scale < 0.84 * 600 - 50


def test_a_low_product_stands_on_the_floor_not_in_the_air() -> None:
    cut_out = box_cut_out(1000, 1000, (100, 600, 900, 700))
    placed = layer(cut_out, place(cut_out, Frame(base=0.8)))
    assert placed.y + placed.alpha.shape[0] == pytest.approx(800, abs=1)


def test_a_small_product_is_not_enlarged_beyond_the_limit() -> None:
    cut_out = box_cut_out(1000, 1000, (100, 600, 150, 650))
    assert place(cut_out, Frame(enlarge=2)).scale == 2


def test_a_small_photos_product_grows_with_the_picture() -> None:
    photo = box_cut_out(400, 400, (150, 150, 250, 250))
    small = place(photo, Frame(ratio=(9, 16)))
    large = place(box_cut_out(1080, 1080, (405, 405, 675, 675)), Frame(ratio=(9, 16)))
    assert small.size == (1080, 1920) == large.size
    assert small.scale == pytest.approx(large.scale * 1080 / 400, rel=0.02)


@pytest.mark.parametrize("size", [None, (900, 1200), (2000, 2000)])
@pytest.mark.parametrize(
    ("box", "touched"),
    [
        ((0, 100, 200, 200), "left"),
        ((200, 100, 400, 200), "right"),
        ((100, 0, 200, 200), "top"),
        ((100, 150, 200, 300), "bottom"),
        ((0, 100, 400, 200), "left right"),
        ((0, 0, 400, 300), "left top right bottom"),
    ],
)
def test_a_product_cut_by_the_photos_edge_stays_at_that_edge(
    size: tuple[int, int] | None, box: Box, touched: str
) -> None:
    cut_out = box_cut_out(300, 400, box)
    result = layer(cut_out, place(cut_out, Frame(size=size)))
    width, height = size or (400, 300)
    at = {
        "left": result.x == 0,
        "top": result.y == 0,
        "right": result.x + result.alpha.shape[1] == width,
        "bottom": result.y + result.alpha.shape[0] == height,
    }
    assert {side for side, is_there in at.items() if is_there} >= set(touched.split())


def test_scaling_brings_no_colour_of_hidden_pixels_into_the_edge() -> None:
    alpha = np.zeros((200, 200), np.float32)
    cv2.circle(alpha, (100, 100), 40, 1, -1, cv2.LINE_AA)
    foreground = np.full((200, 200, 3), (0, 255, 0), np.uint8)
    foreground[alpha > 0] = (90, 10, 10)
    cut_out = CutOut(foreground, alpha)
    placed = layer(cut_out, place(cut_out, Frame(enlarge=1.7)))
    wrong = np.abs(placed.colours - np.array((90, 10, 10))) * placed.alpha[:, :, None]
    assert wrong.max() <= 2.5


@given(
    st.tuples(*[st.integers(0, 255)] * 3),
    st.tuples(*[st.integers(0, 255)] * 3),
    st.floats(0, 1),
)
def test_tone_never_moves_a_colour_beyond_the_limit(
    product: tuple[int, int, int], backdrop: tuple[int, int, int], strength: float
) -> None:
    spread = np.random.default_rng(0).normal(0, 12, (20, 20, 3)) + product
    colours = np.clip(spread, 0, 255).astype(np.uint8)
    canvas = np.full((30, 30, 3), backdrop, np.uint8)
    table = curve(Layer(colours, np.ones((20, 20), np.float32), 0, 0), canvas, strength)
    assert change(colours.reshape(-1, 3), table) <= MAX_DELTA_E
    assert (np.diff(table.astype(int)) >= 0).all()


def test_tone_brings_a_dark_photo_nearer_to_a_bright_backdrop() -> None:
    light = box_cut_out(60, 60, (10, 10, 50, 50))
    cut_out = CutOut(light.foreground // 4 + 30, light.alpha)
    bright = Backdrop(np.full((60, 60, 3), (240, 200, 210), np.uint8), Light(tone=0.5))
    frame = Frame("original")
    plain = composed(cut_out, bright, Style(frame, "none", 0.0))
    toned = composed(cut_out, bright, Style(frame, "none"))
    assert toned[10:50, 10:50].mean() > plain[10:50, 10:50].mean() + 1


@pytest.mark.parametrize("brightest", [1.001, 1.2, 2.0, 8.0])
def test_highlights_roll_off_and_keep_their_order(brightest: float) -> None:
    light = np.linspace(0, brightest, 4001)

    rolled = roll_off(light, brightest)

    assert (np.diff(rolled) > 0).all()
    assert rolled[-1] == pytest.approx(1)
    assert (rolled[light <= KNEE] == light[light <= KNEE]).all()
    slopes = np.diff(rolled) / np.diff(light)
    assert slopes.max() < 1.01
    assert np.abs(np.diff(slopes)).max() < 0.01, "a kink is seen as an edge"


def test_what_does_not_clip_is_left_as_it_is() -> None:
    light = np.linspace(0, 1, 101)

    assert (roll_off(light, 1.0) == light).all()


@pytest.mark.parametrize("backdrop", [(70, 130, 90), (235, 160, 120), (90, 140, 220)])
@pytest.mark.parametrize("level", [40, 128, 250])
def test_what_is_grey_stays_grey_on_a_coloured_backdrop(
    level: int, backdrop: tuple[int, int, int]
) -> None:
    cut_out = box_cut_out(60, 60, (10, 10, 50, 50))
    grey = CutOut(np.full_like(cut_out.foreground, level), cut_out.alpha)
    coloured = Backdrop(np.full((60, 60, 3), backdrop, np.uint8))
    toned = composed(grey, coloured, Style(Frame("original"), "none", 1.0))[20:40, 20:40]
    assert (toned == toned[:, :, :1]).all()


@pytest.mark.parametrize("gain", [0.8, 0.3, 0.0, -0.3])
def test_no_channel_clips_flat(gain: float) -> None:
    assert (np.diff(exposed(gain)) > 0).all()
    levels = table(gain).astype(int)

    assert (np.diff(levels) >= 0).all()
    assert np.count_nonzero(levels == levels[-1]) <= 5


@pytest.mark.parametrize(("level", "least", "most"), [(255, 2, 20), (200, 0, 0)])
def test_a_white_product_on_white_keeps_its_edge(level: int, least: float, most: float) -> None:
    cut_out = box_cut_out(300, 300, (100, 60, 200, 220))
    product = CutOut(np.full_like(cut_out.foreground, level), cut_out.alpha)
    picture = composed(product, WHITE, Style(Frame("original"), "soft"))
    assert least <= 255 - picture[58, 110:140].mean() <= most
    assert (picture[:40] == 255).all()
    assert (picture[60:220, 100:200] == level).all()
    bare = composed(product, WHITE, Style(Frame("original"), "none"))
    assert (bare[:60] == 255).all()


def test_tone_is_off_on_white() -> None:
    cut_out = box_cut_out(60, 60, (10, 10, 50, 50))
    frame = Frame("original")
    assert (
        composed(cut_out, WHITE, Style(frame, tone=1.0))
        == composed(cut_out, WHITE, Style(frame, tone=0.0))
    ).all()
