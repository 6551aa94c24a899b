"""Files: the picture that is right, or a refusal in a sentence."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pipeline.errors import PhotoError, VitrinaError
from tests.cases.conftest import FILES, data_of, heavy, pixels_of
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pipeline.photo.pool import Decoders

SHOWN = [
    # file, the picture that is right, mean and most difference in levels of 255
    ("png-itxt-over-1mb.png", "expected-64.png", 0, 0),
    ("png-badcrc-time.png", "expected-64.png", 0, 0),
    ("jpeg-no-eoi.jpg", "expected-jpeg-no-eoi.png", 0, 0),
    ("tiff-thumbnail-first.tif", "expected.png", 4, 255),
    ("dng-preview-first.dng", "expected.png", 4, 255),
    ("tiff-16bit-whiteiszero.tif", "expected-small.png", 1, 2),
    ("heic-hdr-pq.heic", "expected.png", 4, 255),
    ("avif-p3-nclx.avif", "expected.png", 2, 255),
    ("png-gama-linear16.png", "expected-small.png", 2, 255),
    ("bmp-reserved.bmp", "expected-small.png", 3.2, 255),
]
TRANSPARENT = ["alpha-straightened.webp", "alpha-rounded-corners.png", "alpha-thin-border.webp"]
SECONDS = 5
"""How long a seller's file may take; a busy machine is given three times as much."""


@pytest.mark.parametrize(("name", "right", "mean", "most"), SHOWN)
def test_the_picture_is_right(
    decoders: Decoders, name: str, right: str, mean: float, most: int
) -> None:
    is_grey = name.startswith("tiff-16bit")
    expected = pixels_of(right, "L" if is_grey else "RGB").astype(int)
    shown = decoders.decode(data_of(name)).pixels.astype(int)
    assert shown.shape == expected.shape
    off = np.abs(shown - expected)
    print(f"{name}: mean {off.mean():.2f}, most {off.max()}")  # noqa: T201 - for the lab
    assert (off.mean() <= mean, off.max() <= most) == (True, True)


@pytest.mark.parametrize("name", TRANSPARENT)
def test_a_photo_with_transparent_corners_is_a_photo(decoders: Decoders, name: str) -> None:
    """Without alpha it is cut out like any other."""
    assert decoders.decode(data_of(name)).alpha is None


@pytest.mark.parametrize("name", ["png-2Mx32.png", "jpeg-scans-2000-64mp.jpg"])
def test_it_is_refused_at_once(decoders: Decoders, name: str) -> None:
    began = time.monotonic()
    with pytest.raises(PhotoError):
        decoders.decode(data_of(name))
    assert time.monotonic() - began < 3 * SECONDS


@heavy
def test_ten_large_pictures_at_once(decoders: Decoders) -> None:
    """The memory of all processes together stays under 1.6 GB."""
    data = data_of("png-rgba-64mp.png")
    sizes: list[object] = []
    peaks, ended = [0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.02):
            peaks.append(sum(map(_resident, decoders.pids)))

    def ask() -> None:
        try:
            sizes.append(decoders.decode(data).size)
        except VitrinaError as error:  # refused, where the machine has no time for it
            sizes.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(10)]
    watching = threading.Thread(target=watch)
    watching.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ended.set()
    watching.join()
    print(f"png-rgba-64mp.png: {set(sizes)}, {max(peaks) / 1e6:.0f} MB")  # noqa: T201 - for the lab
    assert len(sizes) == 10
    assert max(peaks) < 1_600_000_000


def _resident(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as told:  # noqa: PTH123 - no file of ours
            return int(told.read().split()[1]) * 4096
    except OSError:  # it has just ended
        return 0


def test_the_lab_names_every_file() -> None:
    told = (ROOT / "docs" / "lab" / "cases.md").read_text("utf-8")
    named = {path.name for path in FILES.iterdir()} - {"cap.jpg"}
    assert [name for name in named if not name.startswith("expected") and name not in told] == []
