from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from pipeline.foreground.saliency import on_square
from pipeline.sam import Embedding
from training.mix import Row, mirror, mix
from training.samples import Sample
from training.sets import KINDS, lay_out
from training.sources import IN_HAND, LICENCES, REDRAWN, in_hand, sources, split_of
from training.teacher import Label, outlined

if TYPE_CHECKING:
    from pathlib import Path

WIDTH, HEIGHT = 400, 300


def _embedding(seed: int = 0) -> Embedding:
    features = np.random.default_rng(seed).normal(size=(256, 64, 64)).astype(np.float32)
    return Embedding(features, WIDTH, HEIGHT)


def _row(seed: int, box: tuple[int, int, int, int]) -> Row:
    left, top, right, bottom = box
    product = np.zeros((1, 256, 256), np.float32)
    product[0, top:bottom, left:right] = 1
    known = np.zeros_like(product)
    known[0, :192] = 1
    place = np.zeros((3, 64, 64), np.float32)
    place[2, :48] = 1
    features = np.full((256, 64, 64), seed, np.float32)
    features[:, top // 4 : bottom // 4, left // 4 : right // 4] += 0.5
    return Row(features, place, product, known)


def test_a_lesson_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    sample = Sample(tmp_path, "object-can_02", "object", "can", "apart")
    assert not sample.encoded
    assert not sample.labelled
    embedding = _embedding()
    product = np.zeros((256, 256), np.uint8)
    product[3:9, 5:7] = 255
    sample.keep_embedding(embedding)
    sample.keep_label(Label(product, product > 0, 0.97))
    back, label = sample.embedding(), sample.label()
    assert (back.width, back.height) == (WIDTH, HEIGHT)
    assert np.abs(back.features - embedding.features).max() < 0.01
    assert np.array_equal(label.product, product)
    assert label.sureness == 0.97
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "object-can_02.label.npz",
        "object-can_02.npz",
    ]


def test_an_outline_lies_on_the_square_where_the_picture_is() -> None:
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    mask[:, 200:] = 1
    square = on_square(mask, _embedding())
    assert square[:192, 129:].min() > 0.99
    assert square[192:].max() == 0
    assert square[:, :127].max() == 0
    label = outlined(mask, _embedding())
    assert label.sureness == 1
    assert label.known[:192].all()
    assert not label.known[192:].any()


def test_mirroring_twice_changes_nothing() -> None:
    row = _row(1, (16, 20, 60, 80))
    once, twice = mirror(row), mirror(mirror(row))
    assert once.product[0, 40, 255 - 20] == 1
    assert once.product[0, 40, 20] == 0
    for before, after in zip(row, twice, strict=True):
        assert np.array_equal(before, after)


def test_mixing_moves_the_product_and_its_cells_together() -> None:
    base, above = _row(10, (0, 0, 20, 20)), _row(20, (100, 40, 180, 120))
    mixed = mix(np.random.default_rng(0), base, above)
    assert mixed.product.sum() == above.product.sum()
    cells = mixed.product[0, ::4, ::4] > 0
    assert np.all(mixed.features[:, cells] == 20.5)
    assert mixed.product[0, 192:].sum() == 0
    assert mixed.known[0, :192].all(), "the much smaller old product is clutter now"
    assert np.all(base.features[:, 20, 20] == 10), "the row it was made of is untouched"


def test_mixing_leaves_open_what_could_be_the_product_too() -> None:
    base, above = _row(10, (0, 0, 90, 90)), _row(20, (100, 40, 180, 120))
    mixed = mix(np.random.default_rng(0), base, above)
    assert not mixed.known[0, :40, :40].any()


def test_photos_of_one_object_share_their_split(tmp_path: Path) -> None:
    for folder in (
        "train/clothing",
        "train/grocery",
        "train/food/images",
        "train/food/masks",
        "train/fashion/images",
        "train/fashion/masks",
        "photos/clothing",
        "photos/objects",
        "masks",
    ):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("can_00", "can_01", "backpack_dog_03", "backpack_02", "rc_car_01"):
        (tmp_path / "photos" / "objects" / f"{name}.jpg").touch()
    (tmp_path / "photos" / "clothing" / "a.jpg").touch()
    (tmp_path / "train" / "clothing" / "b.jpg").touch()
    (tmp_path / "masks" / "can_01.png").touch()
    found = {source.path.stem: source for source in sources(tmp_path)}
    assert found["can_00"].split == found["can_01"].split == "apart"
    assert found["backpack_dog_03"].item == "backpack_dog"
    assert found["rc_car_01"].split == "train"
    assert found["a"].split != "train", "sellers' own kind of photo is only measured on"
    assert found["can_01"].mask == tmp_path / "masks" / "can_01.png"
    assert found["can_00"].mask is None
    assert {source.kind for source in found.values()} <= LICENCES.keys()


