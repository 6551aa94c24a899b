"""An operator's own templates, copied to where nothing else can be read."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Final

from pipeline.errors import CardError

if TYPE_CHECKING:
    from pathlib import Path

COMMON: Final = "common.typ"
SUFFIXES: Final = frozenset({".toml", ".typ", ".png", ".jpg", ".svg"})
FILES_AT_MOST, BYTES_AT_MOST = 200, 4_000_000
"""Of a folder, and of each of its files."""
_PACKAGE = re.compile(r"@(?:preview|local)/")


def stage(folder: Path, common: Path, into: Path) -> None:
    """Copy a folder's templates and pictures to where nothing else is, with ``common``'s parts.

    A template reads only what lies beside it: links that lead out of the folder are refused, and
    so are Typst's packages, which would be fetched. Raises CardError.
    """
    shutil.copy(common, into / COMMON)
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES)
        if len(found) > FILES_AT_MOST:
            raise CardError(f"{folder} has {len(found)} files, at most {FILES_AT_MOST} are read")
        for path in found:
            if not path.resolve().is_relative_to(folder.resolve()):
                raise CardError(f"{path} leads out of its folder")
            if path.stat().st_size > BYTES_AT_MOST:
                raise CardError(f"{path} is larger than {BYTES_AT_MOST} bytes")
            if path.suffix == ".typ" and _PACKAGE.search(path.read_text("utf-8")):
                raise CardError(f"{path} imports a package: only what lies beside it can be used")
            shutil.copyfile(path, into / path.name)
    except (OSError, ValueError) as error:
        raise CardError(f"no templates can be read from {folder}: {error}") from error
