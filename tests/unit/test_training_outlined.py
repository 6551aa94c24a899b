from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from training.by_eye_outlines import by_eye
from training.outlined import outlined

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_kept_apart_is_never_taught(photos: Path) -> None:
    data = photos.parent
    if not (data / "clutter").is_dir():
        pytest.skip("no clutter beside the photos")
    found = outlined(data)
    assert len({photo.key for photo in found}) == len({photo.path for photo in found}) == len(found)
    taught = {photo.path for photo in found if photo.use == "taught"}
    apart = (data / "clutter" / "masks" / "apart.txt").read_text().split()
    photos_there = data / "clutter" / "photos"
    stems = {
        f"{path.parent.name}/{path.stem}" for path in taught if path.is_relative_to(photos_there)
    }
    assert stems
    assert len(apart) == 70
    assert not stems & set(apart)
    assert not any(stem.startswith("datacluster/") for stem in stems)
    set_aside = {data / name for name, one in by_eye().items() if one.split == "apart"}
    assert len(set_aside) == 73
    assert not taught & set_aside
    assert len(taught) > 500
