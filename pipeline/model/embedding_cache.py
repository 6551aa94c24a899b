"""A cache of embeddings, the latest in memory and more on the disk, so that none is made twice."""

from __future__ import annotations

import hashlib
import io
import os
import threading
import time
import zipfile
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
from cachetools import LRUCache

from pipeline.sam import Embedding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.values import Pixels

MAX_IN_MEMORY = 16
MAX_ON_DISK = 256
"""Each takes 2.1 MB."""
MAX_AGE_SECONDS = 24 * 3600.0
"""An embedding is derived from a seller's photo, so it is kept no longer than it is of use."""


def key_of(pixels: Pixels) -> str:
    """Name a picture by the SHA-256 of its size and its pixels, (height, width, 3) uint8 RGB."""
    digest = hashlib.sha256(repr(pixels.shape).encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()


class Embeddings:
    """A cache of one model's embeddings in half precision; may be used from any thread.

    Without ``folder`` only memory is used. A file that cannot be read or written counts as a miss:
    the photo is then encoded again.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        in_memory: int = MAX_IN_MEMORY,
        on_disk: int = MAX_ON_DISK,
        oldest: float = MAX_AGE_SECONDS,
    ) -> None:
        """Keep at most so many, on the disk for ``oldest`` seconds since they last served."""
        self._folder = folder
        self._on_disk, self._oldest = on_disk, oldest
        self._latest = LRUCache[str, bytes](in_memory)
        self._lock = threading.Lock()

    def get(self, key: str) -> Embedding | None:
        """Return what is kept under ``key``, its features rounded to half precision."""
        data = self._remembered(key)
        if data is None and self._folder is not None:
            path = self._folder / f"{key}.npz"
            with suppress(OSError):
                data = path.read_bytes()
                os.utime(path)
        if data is None:
            return None
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                features = arrays["features"].astype(np.float32)
                width, height = (int(value) for value in arrays["size"])
            embedding = Embedding(features, width=width, height=height)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            return None
        self._remember(key, data)
        return embedding

    def put(self, key: str, embedding: Embedding) -> None:
        """Keep an embedding, and evict the least recently used."""
        buffer = io.BytesIO()
        np.savez(
            buffer,
            features=embedding.features.astype(np.float16),
            size=np.array([embedding.width, embedding.height]),
        )
        data = buffer.getvalue()
        self._remember(key, data)
        if self._folder is not None:
            with suppress(OSError):
                self._write(self._folder, key, data)

    def drop(self, key: str) -> None:
        """Remove an embedding."""
        with self._lock:
            self._latest.pop(key, None)
        if self._folder is not None:
            with suppress(OSError):
                (self._folder / f"{key}.npz").unlink(missing_ok=True)

    def prune(self) -> None:
        """Remove from the disk what is too old, and the least recently used beyond the limit."""
        if self._folder is not None:
            with suppress(OSError):
                for path in self._superfluous(self._folder):
                    path.unlink(missing_ok=True)

    def _write(self, folder: Path, key: str, data: bytes) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        aside = folder / f".{key}-{os.getpid()}-{threading.get_ident()}"
        try:
            aside.write_bytes(data)
            aside.replace(folder / f"{key}.npz")
        except OSError:
            aside.unlink(missing_ok=True)
            raise
        self.prune()

    def _superfluous(self, folder: Path) -> Iterator[Path]:
        """Find the files to evict, by their times of last use."""
        with os.scandir(folder) as entries:
            served = sorted(
                ((entry.stat().st_mtime, entry.name) for entry in entries), reverse=True
            )
        past = time.time() - self._oldest
        for place, (when, name) in enumerate(served):
            if place >= self._on_disk or when < past:
                yield folder / name

    def _remembered(self, key: str) -> bytes | None:
        with self._lock:
            return self._latest.get(key)

    def _remember(self, key: str, data: bytes) -> None:
        with self._lock:
            self._latest[key] = data
