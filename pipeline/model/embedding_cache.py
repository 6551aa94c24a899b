"""Embeddings kept, the latest in memory, more on the disk: a second look costs no encoding."""

from __future__ import annotations

import hashlib
import io
import os
import threading
import time
import zipfile
from collections import OrderedDict
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from pipeline.sam import Embedding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.values import Pixels

IN_MEMORY = 16
ON_DISK = 256
"""Each takes 2.1 MB."""
OLDEST_SECONDS = 24 * 3600.0
"""An embedding tells something of its photo: it is not kept longer than it is likely to serve."""


def key_of(pixels: Pixels) -> str:
    """Name a picture by the SHA-256 of its size and its pixels, (height, width, 3) uint8."""
    digest = hashlib.sha256(repr(pixels.shape).encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()


class Embeddings:
    """A cache of one model's embeddings in half precision; may be used from any thread.

    Without ``folder`` only memory is used. What cannot be read from the disk is as good as not
    there, and what cannot be written is not: the photo is then encoded again.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        in_memory: int = IN_MEMORY,
        on_disk: int = ON_DISK,
        oldest: float = OLDEST_SECONDS,
    ) -> None:
        """Keep at most so many, on the disk for ``oldest`` seconds since they last served."""
        self._folder = folder
        self._in_memory, self._on_disk, self._oldest = in_memory, on_disk, oldest
        self._latest = OrderedDict[str, bytes]()
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
        """Keep an embedding, and let go of those that served longest ago."""
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
        """Keep an embedding no longer."""
        with self._lock:
            self._latest.pop(key, None)
        if self._folder is not None:
            with suppress(OSError):
                (self._folder / f"{key}.npz").unlink(missing_ok=True)

    def prune(self) -> None:
        """Let go of what lies on the disk and is too old, or one too many."""
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
        """Find what is too old or one too many, by when it last served."""
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
            self._latest.move_to_end(key)
            while len(self._latest) > self._in_memory:
                self._latest.popitem(last=False)