def test_cartons_in_a_hand_are_measured_on_and_never_taught(tmp_path: Path) -> None:
    folder = tmp_path / "train" / "grocery"
    folder.mkdir(parents=True)
    outlined = sorted(path.stem for path in IN_HAND.iterdir())
    for stem in [*outlined, "Another-Milk_001"]:
        (folder / f"{stem}.jpg").touch()
    found = in_hand(tmp_path)
    assert [source.path.stem for source in found] == outlined
    assert {source.split for source in found} == {"tuned", "apart"}


def test_what_was_redrawn_is_measured_by_and_not_composed_by(tmp_path: Path) -> None:
    drawn = sorted(path.stem for path in REDRAWN.iterdir())
    for folder in ("photos/clothing", "photos/objects", "masks"):
        (tmp_path / folder).mkdir(parents=True)
    for stem in drawn:
        kind = "objects" if "_" in stem else "clothing"
        Image.new("L", (8, 8)).save(tmp_path / "photos" / kind / f"{stem}.jpg")
        Image.new("L", (8, 8), 255).save(tmp_path / "masks" / f"{stem}.png")
    for folder in ("clothing", "grocery", "food/images", "food/masks", "fashion/images"):
        (tmp_path / "train" / folder).mkdir(parents=True)
    found = sources(tmp_path)
    assert sorted(source.path.stem for source in found) == drawn
    assert {source.split for source in found} == {"apart"}
    assert {source.mask and source.mask.parent for source in found} == {tmp_path / "masks"}
    lay_out(tmp_path / "set", found, [])
    for source in found:
        judged = tmp_path / "set" / "masks" / KINDS[source.kind] / f"{source.path.stem}.png"
        assert judged.read_bytes() == (REDRAWN / judged.name).read_bytes()


@pytest.mark.parametrize("name", ["vase", "can", "clock", "teapot", "backpack", "dog5"])
def test_nothing_under_the_unsplash_licence_is_taught(name: str) -> None:
    assert split_of("object", name) != "train"


def test_a_new_head_is_pinned_in_the_manifest_and_nothing_else_is(tmp_path: Path) -> None:
    export = pytest.importorskip("training.export", reason="needs vitrina[gpu]")
    manifest = tmp_path / "manifest.toml"
    other = 'file = "other.onnx"\nbytes = 7\nsha256 = "aa"\n'
    manifest.write_text(f'{other}file = "head.onnx"\nbytes = 1\nsha256 = "00"\nshipped = true\n')
    head = tmp_path / "head.onnx"
    head.write_bytes(b"weights")
    export.pin(head, manifest)
    digest = hashlib.sha256(b"weights").hexdigest()
    assert manifest.read_text() == (
        f'{other}file = "head.onnx"\nbytes = 7\nsha256 = "{digest}"\nshipped = true\n'
    )
    with pytest.raises(ValueError, match=r"not name stray\.onnx"):
        export.pin(head.rename(tmp_path / "stray.onnx"), manifest)


def test_an_exported_head_keeps_a_byte_a_weight_and_answers_as_before(tmp_path: Path) -> None:
    export = pytest.importorskip("training.export", reason="needs vitrina[gpu]")
    import onnx
    import torch

    from training.model import Ensemble, HeadNetwork

    torch.manual_seed(0)
    networks = [HeadNetwork(32), HeadNetwork(16)]
    path = tmp_path / "head.onnx"
    export.export(Ensemble(networks), path)
    weights = sum(each.numel() for network in networks for each in network.parameters())
    assert path.stat().st_size < 1.5 * weights
    kept = [onnx.numpy_helper.to_array(each) for each in onnx.load(path).graph.initializer]
    filters = [each for each in kept if each.dtype == np.int8]
    assert filters
    for each in filters:
        # Every channel uses the whole range, so its scale is its own.
        assert (np.abs(each).max(tuple(range(1, each.ndim))) == export.LEVELS).all()


def test_a_head_that_answers_otherwise_once_rounded_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = pytest.importorskip("training.export", reason="needs vitrina[gpu]")
    import torch

    from training.model import HeadNetwork

    torch.manual_seed(0)
    monkeypatch.setattr(export, "LEVELS", 2)
    with pytest.raises(ValueError, match="differs by"):
        export.export(HeadNetwork(16), tmp_path / "head.onnx")
