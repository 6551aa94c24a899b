"""The command line as a person runs it: real processes, real weights, real photos."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.stands.captions import Captions

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

PLAIN = {"BOT_TOKEN": "", "OPENAI_API_KEY": "", "OPENAI_BASE_URL": ""}


def vitrina(
    folder: Path, *words: str | Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vitrina", *map(str, words)],
        cwd=folder,
        env={**os.environ, **PLAIN, **environment},
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path, samples: Path) -> Path:
    """A working folder with `in/`: one good photo, one text file that is named like a photo."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "cap.jpg").write_bytes((samples / "yellow-cap.jpg").read_bytes())
    (tmp_path / "in" / "fake.jpg").write_text("no picture at all")
    (tmp_path / "in" / "notes.txt").write_text("left alone")
    return tmp_path


def test_a_folder_with_a_bad_file(folder: Path) -> None:
    options = ("process", "--input-folder", "in", "--output-folder", "out")
    first = vitrina(folder, *options, "--add-background", "green", "--workers", "2")
    assert first.returncode == 1
    assert "fake.jpg" in first.stderr
    assert "1 done, 0 there already, 1 failed" in first.stderr
    made = folder / "out" / "cap"
    names = {path.name for path in made.iterdir()}
    assert names == {"original.jpg", "segments.jpg", "cutout.png", "result.jpg", "about.json"}
    assert (made / "original.jpg").read_bytes() == (folder / "in" / "cap.jpg").read_bytes()

    sent = cv2.imread(str(made / "original.jpg"))
    cut = cv2.imread(str(made / "cutout.png"), cv2.IMREAD_UNCHANGED)
    assert sent is not None
    assert cut is not None
    assert cut.shape == (*sent.shape[:2], 4)
    opaque = (cut[:, :, 3] > 127).mean()
    assert 0.15 < opaque < 0.6, "the cap fills about a third of its photo"
    middle = cut[cut.shape[0] // 2, cut.shape[1] // 2]
    assert middle[3] == 255
    result = cv2.imread(str(made / "result.jpg"))
    assert result is not None
    corner = result[:8, :8].reshape(-1, 3).mean(axis=0)
    assert corner[1] > corner[2] + 10, "green, not the red bed"

    before = (made / "result.jpg").stat().st_mtime_ns
    (folder / "in" / "fake.jpg").unlink()
    second = vitrina(folder, *options, "--add-background", "green")
    assert second.returncode == 0
    assert "0 done, 1 there already, 0 failed" in second.stderr
    assert (made / "result.jpg").stat().st_mtime_ns == before


async def test_captions_and_an_own_background(folder: Path) -> None:
    captions = Captions()
    await captions.start()
    (folder / "in" / "fake.jpg").unlink()
    (folder / "in" / "cap.txt").write_text("Кепка, 900 ₽")
    Image.new("CMYK", (1500, 1000), (0, 40, 90, 0)).save(folder / "own.jpg")
    run = await asyncio.to_thread(
        vitrina,
        folder,
        *("process", "--input-folder", "in", "--output-folder", "out"),
        *("--add-background", "own.jpg", "--market", "avito"),
        OPENAI_API_KEY="sk-test-0123456789",
        OPENAI_BASE_URL=captions.url,
    )
    await captions.stop()
    assert run.returncode == 0, run.stderr
    made = folder / "out" / "cap"
    assert len((made / "caption.txt").read_text().split()) > 5
    assert "• Цена: 900 ₽" in (made / "caption.txt").read_text()
    assert "Кепка, 900 ₽" in str(captions.requests[0])
    listing = json.loads((made / "listing.json").read_text())
    table = (folder / "out" / "avito.csv").read_text("utf-8-sig").splitlines()
    assert table[0] == "Id,Title,Description,Price,ImageNames"
    assert table[1].startswith(f"cap,{listing['title']},")
    assert json.loads((made / "about.json").read_text())["captioned"]
    result = np.asarray(Image.open(made / "result.jpg").convert("RGB"))
    with Image.open(folder / "own.jpg") as own:
        expected = np.asarray(own.convert("RGB"))[0, 0]
    assert np.abs(result[:8, :8].reshape(-1, 3).mean(axis=0) - expected).max() < 12


def test_an_unknown_background_is_named_before_any_work(folder: Path) -> None:
    run = vitrina(
        folder, "process", "--input-folder", "in", "--output-folder", "out",
        "--add-background", "purple",
    )  # fmt: skip
    assert run.returncode == 1
    assert "'purple' is neither a preset" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_folder_that_is_not_ours_is_left_alone(folder: Path) -> None:
    (folder / "in" / "fake.jpg").unlink()
    theirs = folder / "out" / "cap" / "diary.txt"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("mine")
    run = vitrina(folder, "process", "--input-folder", "in", "--output-folder", "out")
    assert run.returncode == 1
    assert theirs.read_text() == "mine"


def test_doctor_says_what_there_is(tmp_path: Path) -> None:
    run = vitrina(tmp_path, "doctor")
    assert run.returncode == 0, run.stdout + run.stderr
    told = " ".join(run.stdout.split())
    assert "mobile-sam on cpu in this process" in told
    assert "encodes in" in told
    assert "BAD" not in run.stdout


def test_doctor_without_weights_says_what_to_do(tmp_path: Path) -> None:
    run = vitrina(tmp_path, "doctor", WEIGHTS_DIR=str(tmp_path))
    assert run.returncode == 1
    assert "vitrina weights fetch" in run.stdout


def test_bot_without_a_token_says_so(tmp_path: Path) -> None:
    run = vitrina(tmp_path, "bot")
    assert run.returncode == 1
    assert run.stderr.strip() == "vitrina: BOT_TOKEN is not set; see docs/run-a-bot.md"


def test_a_token_that_is_none_is_told_in_a_line(tmp_path: Path) -> None:
    run = vitrina(tmp_path, "bot", BOT_TOKEN="hello")
    assert run.returncode == 1
    assert run.stderr.strip() == "vitrina: BOT_TOKEN is no bot token; see docs/run-a-bot.md"


def test_where_a_gpu_is_required_the_cpu_is_none(tmp_path: Path) -> None:
    run = vitrina(tmp_path, "bot", "--require-gpu", BOT_TOKEN=f"123456:{'a' * 35}", DEVICE="cpu")
    assert run.returncode == 1
    assert run.stderr.strip() == "vitrina: a GPU is required, and mobile-sam runs on: cpu"


def test_wrong_settings_are_named_without_their_values(tmp_path: Path) -> None:
    run = vitrina(tmp_path, "doctor", THREADS="many-secret")
    assert run.returncode == 1
    said = run.stdout + run.stderr
    assert "THREADS" in said
    assert "many-secret" not in said
    assert "Traceback" not in said
