"""The cut-out: resolution, edges, colours, specks and holes, on pictures with a known answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from pipeline.errors import NothingFoundError
from pipeline.matting import cut_out, from_transparency
from pipeline.matting.colour_prior import alpha_from_colour
from pipeline.matting.full_resolution import remove_specks
from pipeline.matting.trimap import build_trimap
from pipeline.values import Photo

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.values import Plane

GREEN, RED = (40, 160, 60), (200, 40, 30)


def logits_of(mask: NDArray[Any]) -> NDArray[np.float32]:
    """What a perfect model would answer: +8 inside, -8 outside, soft over one cell."""
    height, width = mask.shape
    unit = 256 / max(height, width)
    size = max(1, round(width * unit)), max(1, round(height * unit))
    logits = np.full((256, 256), -8, np.float32)
    share = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    logits[: size[1], : size[0]] = share * 16 - 8
    return logits


def scene(
    alpha: NDArray[Any],
    product: tuple[int, int, int] = RED,
    backdrop: tuple[int, int, int] = GREEN,
    noise: float = 3.0,
) -> Photo:
    """Mix two colours by ``alpha`` in sRGB, as a camera's soft edge does, with some noise."""
    share = alpha[:, :, None]
    mixed = np.array(product) * share + np.array(backdrop) * (1 - share)
    mixed += np.random.default_rng(0).normal(0, noise, mixed.shape)
    return Photo(np.clip(mixed, 0, 255).round().astype(np.uint8))


def painted(photo: Photo, where: Any, colours: Any) -> Photo:
    pixels = photo.pixels.copy()
    pixels[where] = colours
    return Photo(pixels)


def disc(height: int, width: int, radius: float, soft: float = 1.5) -> Plane:
    y, x = np.mgrid[:height, :width].astype(np.float32)
    distance = np.hypot(x - width / 2, y - height / 2)
    return np.asarray(np.clip((radius - distance) / soft + 0.5, 0, 1), np.float32)


@pytest.mark.parametrize("size", [(300, 400), (1280, 960), (1100, 3000), (256, 256)])
def test_result_has_the_photos_resolution_and_a_true_edge(size: tuple[int, int]) -> None:
    truth = disc(*size, radius=min(size) * 0.3)
    found = cut_out(scene(truth), logits_of(truth > 0.5), confidence=0.7)
    assert found.alpha.shape == size
    assert found.foreground.shape == (*size, 3)
    assert found.alpha.dtype == np.float32
    assert found.confidence == 0.7
    assert np.abs(found.alpha - truth).max() < 0.5
    edge = (truth > 0) & (truth < 1)
    assert np.abs(found.alpha - truth)[edge].mean() < 0.08


def test_an_outline_that_is_off_by_a_cell_is_pulled_to_the_photos_edge() -> None:
    truth = disc(1024, 1024, radius=300)
    coarse = disc(1024, 1024, radius=305) > 0.5
    found = cut_out(scene(truth), logits_of(coarse))
    plain = np.abs(coarse - truth).sum()
    assert np.abs(found.alpha - truth).sum() < 0.3 * plain


@pytest.mark.parametrize("soft", [6, 10])
def test_no_rim_of_the_old_backdrop(soft: float) -> None:
    truth = disc(800, 800, radius=250, soft=soft)
    found = cut_out(scene(truth, product=(240, 240, 240), noise=1), logits_of(truth > 0.5))
    edge = (found.alpha > 0.1) & (found.alpha < 0.95)
    assert edge.sum() > 1000
    red, green, _ = found.foreground[edge].mean(axis=0)
    assert green - red < 6
    before, behind, _ = scene(truth, product=(240, 240, 240)).pixels[edge].mean(axis=0)
    assert behind - before > 15


def test_the_old_backdrop_is_not_hidden_under_transparency() -> None:
    truth = disc(400, 400, radius=100)
    found = cut_out(scene(truth), logits_of(truth > 0.5))
    assert (found.foreground[found.alpha == 0] == 255).all()


def test_inside_the_product_pixels_are_the_photos_own() -> None:
    truth = disc(600, 600, radius=200)
    photo = scene(truth)
    found = cut_out(photo, logits_of(truth > 0.5))
    inner = disc(600, 600, radius=180) >= 1
    assert (found.alpha[inner] == 1).all()
    assert (found.foreground[inner] == photo.pixels[inner]).all()


