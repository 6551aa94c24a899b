"""The rendered scenes: what is committed of them, and shadows that follow their light."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from pipeline.backdrops import Backdrop, Backdrops
from pipeline.compose import Frame, Style, compose
from pipeline.errors import BackdropError
from pipeline.scenes import KeyLight, Scene, read, scene_of
from pipeline.values import CutOut

if TYPE_CHECKING:
    from pipeline.backdrops import ShadowKind
    from pipeline.values import Box, Pixels

FOLDER = Path(__file__).parents[2] / "backgrounds"
BACKDROPS = Backdrops(FOLDER)
PRESETS = BACKDROPS.presets
RENDERED = sorted(path.with_suffix(".jpg").name for path in FOLDER.glob("*.json"))
GREY = np.full((400, 400, 3), 200, np.uint8)
AT_RIGHT = (slice(306, 322), slice(236, 270))
AT_LEFT = (slice(306, 322), slice(130, 164))


def product(box: Box = (170, 100, 230, 320), side: int = 400) -> CutOut:
    alpha = np.zeros((side, side), np.float32)
    alpha[box[1] : box[3], box[0] : box[2]] = 1
    return CutOut(np.full((side, side, 3), 90, np.uint8), alpha)


def lit(key: KeyLight, kind: ShadowKind | None = None, elevation: float = 13.4) -> Pixels:
    scene = Scene(elevation=elevation, key=key)
    style = Style(Frame("original"), kind, tone=0.0)
    return compose(product(), Backdrop(GREY, scene=scene), style).pixels


def depth(picture: Pixels, part: tuple[slice, slice]) -> float:
    return float(200 - picture[part].mean())


TOLD = {"view", "contact", "width", "horizon", "camera", "light", "floor", "gloss"}
TOLD_OF_LIGHT = {"azimuth", "elevation", "size", "colour", "ambient"}


def test_every_picture_comes_with_what_the_renderer_knows() -> None:
    for file in RENDERED:
        told = json.loads((FOLDER / file).with_suffix(".json").read_text())
        assert told.keys() == TOLD, file
        assert told["light"].keys() == TOLD_OF_LIGHT, file
        assert told["camera"].keys() == {"tilt", "field", "elevation", "eye"}, file
        scene = scene_of(told)
        assert 0 <= scene.gloss < 0.5
        assert scene.contact is not None
        is_above = scene.elevation > 80
        assert is_above == (told["view"] == "above") == (file.endswith("-above.jpg"))
        if not is_above:
            assert 0.7 < scene.contact < 0.9, file
            assert told["horizon"] < scene.contact
        with Image.open(FOLDER / file) as picture:
            assert min(picture.size) >= 2048
        assert (FOLDER / file).stat().st_size <= 400_000


def test_every_picture_is_of_a_scene_that_is_written_down_and_offered() -> None:
    listed = tomllib.loads((FOLDER / "scenes.toml").read_text(encoding="utf-8"))["scene"]
    names = [scene["name"] for scene in listed]
    assert Counter(names).most_common(1)[0][1] == 1
    assert {f"{name}.jpg" for name in names} >= set(RENDERED)
    offered = {file for preset in PRESETS for file in (preset.file, preset.surface) if file}
    assert {path.name for path in FOLDER.glob("*.*g")} == offered
    assert set(RENDERED) == offered - {"white.png"}, "pure white is no scene: markets ask for it"
    assert all(p.surface for p in PRESETS if p.name != "white"), "what lies is seen from above"
    assert len(PRESETS) >= 24
    assert sum(path.stat().st_size for path in FOLDER.glob("*.*g")) < 14_000_000


def test_groups_fit_a_page_and_are_named() -> None:
    sizes = Counter(preset.group for preset in PRESETS)
    assert set(sizes) == set(BACKDROPS.groups)
    assert max(sizes.values()) <= 6
    assert list(dict.fromkeys(p.group for p in PRESETS)) == list(BACKDROPS.groups)
    for titles in [*BACKDROPS.groups.values(), *(preset.titles for preset in PRESETS)]:
        assert set(titles) >= {"ru", "en"}
        assert all(len(f"✓ {title}") <= 20 for title in titles.values()), titles
    spoken = [said for preset in PRESETS for said in {word.casefold() for word in preset.spoken}]
    assert not [word for word, count in Counter(spoken).items() if count > 1]


@pytest.mark.parametrize(
    "change",
    [
        {"light": {}},
        {"light": None},
        {"contact": "low"},
        {"camera": {}},
        {"light": {"azimuth": 0, "elevation": -3, "size": 9, "ambient": [0, 0, 0]}},
        {"light": {"azimuth": 0, "elevation": 50, "size": 9, "ambient": [0, 2, 0]}},
        {"light": {"azimuth": 0, "elevation": 50, "size": 9, "ambient": [0, 0]}},
    ],
)
def test_a_wrong_description_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    told = json.loads((FOLDER / "blue.json").read_text()) | change
    (tmp_path / "a.json").write_text(json.dumps(told))
    Image.new("RGB", (9, 9)).save(tmp_path / "a.png")
    (tmp_path / "presets.toml").write_text('[[preset]]\nname = "a"\nfile = "a.png"\ntitle = {}\n')
    with pytest.raises(BackdropError):
        Backdrops(tmp_path).load("a")


def test_a_picture_without_a_description_has_the_usual_light(tmp_path: Path) -> None:
    assert read(tmp_path / "none.json") == Scene()


def test_a_shadow_falls_away_from_the_light() -> None:
    left, right = lit(KeyLight(azimuth=70)), lit(KeyLight(azimuth=-70))
    assert depth(left, AT_RIGHT) > 2 * depth(left, AT_LEFT)
    assert depth(right, AT_LEFT) > 2 * depth(right, AT_RIGHT)
    behind = lit(KeyLight(azimuth=150, elevation=40))
    before = lit(KeyLight(azimuth=30, elevation=40))
    below = (slice(328, 345), slice(200, 260))
    assert depth(behind, below) > depth(before, below) + 5


def test_a_low_light_casts_a_long_shadow() -> None:
    far = (slice(306, 322), slice(290, 380))
    low, high = (lit(KeyLight(azimuth=80, elevation=up, size=5)) for up in (28, 75))
    assert depth(low, far) > depth(high, far) + 3


def test_a_wide_light_casts_a_soft_shadow() -> None:
    rows = slice(308, 320)
    edges = []
    for size in (2.0, 25.0):
        picture = lit(KeyLight(azimuth=80, elevation=60, size=size)).astype(float)
        edges.append(np.abs(np.diff(picture[rows, 290:395, 0].mean(axis=0))).max())
    assert edges[0] > 1.5 * edges[1]


def test_a_shadow_has_the_colour_of_the_light_that_is_left() -> None:
    picture = lit(KeyLight(azimuth=70, ambient=(0.3, 0.4, 0.6)))
    red, _, blue = picture[AT_RIGHT].reshape(-1, 3).mean(axis=0)
    assert blue > red + 3


def test_a_flat_lays_shadow_follows_the_light_too() -> None:
    right = (slice(150, 250), slice(232, 246))
    left = (slice(150, 250), slice(154, 168))
    for azimuth, dark, light in ((130, right, left), (-130, left, right)):
        picture = lit(KeyLight(azimuth=azimuth), "lying", elevation=90)
        assert depth(picture, dark) > depth(picture, light) + 2
        assert depth(picture, light) > 1, "all round"


PODIUM = Scene(contact=0.76, width=0.5)


@pytest.mark.parametrize("size", [(400, 400), (320, 400), (400, 300), (225, 400)])
@pytest.mark.parametrize("box", [(20, 150, 380, 220), (180, 10, 220, 390), (150, 150, 250, 250)])
def test_on_a_podium_a_product_fits_and_stands_where_the_top_is(
    size: tuple[int, int], box: Box
) -> None:
    marked = np.zeros((400, 400, 3), np.uint8)
    marked[304:] = 255
    backdrop = Backdrop(marked, scene=PODIUM)
    picture = compose(product(box), backdrop, Style(Frame(size=size), "soft", tone=0.0))
    rows = np.flatnonzero(picture.mask.any(axis=1))
    columns = np.flatnonzero(picture.mask.any(axis=0))
    floor = np.flatnonzero(backdrop.filled(*size)[:, 0, 0] > 128)[0]
    assert abs(rows[-1] + 1 - floor) <= 2
    stage = backdrop.stage(*size)
    assert stage is not None
    assert columns[-1] - columns[0] < stage[1] * size[0] + 2
    assert rows[0] >= 0.05 * size[1]


def test_what_the_photo_cuts_stays_at_the_edge_even_on_a_podium() -> None:
    picture = compose(product((170, 0, 230, 320)), Backdrop(GREY, scene=PODIUM))
    assert picture.mask[0].any()


def test_a_landscape_frame_keeps_the_floor_under_the_product() -> None:
    marked = np.zeros((400, 400, 3), np.uint8)
    marked[320:] = 255
    backdrop = Backdrop(marked, scene=Scene(contact=0.8))
    for size in ((400, 300), (400, 225), (400, 400)):
        floor = np.flatnonzero(backdrop.filled(*size)[:, 0, 0] > 128)[0]
        assert 0.7 * size[1] < floor < 0.9 * size[1]


def test_a_glossy_floor_mirrors_the_foot() -> None:
    scene = Scene()
    red = replace(product(), foreground=np.full((400, 400, 3), (200, 0, 0), np.uint8))
    style = Style(Frame("original"), "soft", tone=0.0)
    matt = compose(red, Backdrop(GREY, scene=scene), style).pixels.astype(int)
    glossy = compose(red, Backdrop(GREY, scene=replace(scene, gloss=0.3)), style).pixels.astype(int)
    change = glossy - matt
    assert change[322, 200, 1] < change[340, 200, 1] - 3
    assert not change[372:].any()
    assert not change[:319].any()
