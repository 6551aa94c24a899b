"""The systemd unit: systemd's own verdict on it, and the program under its strictest option."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

UNIT = ROOT / "deploy" / "vitrina.service"
MOST_EXPOSED = "30"
"""Tenths: systemd calls up to 3.0 OK, and 8.8 exposed."""
ANALYZE = shutil.which("systemd-analyze")
WRITE_AND_EXECUTE = "import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)"


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    assert ANALYZE is not None
    return subprocess.run([ANALYZE, *words], capture_output=True, text=True, check=False)


@pytest.mark.skipif(ANALYZE is None, reason="apt-get install systemd")
def test_it_is_well_formed(tmp_path: Path) -> None:
    copy = tmp_path / UNIT.name
    program = "/opt/vitrina/.venv/bin/vitrina"
    text = UNIT.read_text()
    assert f"ExecStart={program} bot" in text
    copy.write_text(text.replace(program, sys.executable))
    run = analyze("verify", str(copy))
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.skipif(ANALYZE is None, reason="apt-get install systemd")
def test_it_is_hardened() -> None:
    run = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(UNIT))
    assert run.returncode == 0, run.stdout[-500:]


def test_it_waits_for_the_program_to_tell() -> None:
    told = dict(line.split("=", 1) for line in UNIT.read_text().splitlines() if "=" in line)
    assert told["Type"] == "notify"
    assert told["WatchdogSec"]
    assert told["MemoryMax"] == "2G"


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() != "x86_64", reason="the filter is x86-64's")
def test_the_program_makes_no_memory_executable(tmp_path: Path, samples: Path) -> None:
    sandbox = [sys.executable, "-m", "tests.stands.sandbox"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "BOT_TOKEN": "", "OPENAI_API_KEY": ""}
    refused = subprocess.run(
        [*sandbox, sys.executable, "-c", WRITE_AND_EXECUTE],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "PermissionError" in refused.stderr
    (tmp_path / "in").mkdir()
    shutil.copy(samples / "yellow-cap.jpg", tmp_path / "in")
    words = ("process", "--input-folder", "in", "--output-folder", "out")
    run = subprocess.run(
        [*sandbox, sys.executable, "-m", "vitrina", *words],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "out" / "yellow-cap" / "result.jpg").is_file()
