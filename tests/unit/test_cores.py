"""How many cores are counted, and who is told."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import cv2
import pytest

from vitrina.cores import cores, share

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _opencv_as_it_was() -> Iterator[None]:
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)


@pytest.mark.parametrize(
    ("quota", "expected"),
    [("100000 100000", 1), ("50000 100000", 1), ("max 100000", None), ("junk", None)],
)
def test_a_container_is_held_to_its_share(tmp_path: Path, quota: str, expected: int | None) -> None:
    (tmp_path / "cpu.max").write_text(quota + "\n")
    there = len(os.sched_getaffinity(0))
    assert cores(tmp_path / "cpu.max") == (expected or there)
    assert cores(tmp_path / "no such file") == there


def test_processes_share_the_cores_and_opencv_is_told() -> None:
    assert share(0, 0) == share(0, 1) == cores()
    assert share(0, 1000) == 1
    assert share(3, 2) == 3
    assert cv2.getNumThreads() == 3