def test_specks_go_but_a_second_product_and_a_hole_stay() -> None:
    truth = np.zeros((1024, 1024), np.float32)
    cv2.circle(truth, (300, 500), 200, 1, -1)
    cv2.circle(truth, (300, 500), 40, 0, -1)
    cv2.circle(truth, (800, 500), 80, 1, -1)
    cv2.circle(truth, (800, 100), 12, 1, -1)
    found = cut_out(scene(truth), logits_of(truth > 0.5))
    assert found.alpha[500, 150] == 1
    assert found.alpha[500, 300] == 0
    assert found.alpha[500, 800] == 1
    assert found.alpha[60:140, 760:840].max() == 0


def test_a_hole_of_a_few_pixels_is_the_models_noise() -> None:
    truth = disc(1024, 1024, radius=300)
    logits = logits_of(truth > 0.5)
    logits[128, 128] = -8
    found = cut_out(scene(truth), logits)
    assert found.alpha[480:545, 480:545].min() == 1


def test_a_thin_strap_survives() -> None:
    truth = np.zeros((1024, 1024), np.float32)
    cv2.rectangle(truth, (300, 500), (700, 900), 1, -1)
    cv2.line(truth, (400, 500), (400, 150), 1, 7)
    found = cut_out(scene(truth), logits_of(truth > 0.5))
    assert found.alpha[200:480, 397:404].mean() > 0.9
    assert found.alpha[200:480, 380:390].mean() < 0.05


def test_a_strap_that_the_model_doubts_is_found_again() -> None:
    truth = np.zeros((1024, 1024), np.float32)
    cv2.rectangle(truth, (300, 500), (700, 900), 1, -1)
    logits = logits_of(truth > 0.5)
    cv2.line(truth, (400, 500), (400, 250), 1, 5)
    logits[55:125, 90:110] = -3
    found = cut_out(scene(truth), logits)
    assert found.alpha[260:490, 399:402].mean() > 0.9
    assert found.alpha[200:490, 370:392].max() < 0.1
    assert found.alpha[200:490, 410:440].max() < 0.1


def test_a_line_of_the_backdrop_that_runs_on_beyond_all_hope_is_no_strap() -> None:
    truth = np.zeros((1024, 1024), np.float32)
    cv2.rectangle(truth, (300, 500), (700, 900), 1, -1)
    logits = logits_of(truth > 0.5)
    cv2.line(truth, (400, 500), (400, 0), 1, 5)
    logits[55:125, 90:110] = -3
    assert cut_out(scene(truth), logits).alpha[200:480].max() < 0.1


def test_a_colour_that_is_neither_sides_is_left_to_the_model() -> None:
    truth = disc(512, 512, radius=150)
    spot = np.s_[407:410, 250:262]
    photo = painted(scene(truth), spot, (20, 60, 200))
    trimap = build_trimap(logits_of(truth > 0.5), photo.size, 512)
    left, top, right, bottom = trimap.crop
    guide = (photo.pixels[top:bottom, left:right] / 255).astype(np.float32)
    alpha, trust = alpha_from_colour(guide, trimap)
    trusted = np.zeros(truth.shape)
    trusted[top:bottom, left:right] = trust
    unknown = trusted > 0
    assert np.median(trusted[unknown]) > 0.8
    assert trusted[spot][unknown[spot]].max() < 0.2
    assert alpha.shape == trust.shape


def test_nothing_of_the_backdrop_joins_where_the_model_doubts() -> None:
    truth = disc(1024, 1024, radius=250)
    logits = logits_of(truth > 0.5)
    plain = cut_out(scene(truth), logits).alpha
    logits[20:62, 90:170] = -3
    assert np.abs(cut_out(scene(truth), logits).alpha - plain).max() < 0.2


@pytest.mark.parametrize("product", [RED, (70, 135, 75)])
@pytest.mark.parametrize("height", [1.0, 3.5])
def test_a_patch_of_backdrop_that_the_model_doubts_goes(
    height: float, product: tuple[int, int, int]
) -> None:
    truth = disc(1024, 1024, radius=250)
    logits = logits_of(truth > 0.5)
    patch = np.s_[120:150, 185:215]
    logits[patch] = np.maximum(logits[patch], height)
    logits[130, 200:215] = 0.5
    found = cut_out(scene(truth, product), logits)
    assert found.alpha[470:610, 780:].max() < 0.1
    assert np.abs(found.alpha - truth).mean() < 0.001


