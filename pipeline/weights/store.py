"""The folder of weights: where each file lies, and whether it is what the manifest says."""

from __future__ import annotations

import hashlib
import os
from enum import StrEnum
from typing import TYPE_CHECKING

from pipeline.errors import WeightsError

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.weights.manifest import Manifest, Weight


class State(StrEnum):
    """What lies in the folder under a weight's name."""

    MISSING = "missing"
    PARTIAL = "partial"
    BAD = "bad"
    OK = "ok"


class Store:
    """The weights in ``folder``; those that ``manifest`` calls shipped lie beside the manifest.

    A file's hash is computed once per process, and again only when its size or time changes.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self._verified: dict[Path, tuple[int, int]] = {}

    def place(self, name: str) -> Path:
        """Say where the file lies or would lie, unchecked."""
        weight = self.manifest.entry(name)
        return (self.manifest.folder if weight.shipped else self.folder) / weight.file

    def part(self, name: str) -> Path:
        """Say where the unfinished download lies or would lie."""
        place = self.place(name)
        return place.with_name(f"{place.name}.part")

    def state(self, name: str) -> State:
        """Look at the file, its size and its hash."""
        place = self.place(name)
        if place.exists():
            return State.BAD if self._fault(name, place) else State.OK
        return State.PARTIAL if self.part(name).exists() else State.MISSING

    def path(self, name: str) -> Path:
        """Return the verified file. Raises WeightsError that says how to get it, offline too."""
        place = self.place(name)
        fault = self._fault(name, place) if place.exists() else "is missing"
        if fault is None:
            return place
        raise WeightsError(f"{place} {fault}.\n{self.advice(name)}")

    def adopt(self, name: str) -> None:
        """Give the finished ``.part`` its name, durably, where its hash is right; else delete it.

        This is the only way a fetched file gets its name. Raises WeightsError on a wrong hash.
        """
        place, part = self.place(name), self.part(name)
        fault = self._fault(name, part)
        if fault is not None:
            part.unlink()
            raise WeightsError(f"what came {fault}; it was deleted")
        _sync(part)
        part.replace(place)
        _sync(place.parent)
        self._verified[place] = self._verified.pop(part)

    def advice(self, name: str) -> str:
        """Say in lines what to do about a missing or bad file, with and without a network."""
        weight = self.manifest.entry(name)
        if weight.shipped:
            return "It belongs to the repository: restore it, for instance with `git checkout`."
        return "\n".join(
            [
                f"Fetch it with `vitrina weights fetch {name}`. Without a network: on another",
                "machine, get it from one of",
                *(f"  {source}" for source in weight.sources),
                f"make sure that it has {weight.bytes:,} bytes and the SHA-256",
                f"  {weight.sha256}",
                f"and save it as {self.place(name).absolute()}",
            ]
        )

    def _fault(self, name: str, path: Path) -> str | None:
        """Say how the file at ``path`` differs from the manifest's entry, if it does."""
        stat = path.stat()
        seen = (stat.st_size, stat.st_mtime_ns)
        if self._verified.get(path) == seen:
            return None
        fault = _difference(path, self.manifest.entry(name))
        if fault is None:
            self._verified[path] = seen
        return fault


def _difference(path: Path, weight: Weight) -> str | None:
    size = path.stat().st_size
    if size != weight.bytes:
        return f"has {size:,} bytes, not {weight.bytes:,}"
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != weight.sha256:
        return f"has the SHA-256 {digest}, not {weight.sha256}"
    return None


def _sync(path: Path) -> None:
    """Wait until the file's bytes, or the folder's names, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
