"""What the embedding cache keeps, and what it lets go."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pipeline.model.embedding_cache import Embeddings, key_of
from pipeline.sam import Embedding

if TYPE_CHECKING:
    from pathlib import Path


def embedding(seed: int = 0) -> Embedding:
    features = np.random.default_rng(seed).normal(0, 0.3, (256, 64, 64))
    return Embedding(features.astype(np.float32), width=640, height=480 + seed)


def test_pictures_are_told_apart_by_pixels_and_by_shape() -> None:
    pixels = np.zeros((4, 6, 3), np.uint8)
    other = pixels.copy()
    other[0, 0, 0] = 1
    keys = {key_of(pixels), key_of(other), key_of(pixels.reshape(6, 4, 3))}
    assert len(keys) == 3
    assert key_of(pixels) == key_of(pixels.copy()) == key_of(np.asfortranarray(pixels))


@pytest.mark.parametrize("on_disk", [False, True])
def test_there_and_back_to_half_precision(tmp_path: Path, *, on_disk: bool) -> None:
    kept = Embeddings(tmp_path / "deep" / "folder" if on_disk else None)
    assert kept.get("a") is None
    kept.put("a", embedding())
    again = (Embeddings(tmp_path / "deep" / "folder") if on_disk else kept).get("a")
    assert again is not None
    assert (again.width, again.height) == (640, 480)
    assert again.features.dtype == np.float32
    np.testing.assert_allclose(again.features, embedding().features, rtol=1e-3, atol=1e-6)


def test_memory_and_disk_keep_the_latest(tmp_path: Path) -> None:
    kept = Embeddings(tmp_path, in_memory=1, on_disk=2)
    for seed, key in enumerate("abc"):
        kept.put(key, embedding(seed))
        os.utime(tmp_path / f"{key}.npz", (time.time() - 9 + seed,) * 2)
        if key == "b":
            assert kept.get("a") is not None, "served again: b is older now"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npz", "c.npz"]
    assert kept.get("b") is None
    found = kept.get("c")
    assert found is not None
    assert found.height == 482


def test_what_is_old_goes(tmp_path: Path) -> None:
    kept = Embeddings(tmp_path, oldest=3600)
    kept.put("old", embedding())
    os.utime(tmp_path / "old.npz", (time.time() - 3700,) * 2)
    kept.put("new", embedding())
    assert [path.name for path in tmp_path.iterdir()] == ["new.npz"]


def test_a_damaged_file_or_a_full_disk_costs_an_encoding_and_no_more(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04 cut short")
    (tmp_path / "b.npz").write_bytes(b"junk")
    assert Embeddings(tmp_path).get("a") is None
    assert Embeddings(tmp_path).get("b") is None
    nowhere = Embeddings(tmp_path / "a.npz" / "below a file")
    nowhere.put("c", embedding())
    assert nowhere.get("c") is not None, "memory still has it"
