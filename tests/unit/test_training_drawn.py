from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from training.drawn import NAMES, drawn, pictures

if TYPE_CHECKING:
    from pathlib import Path

FLOOR = np.array([90, 120, 60], np.float32)


@pytest.fixture
def ring(tmp_path: Path) -> Path:
    """A white ring with a hole on nothing, 64 pixels wide."""
    y, x = np.mgrid[:64, :64] - 31.5
    shown = (np.abs(np.hypot(x, y) - 20) < 6).astype(np.uint8)
    Image.fromarray(np.dstack([shown * 250] * 3 + [shown * 255]), "RGBA").save(
        tmp_path / "ring.webp", lossless=True
    )
    return tmp_path / "ring.webp"


@pytest.mark.parametrize("seed", range(8))
def test_what_was_drawn_keeps_its_shape_and_its_hole(ring: Path, seed: int) -> None:
    piece = drawn(np.random.default_rng(seed), ring, FLOOR)
    height, width = piece.alpha.shape
    assert height == pytest.approx(3 * 52, abs=6)
    assert width == pytest.approx(3 * 52, abs=6)
    assert piece.alpha[height // 2, width // 2] == 0
    area = np.pi * (26**2 - 14**2) * 9
    assert (piece.alpha > 0.5).sum() == pytest.approx(area, rel=0.05)


def test_its_rim_is_not_darkened_by_the_nothing_around_it(ring: Path) -> None:
    piece = drawn(np.random.default_rng(0), ring, FLOOR)
    rim = piece.pixels[(piece.alpha > 0.2) & (piece.alpha < 0.8)]
    inside = piece.pixels[piece.alpha > 0.99]
    assert rim.size
    assert np.abs(rim.mean(0) - inside.mean(0)).max() < 8


def test_a_missing_picture_is_named(tmp_path: Path) -> None:
    names = NAMES.read_text().split()
    assert len(names) == len(set(names)) > 600
    for name in names[1:]:
        (tmp_path / f"{name}.webp").touch()
    with pytest.raises(FileNotFoundError, match=names[0]):
        pictures(tmp_path)