def test_a_patch_of_which_the_model_is_nearly_sure_stays() -> None:
    truth = disc(1024, 1024, radius=250)
    logits = logits_of(truth > 0.5)
    patch = np.s_[120:150, 185:215]
    logits[patch] = np.maximum(logits[patch], 5)
    logits[130, 200:215] = 0.5
    photo = scene(truth)
    photo = painted(photo, np.s_[480:520, 480:520], photo.pixels[20:60, 20:60])
    assert cut_out(photo, logits).alpha[490:510, 775:815].min() > 0.9


def test_a_part_of_another_colour_stays_where_the_model_doubts() -> None:
    truth = disc(1024, 1024, radius=250)
    photo = painted(scene(truth), np.s_[480:560, 600:700], (30, 30, 40))
    logits = logits_of(truth > 0.5)
    logits[120:140, 150:175] = 0.5
    assert cut_out(photo, logits).alpha[480:560, 600:700].min() > 0.95


def test_texture_of_the_products_colour_beside_it_leaves_no_crumbs() -> None:
    truth = disc(1024, 1024, radius=250)
    photo = scene(truth)
    for turn in np.arange(0, 6.28, 0.1):
        x, y = (round(512 + 256 * part) for part in (np.cos(turn), np.sin(turn)))
        photo = painted(photo, np.s_[y - 1 : y + 1, x - 1 : x + 1], RED)
    assert cut_out(photo, logits_of(truth > 0.5)).alpha[truth == 0].max() < 0.2


def test_half_a_product_as_white_as_its_backdrop_is_no_patch() -> None:
    truth = disc(1024, 1024, radius=250)
    photo = scene(truth, backdrop=(235, 235, 235))
    photo = painted(photo, np.s_[512:780], photo.pixels[20:288])
    logits = logits_of(truth > 0.5)
    logits[130:] = logits[130:].clip(max=3)
    assert cut_out(photo, logits).alpha[560:700, 460:560].min() > 0.95


def test_a_gap_as_dark_as_the_product_goes_where_colour_tells_them_apart() -> None:
    truth = disc(1024, 1024, radius=250)
    truth[540:, 490:540] = 0
    logits = logits_of(truth > 0.5)
    logits[140:180, 120:140] = 2.5
    logits[165, 120:140] = 1
    found = cut_out(scene(truth, product=(110, 60, 60), backdrop=(80, 84, 80)), logits)
    assert found.alpha[580:700, 500:530].max() < 0.1
    assert found.alpha[300:500, 400:600].min() > 0.95


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (64, 64)])
def test_a_product_that_fills_the_photo(shape: tuple[int, int]) -> None:
    found = cut_out(scene(np.ones(shape, np.float32)), np.full((256, 256), 8, np.float32))
    assert (found.alpha == 1).all()


def test_nothing_inside_the_outline() -> None:
    with pytest.raises(NothingFoundError):
        cut_out(scene(np.zeros((50, 60), np.float32)), np.full((256, 256), -8, np.float32))


def test_padding_of_the_square_is_not_product() -> None:
    logits = np.full((256, 256), -8, np.float32)
    logits[200:] = 8
    with pytest.raises(NothingFoundError):
        cut_out(scene(np.zeros((300, 600), np.float32)), logits)


def test_a_photo_with_its_own_transparency() -> None:
    alpha = disc(50, 60, radius=20)
    photo = Photo(scene(alpha).pixels, alpha)
    found = from_transparency(photo)
    assert np.shares_memory(found.alpha, alpha)
    assert np.shares_memory(found.foreground, photo.pixels)


@pytest.mark.parametrize("alpha", [None, np.zeros((50, 60), np.float32)])
def test_no_transparency_or_nothing_but(alpha: Plane | None) -> None:
    with pytest.raises(NothingFoundError):
        from_transparency(Photo(np.zeros((50, 60, 3), np.uint8), alpha))


