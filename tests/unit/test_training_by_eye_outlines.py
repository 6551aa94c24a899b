from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from training.by_eye_outlines import by_eye
from training.sources import split_of

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "photo\tsplit\tkinds\tproduct\tbox\tpoints\tby_hand\tpolygon\n"
RING = "100,200 500,200 500,600 100,600"
HOLE = "200,300 400,300 400,500 200,500"


def table(folder: Path, *lines: str) -> Path:
    path = folder / "outlines.tsv"
    path.write_text(HEAD + "".join(f"{line}\n" for line in lines))
    return path


def line(photo: str = "a.jpg", split: str = "train", polygon: str = RING) -> str:
    return f"{photo}\t{split}\thand neighbour\ta carton\t\t\twhole\t{polygon}"


@pytest.mark.parametrize("size", [(200, 100), (100, 200), (1000, 1000)])
def test_a_mask_has_the_photos_size_and_its_holes(tmp_path: Path, size: tuple[int, int]) -> None:
    outline = by_eye(table(tmp_path, line(polygon=f"{RING};{HOLE}")))["a.jpg"]
    mask = outline.mask(size)
    width, height = size
    expected = np.zeros((height, width), np.bool_)
    expected[height // 5 : height * 3 // 5, width // 10 : width // 2] = True
    expected[height * 3 // 10 : height // 2, width // 5 : width * 2 // 5] = False
    away = np.argwhere(mask != expected)
    assert mask.shape == (height, width)
    assert mask.dtype == np.bool_
    assert len(away) <= 4 * (width + height) / 2
    assert not mask[height * 2 // 5, width * 3 // 10]
    assert mask[height // 4, width * 3 // 10]


@pytest.mark.parametrize(
    "wrong",
    [
        (line(split="tuned"),),
        (line(), line()),
        (line(polygon="100,200 500,200"),),
        (line(polygon="100,200 500,200 500,1001"),),
        (line(polygon=""),),
    ],
    ids=["split", "twice", "two corners", "outside", "no polygon"],
)
def test_a_wrong_line_is_told(tmp_path: Path, wrong: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"split|twice|corners|expected 0"):
        by_eye(table(tmp_path, *wrong))


def test_the_kept_outlines_are_whole() -> None:
    """Each fills a part of its photo; a fifth is set aside; no photo is of a measuring set."""
    outlines = by_eye()
    assert len(outlines) >= 250
    for photo, outline in outlines.items():
        share = outline.mask((256, 256)).mean()
        assert 0.005 < share < 0.99, photo
        assert outline.kinds, photo
        assert outline.product, photo
        assert "datacluster" not in photo
        assert photo.startswith(("clutter/unlabelled/", "train/", "photos/objects/"))
    apart = sum(outline.split == "apart" for outline in outlines.values())
    assert 0.15 <= apart / len(outlines) <= 0.3


def test_no_kept_outline_is_of_a_photo_that_is_measured_on() -> None:
    kinds = {"train/clothing": "clothing", "train/grocery": "grocery", "photos/objects": "object"}
    for photo in by_eye():
        folder, _, name = photo.rpartition("/")
        stem = name.removesuffix(".jpg")
        if kind := kinds.get(folder):
            item = stem.rpartition("_")[0] if kind == "object" else stem
            assert split_of(kind, item) == "train", photo
