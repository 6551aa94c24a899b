"""Where a sketch sees sharply, and what it sees elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.sam.fovea import COARSE, FOVEA, corner, counts, joined, merged, together, window
from pipeline.sam.preprocess import INCLUDE, PADDING

CELLS = np.arange(4096, dtype=np.float32)


@pytest.mark.parametrize(
    ("points", "left", "top"),
    [
        (((0, 0),), 0, 0),
        (((1023, 500),), 64 - FOVEA, 22),
        (((500, 1023),), 22, 64 - FOVEA),
        (((320, 480), (352, 512)), 12, 22),
    ],
)
def test_the_window_lies_around_the_points(
    points: tuple[tuple[int, int], ...], left: int, top: int
) -> None:
    rows = np.array([[(x, y, INCLUDE), (0, 0, PADDING)] for x, y in points], np.float32)

    assert corner(rows) == (left, top)


def test_points_share_a_window_while_they_are_near_and_few() -> None:
    near = [(x * 16, 16, INCLUDE) for x in range(6)]
    rows = np.array([[point] for point in (*near, (900, 500, INCLUDE))], np.float32)

    parts = list(together(rows, 4))

    assert [len(part) for part in parts] == [4, 2, 1]
    np.testing.assert_array_equal(np.concatenate(parts), rows)
    assert [len(part) for part in together(rows * 4, 4)] == [2, 2, 2, 1]
    assert not list(together(rows[:0], 4))


@pytest.mark.parametrize("at", [(0, 0), (46, 46), (12, 22)])
def test_each_cell_counts_once(at: tuple[int, int]) -> None:
    whole = counts(*at)

    assert whole.sum() + FOVEA**2 == 4096
    assert set(whole.flat) == {0, 4}


@pytest.mark.parametrize("parts", [1, 4])
@pytest.mark.parametrize("at", [(0, 0), (46, 46), (12, 22)])
def test_cells_are_cut_out_of_their_parts_and_put_back(parts: int, at: tuple[int, int]) -> None:
    left, top = at
    named = np.stack([CELLS, -CELLS])[:, :, None]

    seen = window(np.split(named, parts, axis=1), 1, left, top)

    expected = CELLS.reshape(64, 64)[top : top + FOVEA, left : left + FOVEA]
    np.testing.assert_array_equal(seen[0, :, 0], expected.ravel())
    np.testing.assert_array_equal(seen[1, :, 0], -expected.ravel())
    coarse = merged(CELLS[None])[None].repeat(4, axis=1)
    together = joined(
        np.split(coarse, 2, axis=2), seen[None, 0, :, 0][None].repeat(4, axis=1), left, top
    )
    assert together.shape == (1, 4, 64, 64)
    exact = together[0, 0] == CELLS.reshape(64, 64)
    assert exact.sum() == FOVEA**2
    assert exact[top : top + FOVEA, left : left + FOVEA].all()


def test_merged_cells_are_means_two_by_two() -> None:
    means = merged(np.stack([CELLS, np.ones_like(CELLS)]))

    assert means.shape == (2, COARSE**2)
    assert means[0, 0] == (0 + 1 + 64 + 65) / 4
    assert means[0, -1] == (4095 + 4094 + 4031 + 4030) / 4
    assert (means[1] == 1).all()
