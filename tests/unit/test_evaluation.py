from __future__ import annotations

import json
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PIL import Image

from pipeline.errors import SettingsError
from pipeline.evaluation.metrics import Figures, Overlaps, figures
from pipeline.evaluation.pairs import Pair, pairs_in, read
from pipeline.evaluation.photo import Measured
from pipeline.evaluation.report import report
from pipeline.evaluation.table import table
from pipeline.evaluation.taps import next_tap
from pipeline.photo.decode import decode
from pipeline.sam import LOW_RES, Embedding
from vitrina.commands.evaluate import Names, run
from vitrina.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def _disc(width: int, height: int, radius: int) -> NDArray[np.bool_]:
    rows, columns = np.ogrid[:height, :width]
    return np.asarray((rows - height // 2) ** 2 + (columns - width // 2) ** 2 < radius**2)


def _save(
    folder: Path, name: str, pixels: NDArray[np.uint8], exif: Image.Exif | None = None
) -> Path:
    folder.mkdir(exist_ok=True)
    Image.fromarray(pixels).save(folder / name, exif=exif or Image.Exif())
    return folder / name


def test_photos_and_outlines_meet_by_their_stems(tmp_path: Path) -> None:
    grey = np.full((40, 60, 3), 128, np.uint8)
    for name in ("mug_1.jpg", "mug_2.webp", "lamp.png"):
        _save(tmp_path / "photos", name, grey)
    (tmp_path / "photos" / "notes.txt").write_text("no picture")
    for name in ("mug_1.png", "mug_2.jpg", "nobody.png"):
        _save(tmp_path / "masks", name, grey)
    pairs, alone = pairs_in(tmp_path / "photos", tmp_path / "masks")
    assert [pair.photo.name for pair in pairs] == ["mug_1.jpg", "mug_2.webp"]
    assert [pair.item for pair in pairs] == ["mug", "mug"]
    assert alone == ["lamp.png"]


def test_a_folder_within_is_a_kind_and_its_own_outline_comes_first(tmp_path: Path) -> None:
    grey = np.full((40, 60, 3), 128, np.uint8)
    (tmp_path / "photos").mkdir()
    (tmp_path / "masks").mkdir()
    for kind in ("hats", "bags"):
        _save(tmp_path / "photos" / kind, "one.jpg", grey)
    _save(tmp_path / "masks" / "bags", "one.png", grey)
    _save(tmp_path / "masks", "one.png", grey)
    pairs, alone = pairs_in(tmp_path / "photos", tmp_path / "masks")
    assert [(pair.name, pair.mask.parent.name) for pair in pairs] == [
        ("bags/one", "bags"),
        ("hats/one", "masks"),
    ]
    assert not alone


@pytest.mark.parametrize("top", [1, 255])
@pytest.mark.parametrize("size", [(90, 60), (180, 120), (31, 20)])
def test_an_outline_of_any_size_and_depth_fits_its_photo(
    tmp_path: Path, top: int, size: tuple[int, int]
) -> None:
    photo = _save(tmp_path / "p", "a.png", np.full((60, 90, 3), 128, np.uint8))
    inside = _disc(*size, size[1] // 3).astype(np.uint8) * np.uint8(top)
    mask = _save(tmp_path / "m", "a.png", inside)
    read_photo, truth = read(Pair(photo, mask), decode)
    assert read_photo.size == (90, 60)
    assert truth.shape == (60, 90)
    assert truth.mean() == pytest.approx(_disc(90, 60, 20).mean(), rel=0.3)


def test_an_outline_drawn_on_the_photo_as_it_lies_in_its_file_is_turned_with_it(
    tmp_path: Path,
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels = np.full((60, 90, 3), 128, np.uint8)
    photo = _save(tmp_path / "p", "a.jpg", pixels, exif=exif)
    lying = np.zeros((60, 90), np.uint8)
    lying[:10] = 255
    mask = _save(tmp_path / "m", "a.png", lying)
    read_photo, truth = read(Pair(photo, mask), decode)
    assert read_photo.size == (60, 90)
    assert truth[:, -10:].all()
    assert not truth[:, :-10].any()


def test_the_figures_of_known_cut_outs() -> None:
    pytest.importorskip("py_sod_metrics", reason="needs vitrina[evaluate]")
    truth = _disc(80, 80, 30)
    assert figures(truth.astype(np.float32), truth).iou == 1
    whole = figures(truth.astype(np.float32), truth)
    assert (whole.mae, round(whole.s_measure, 3), round(whole.weighted_f, 3)) == (0, 1, 1)
    nothing = figures(np.zeros((80, 80), np.float32), truth)
    assert nothing.iou == nothing.boundary_iou == 0
    assert nothing.mae == pytest.approx(truth.mean())
    assert nothing.weighted_f == pytest.approx(0, abs=1e-6)
    thicker = figures(_disc(80, 80, 31).astype(np.float32), truth)
    assert thicker.iou < 0.95
    assert thicker.core_iou == 1
    empty = figures(np.zeros((8, 8), np.float32), np.zeros((8, 8), np.bool_))
    assert (empty.iou, empty.weighted_f, empty.mae) == (1, 1, 0)


def test_the_next_tap_is_in_the_middle_of_the_largest_error() -> None:
    embedding = Embedding(np.zeros((256, 64, 64), np.float32), 512, 256)
    wanted = np.zeros((LOW_RES, LOW_RES), np.float32)
    wanted[20:60, 20:60] = 1
    first = next_tap(embedding, None, wanted)
    assert first is not None
    assert first[:2] == pytest.approx((80, 80), abs=3)
    assert first[2] is True
    right = np.where(wanted > 0, 5, -5).astype(np.float32)
    assert next_tap(embedding, right, wanted) is None
    much = right.copy()
    much[10:110, 100:200] = 5
    found = next_tap(embedding, much, wanted)
    assert found is not None
    assert found[2] is False
    assert found[0] == pytest.approx(300, abs=4)


def _measured(
    name: str, iou: float, confidence: float, taps: tuple[float, ...], kind: str = ""
) -> Measured:
    return Measured(
        name=name,
        kind=kind,
        item=name,
        found=True,
        confidence=confidence,
        figures=Figures(iou, iou, iou, 1 - iou, iou, iou),
        offers=(iou, 0.95),
        taps=taps,
        box=0.97,
        seconds=(0.5, 0.1),
        others={"u2net alone": Overlaps(0.6, 0.7)},
        alpha=np.zeros((4, 4), np.float32),
        truth=np.zeros((4, 4), np.bool_),
    )


def test_the_report_sums_up() -> None:
    photos = [
        _measured("a", 0.96, 0.95, (0.95,), "hats"),
        _measured("b", 0.5, 0.1, (0.7, 0.9, 0.92), "bags"),
    ]
    told = report("head", photos)
    assert told["all"]["iou"]["mean"] == pytest.approx(0.73)
    assert told["all"]["best_of_1"]["mean"] == pytest.approx(0.73)
    assert told["all"]["best_of_3"]["mean"] == pytest.approx(0.955)
    assert told["all"]["after_3_taps"]["mean"] == pytest.approx(0.935)
    assert told["all"]["sure"] == {"asked": 0.5, "above_0.9": 1}
    assert told["kinds"]["bags"]["sure"]["asked"] == 1
    assert told["all"]["first_tap_where_below_0.8"] == {"photos": 1, "gain": pytest.approx(0.2)}
    assert told["all"]["first_tap_where_above_0.95"] == {"photos": 1, "gain": pytest.approx(-0.01)}
    assert told["all"]["others"]["u2net alone"]["ahead_by"]["mean"] == pytest.approx(0.13)
    assert [group["iou"]["mean"] for group in told["kinds"].values()] == [0.5, 0.96]
    lines = table(told).splitlines()
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| bags", "| hats", "| all"]
    assert "0.600 [0.60, 0.60] / 0 % / 0.700 | 0.730 [0.50, 0.96] / 50 % / 0.730" in lines[-1]
    assert told["calibration"]["brier"] == pytest.approx((0.05**2 + 0.1**2) / 2, abs=1e-4)
    assert [each["photos"] for each in told["calibration"]["bins"]] == [1, 1]
    assert json.loads(json.dumps(told)) == told


def test_photos_are_measured_by_the_real_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("py_sod_metrics", reason="needs vitrina[evaluate]")
    monkeypatch.chdir(tmp_path)  # no .env of the developer's
    pixels = np.full((300, 420, 3), 200, np.uint8)
    inside = _disc(420, 300, 80)
    pixels[inside] = (170, 20, 30)
    for name in ("ball_1.jpg", "broken_1.jpg"):
        _save(tmp_path / "photos", name, pixels)
        _save(tmp_path / "masks", name.replace("jpg", "png"), inside.astype(np.uint8) * 255)
    names = Names("head", beside=["grabcut"], alone=["head"])
    (tmp_path / "photos" / "broken_1.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut short")
    target = tmp_path / "new" / "figures.json"
    run(Settings(), tmp_path / "photos", tmp_path / "masks", names=names, target=target)
    told = json.loads(target.read_text())
    assert told["all"]["photos"] == 1
    assert told["all"]["iou"]["mean"] > 0.9
    assert told["all"]["with_a_box"]["mean"] > 0.9
    assert list(told["all"]["others"]) == ["head alone", "grabcut"]
    assert told["all"]["others"]["head alone"]["iou"]["mean"] > 0.5
    assert list(told["failed"]) == ["broken_1"]
    sheet = cv2.imread(str(target.with_name("figures-worst.jpg")))
    assert sheet is not None


def test_no_pair_is_said_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _save(tmp_path / "photos", "a.jpg", np.zeros((40, 40, 3), np.uint8))
    (tmp_path / "masks").mkdir()
    with pytest.raises(SettingsError, match="no photo in"):
        run(
            Settings(),
            tmp_path / "photos",
            tmp_path / "masks",
            names=Names("head"),
            target=tmp_path / "out.json",
        )