def test_a_dark_part_that_ends_in_an_edge_stays_where_the_model_doubts() -> None:
    truth = disc(1024, 1024, radius=250)
    photo = scene(truth, backdrop=(190, 150, 90))
    part = np.s_[560:680, 730:850]
    beside = truth[part] == 0
    dark = np.where(beside[:, :, None], photo.pixels[part] * 0.45, photo.pixels[part])
    photo = painted(photo, part, dark.astype(np.uint8))
    logits = logits_of(truth > 0.5)
    kept = np.s_[140:170, 180:213]
    logits[kept] = np.maximum(logits[kept], 3)
    logits[155, 185:200] = np.maximum(logits[155, 185:200].clip(max=0.5), 0.5)
    assert cut_out(photo, logits).alpha[580:660, 760:795].min() > 0.8


def test_a_jpeg_smears_no_hue_of_the_old_backdrop_into_a_white_product() -> None:
    truth = disc(400, 400, radius=120)
    sharp = scene(truth, product=(235, 235, 230), backdrop=(150, 30, 40), noise=1).pixels
    _, packed = cv2.imencode(
        ".jpg",
        sharp[:, :, ::-1],
        [cv2.IMWRITE_JPEG_QUALITY, 90, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x221111],
    )
    unpacked = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR))[:, :, ::-1].copy()
    found = cut_out(Photo(unpacked), logits_of(truth > 0.5))
    rim = (found.alpha > 0.5) & (disc(400, 400, radius=117) == 0)
    red, green, _ = found.foreground[rim].astype(int).T
    assert np.percentile(red - green, 95) < 12


def test_a_stripe_of_the_backdrops_hue_stays() -> None:
    truth = disc(400, 400, radius=120)
    photo = scene(truth, product=(235, 235, 230), backdrop=(150, 30, 40), noise=1)
    stripe = np.s_[195:206, 60:340]
    inside = (truth[stripe] == 1)[:, :, None]
    photo = painted(photo, stripe, np.where(inside, (150, 30, 40), photo.pixels[stripe]))
    found = cut_out(photo, logits_of(truth > 0.5))
    assert (found.foreground[198:203, 100:300] == photo.pixels[198:203, 100:300]).all()


def test_grains_of_a_rough_backdrop_are_no_product_where_the_model_is_sure() -> None:
    truth = disc(512, 512, radius=150)
    photo = scene(truth, product=(225, 225, 225), backdrop=(110, 110, 110), noise=40)
    trimap = build_trimap(logits_of(truth > 0.5), photo.size, 512)
    left, top, right, bottom = trimap.crop
    guide = (photo.pixels[top:bottom, left:right] / 255).astype(np.float32)
    alpha = alpha_from_colour(guide, trimap).alpha
    assert alpha[(trimap.unknown > 0) & (trimap.logits < -6)].mean() < 0.01


def test_what_is_faint_and_hangs_on_nothing_goes() -> None:
    alpha = disc(400, 400, radius=100, soft=6)
    alpha[20:30, 20:30] = 0.07
    rim = (alpha > 0) & (alpha < 0.1) & (disc(400, 400, radius=110) > 0)
    foreground = np.zeros((400, 400, 3), np.uint8)
    remove_specks(alpha, foreground, cell=6)
    assert alpha[20:30, 20:30].max() == 0
    assert (foreground[20:30, 20:30] == 255).all()
    assert alpha[rim].min() > 0


def test_an_island_goes_however_near_it_is() -> None:
    alpha = disc(400, 400, radius=100)
    right = int(np.flatnonzero(alpha[200]).max())
    alpha[199:202, right + 2 : right + 4] = 0.07
    remove_specks(alpha, np.zeros((400, 400, 3), np.uint8), cell=8)
    assert alpha[199:202, right + 1 :].max() == 0
    assert alpha[200, right] == 0.5


def test_what_the_model_left_out_and_the_photo_shows_has_the_photos_colours() -> None:
    truth = disc(1024, 1024, radius=300)
    logits = logits_of(truth > 0.5)
    logits[125:129, 125:129] = -2
    found = cut_out(scene(truth), logits)
    kept = found.alpha[490:530, 490:530] > 0.9
    assert kept.mean() > 0.9
    assert (found.foreground[490:530, 490:530][kept] < 250).all()
