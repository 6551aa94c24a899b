"""Presets, own pictures, and filling a frame without stretching or banding."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipeline.backdrops import MAX_DECODED, Backdrop, Backdrops, fill, own_backdrop
from pipeline.errors import BackdropError, PhotoTooSmallError
from pipeline.values import Photo

FOLDER = Path(__file__).parents[2] / "backgrounds"
NAMES = ("blue", "grad", "green", "pink-white-1", "pink-white-2", "white")


@pytest.fixture(scope="module")
def presets() -> Backdrops:
    return Backdrops(FOLDER)


def test_the_six_presets_in_order(presets: Backdrops) -> None:
    assert presets.names[: len(NAMES)] == NAMES
    for name in NAMES:
        assert set(presets.preset(name).titles) >= {"ru", "en"}


@pytest.mark.parametrize("name", NAMES)
def test_each_preset_is_large_and_a_scene(presets: Backdrops, name: str) -> None:
    backdrop = presets.load(name)
    assert min(backdrop.pixels.shape[:2]) >= 2048
    assert backdrop.is_pure_white == (name == "white")
    if name != "white":
        assert np.ptp(backdrop.pixels.mean(axis=(1, 2))) > 8
    assert presets.load(name) is backdrop


@pytest.mark.parametrize("name", NAMES[:-1])
@pytest.mark.parametrize("size", [(300, 400), (1280, 960), (3000, 4000)])
def test_no_preset_bands_at_any_size(presets: Backdrops, name: str, size: tuple[int, int]) -> None:
    filled = fill(presets.load(name).pixels, *size)
    # A band is a long run of one value in a smooth gradient.
    row = filled[size[1] // 4, :, 0].astype(int)
    changes = np.flatnonzero(np.diff(row))
    assert np.diff(changes, prepend=0, append=row.size).max() < 40


def test_a_file_dropped_into_the_folder_and_named_is_a_preset(tmp_path: Path) -> None:
    Image.new("RGB", (70, 50), (1, 2, 3)).save(tmp_path / "mine.png")
    (tmp_path / "presets.toml").write_text(
        '[[preset]]\nname = "mine"\nfile = "mine.png"\ntitle = { ru = "Моё", en = "Mine" }\n',
        encoding="utf-8",
    )
    backdrops = Backdrops(tmp_path)
    assert backdrops.names == ("mine",)
    assert backdrops.load("mine").pixels[0, 0].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "text",
    [
        "[[preset",
        "",
        '[[preset]]\nname = "a"\n',
        '[[preset]]\nname = "a"\nfile = "a"\ntitle = {}\nshadow = "long"\n',
        '[[preset]]\nname = "a"\nfile = "a"\ntitle = {}\nstrength = 2\n',
    ],
)
def test_a_wrong_list_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "presets.toml").write_text(text)
    with pytest.raises(BackdropError):
        Backdrops(tmp_path)


def test_no_list_at_all(tmp_path: Path) -> None:
    with pytest.raises(BackdropError):
        Backdrops(tmp_path)


@pytest.mark.parametrize("content", [None, b"no picture"])
def test_a_preset_whose_file_is_missing_or_no_picture(
    tmp_path: Path, content: bytes | None
) -> None:
    (tmp_path / "presets.toml").write_text('[[preset]]\nname = "a"\nfile = "a.png"\ntitle = {}\n')
    if content:
        (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(BackdropError):
        Backdrops(tmp_path).load("a")


def test_memory_does_not_grow_with_the_number_of_backgrounds(tmp_path: Path) -> None:
    entry = '[[preset]]\nname = "{0}"\nfile = "{0}.png"\nsurface = "{0}-above.png"\ntitle = {{}}\n'
    names = [f"n{number}" for number in range(3 * MAX_DECODED)]
    (tmp_path / "presets.toml").write_text("".join(map(entry.format, names)))
    for name in names:
        Image.new("RGB", (4, 4)).save(tmp_path / f"{name}.png")
        Image.new("RGB", (4, 4), (9, 9, 9)).save(tmp_path / f"{name}-above.png")
    backdrops = Backdrops(tmp_path)
    opened = []
    for name in names:
        backdrop = backdrops.load(name)
        opened += [weakref.ref(picture.pixels) for picture in (backdrop, backdrop.surface)]
        assert backdrop.surface.pixels[0, 0, 0] == 9
        assert backdrops.load(name) is backdrop
    del backdrop
    gc.collect()
    assert sum(picture() is not None for picture in opened) == MAX_DECODED


def test_an_unknown_name_says_which_there_are(presets: Backdrops) -> None:
    with pytest.raises(BackdropError, match="blue, grad"):
        presets.load("purple")


def test_an_own_picture_says_when_it_is_small() -> None:
    assert own_backdrop(Photo(np.zeros((400, 600, 3), np.uint8))).is_small
    assert not own_backdrop(Photo(np.zeros((1200, 900, 3), np.uint8))).is_small


def test_an_own_picture_of_which_only_a_blur_would_come_is_refused() -> None:
    with pytest.raises(PhotoTooSmallError) as raised:
        own_backdrop(Photo(np.zeros((239, 900, 3), np.uint8)))
    assert raised.value.details == {"limit": 240}


@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 90), st.integers(1, 90))
def test_fill_has_the_size_asked_for_and_keeps_a_flat_colour_exactly(
    height: int, width: int, wide: int, high: int
) -> None:
    filled = fill(np.full((height, width, 3), (7, 130, 255), np.uint8), wide, high)
    assert filled.shape == (high, wide, 3)
    assert (filled == (7, 130, 255)).all()


def test_fill_crops_the_middle_and_never_stretches() -> None:
    pixels = np.zeros((100, 300, 3), np.uint8)
    pixels[:, 100:200] = 200
    assert (fill(pixels, 100, 100) == 200).all()
    doubled = fill(pixels, 200, 200)
    assert (doubled[:, 5:-5] > 190).all()


def test_fill_never_hands_out_the_presets_own_pixels() -> None:
    pixels = np.zeros((10, 10, 3), np.uint8)
    fill(pixels, 10, 10)[:] = 9
    assert (pixels == 0).all()


def test_a_frame_that_is_filled_again_is_as_new() -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (40, 60, 3), np.uint8)
    backdrop = Backdrop(pixels)
    for size in ((30, 30), (30, 30), (20, 50), (30, 30), (20, 50)):
        frame = backdrop.filled(*size)
        assert np.array_equal(frame, fill(pixels, *size))
        frame[:] = 0
