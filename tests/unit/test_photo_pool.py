"""Strangers' files in processes of their own: bounded in time and memory, and replaced."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from pipeline.errors import (
    DamagedPhotoError,
    ModelError,
    NotAPictureError,
    OverloadedError,
    PhotoTooHeavyError,
    PhotoTooLargeError,
    PhotoTooLongError,
)
from pipeline.memory_budget import MemoryBudget
from pipeline.photo.decode import decode
from pipeline.photo.formats import Limits
from pipeline.photo.pool import Decoders
from pipeline.photo.reading import in_memory, opening, reading
from tests.conftest import ROOT
from tests.stands.files import FORMATS, corners, file_of, shirt
from tests.stands.heavy import scan_bomb, transparent_png

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def decoders() -> Iterator[Decoders]:
    with Decoders(workers=1) as made:
        yield made


def gone(pid: int) -> bool:
    """Whether a process has ended, or is only waiting to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_gone(pid: int, seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not gone(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_picture_as_in_this_process(decoders: Decoders, form: str) -> None:
    data = file_of(corners(), form)
    photo = decoders.decode(data)
    assert np.array_equal(photo.pixels, decode(data).pixels)
    assert photo.alpha is None


def test_transparency_and_orientation_come_through(decoders: Decoders) -> None:
    rgba = corners().convert("RGBA")
    rgba.putalpha(shirt(*rgba.size))
    exif = Image.Exif()
    exif[0x0112] = 6
    data = file_of(rgba, "PNG", exif=exif)
    there, here = decoders.decode(data), decode(data)
    assert there.size == here.size == (64, 96)
    assert np.array_equal(there.pixels, here.pixels)
    assert there.alpha is not None
    assert here.alpha is not None
    assert np.array_equal(there.alpha, here.alpha)


def test_errors_come_through_with_their_details(decoders: Decoders) -> None:
    with pytest.raises(NotAPictureError):
        decoders.decode(b"no picture")
    with pytest.raises(PhotoTooLargeError) as caught:
        decoders.decode(bytes(100), Limits(bytes=99))
    assert caught.value.details == {"limit": "0 MB"}
    with pytest.raises(PhotoTooLongError) as strip:
        decoders.decode(file_of(Image.new("RGB", (700, 34)), "PNG"))
    assert strip.value.details == {"limit": 20}


def test_a_crash_is_damage_and_the_next_file_is_read(decoders: Decoders) -> None:
    """pi_heif 1.4.0 dies of an item whose type is not UTF-8; a later one may read it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    heic = file_of(Image.new("RGB", (80, 60)), "HEIF", exif=exif.tobytes())
    crashing = heic.replace(b"Exif\0", b"Exi\xe7\0", 1)
    with contextlib.suppress(DamagedPhotoError):
        assert decoders.decode(crashing).size == (60, 80)
    assert decoders.decode(heic).size == (60, 80)


def test_a_process_that_dies_in_the_middle() -> None:
    budget = MemoryBudget(1000, patience=30)
    with Decoders(budget, workers=1) as decoders:
        data = file_of(corners(), "PNG")
        decoders.decode(data)
        for number, told in (
            (signal.SIGSEGV, DamagedPhotoError),
            (signal.SIGKILL, MemoryError),
            (signal.SIGXCPU, PhotoTooHeavyError),
        ):
            (pid,) = decoders.pids
            with budget.reserve(1000):  # the file's header is read, and it waits for memory
                killer = threading.Timer(0.5, os.kill, (pid, number))
                killer.start()
                caught: list[BaseException] = []

                def ask(caught: list[BaseException] = caught) -> None:
                    try:
                        decoders.decode(data)
                    except Exception as error:  # noqa: BLE001 - looked at below
                        caught.append(error)

                asking = threading.Thread(target=ask)
                asking.start()
                killer.join()
                assert wait_gone(pid)
            asking.join(20)
            assert [type(one) for one in caught] == [told]
            assert decoders.decode(data).size == (96, 64)


def test_a_process_that_died_while_idle_is_replaced() -> None:
    with Decoders(workers=1) as decoders:
        data = file_of(corners(), "PNG")
        decoders.decode(data)
        (pid,) = decoders.pids
        os.kill(pid, signal.SIGKILL)
        assert wait_gone(pid)
        assert decoders.decode(data).size == (96, 64)
        assert decoders.pids != [pid]


def test_a_scan_bomb_is_refused_by_its_header() -> None:
    with Decoders(workers=1) as decoders:
        began = time.monotonic()
        with pytest.raises(PhotoTooHeavyError, match="scans"):
            decoders.decode(scan_bomb(8192, 2000))
        assert time.monotonic() - began < 10


def test_what_computes_too_long_is_ended_and_told() -> None:
    bomb = transparent_png(8192)
    with Decoders(workers=1, seconds=0) as decoders:
        with pytest.raises(PhotoTooHeavyError, match="within 0 s of computing"):
            decoders.decode(bomb)
        assert decoders.pids == []


def test_what_hangs_is_ended_by_the_clock() -> None:
    with Decoders(workers=1, wall=0.5) as decoders:
        data = file_of(corners(), "PNG")
        decoders.decode(data)
        (pid,) = decoders.pids
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(PhotoTooHeavyError, match="not decoded within"):
            decoders.decode(data)
        assert wait_gone(pid)


def test_what_takes_too_much_memory_is_refused() -> None:
    large = file_of(Image.new("RGB", (4000, 3000)), "PNG")
    with Decoders(workers=1, memory=30 << 20) as decoders:
        with pytest.raises(PhotoTooHeavyError):
            decoders.decode(large)
        assert decoders.decode(file_of(corners(), "PNG")).size == (96, 64)


def test_closing_ends_what_runs() -> None:
    decoders = Decoders(workers=2)
    caught: list[BaseException] = []

    def ask() -> None:
        try:
            decoders.decode(transparent_png(8192))
        except Exception as error:  # noqa: BLE001 - looked at below
            caught.append(error)

    asking = threading.Thread(target=ask)
    decoders.decode(file_of(corners(), "PNG"))
    pids = decoders.pids
    asking.start()
    time.sleep(0.3)
    began = time.monotonic()
    decoders.close()
    asking.join(10)
    assert not asking.is_alive()
    assert time.monotonic() - began < 5
    assert all(isinstance(error, ModelError | PhotoTooHeavyError) for error in caught)
    assert all(wait_gone(pid) for pid in pids)
    with pytest.raises(ModelError):
        decoders.decode(b"")


PARENT = """
import sys, time
from pipeline.photo.pool import Decoders
from pipeline.photo.reading import in_memory, opening, reading
decoders = Decoders()
decoders.start()
print(*decoders.pids, flush=True)
time.sleep(600)
"""


def test_kill_9_of_the_parent_ends_the_processes() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 2
        parent.kill()
    assert all(wait_gone(pid, 30) for pid in pids)


def test_a_decoder_is_light_and_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", "424242:SECRET")
    with Decoders(workers=1) as decoders:
        decoders.decode(file_of(corners(), "HEIF"))
        (pid,) = decoders.pids
        process = Path(f"/proc/{pid}")
        assert b"SECRET" not in (process / "environ").read_bytes()
        maps = (process / "maps").read_text()
        assert "onnxruntime" not in maps
        assert "cv2" not in maps
        resident = int((process / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        assert resident < 60e6


def test_large_photos_are_kept_at_16_megapixels() -> None:
    for form, size in (("JPEG", (9248, 6936)), ("PNG", (6000, 4000)), ("PNG", (12_000, 1200))):
        image = Image.new("RGB", size, (10, 20, 30))
        image.paste((200, 100, 50), (0, 0, size[0] // 2, size[1]))
        photo = decode(file_of(image, form))
        width, height = photo.size
        assert width * height <= 16 * 1024 * 1024
        assert width <= 6000
        assert width / height == pytest.approx(size[0] / size[1], rel=1e-3)
        edge = photo.pixels[height // 2].astype(int)
        assert np.abs(edge[: width // 2 - 8] - (200, 100, 50)).max() <= 3
        assert np.abs(edge[width // 2 + 8 :] - (10, 20, 30)).max() <= 3


@pytest.mark.parametrize("kept", [100, 30, 7])
def test_bands_leave_no_seams(kept: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shrunk in many bands as in one."""
    noise = np.random.default_rng(3).integers(0, 256, (331, 257, 4), np.uint8)
    data = file_of(Image.fromarray(noise), "PNG")
    limits = Limits(kept=331 * 257 * kept // 100)
    whole = reading(opening(data, limits), limits, in_memory)
    monkeypatch.setattr("pipeline.photo.reading.BAND", 257 * 16)
    parts = reading(opening(data, limits), limits, in_memory)
    assert whole.pixels.shape == parts.pixels.shape
    assert np.abs(whole.pixels.astype(int) - parts.pixels).max() <= 1
    assert whole.alpha is not None
    assert parts.alpha is not None
    assert np.abs(whole.alpha.astype(int) - parts.alpha).max() <= 1


def test_memory_is_had_in_the_order_of_asking() -> None:
    budget, began = MemoryBudget(100, patience=20), list[str]()

    def take(name: str, needed: int) -> None:
        with budget.reserve(needed):
            began.append(name)

    with budget.reserve(80):
        threads = []
        for name, needed in (("large", 1000), ("small", 10)):
            threads.append(threading.Thread(target=take, args=(name, needed)))
            threads[-1].start()
            time.sleep(0.1)
        assert not began
    for thread in threads:
        thread.join()
    assert began == ["large", "small"]
    assert budget.free == 100


def test_memory_that_does_not_come() -> None:
    budget = MemoryBudget(100, patience=0.1)
    with budget.reserve(100), pytest.raises(OverloadedError), budget.reserve(1):
        pass
    with budget.reserve(100):
        assert budget.free == 0


def test_no_other_package_decodes_in_its_own_process() -> None:
    """A file can crash its decoder: the command line's commands are to survive it too."""
    wanted = "from pipeline.photo.decode import decode"
    packages = ("bot", "editor", "pipeline", "playground", "storage", "vitrina")
    paths = [path for package in packages for path in (ROOT / package).rglob("*.py")]
    assert len(paths) > 300
    assert [path.name for path in paths if wanted in path.read_text("utf-8")] == []
