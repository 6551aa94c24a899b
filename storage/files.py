"""Files by the SHA-256 of their content: the store's interface, and the one in a folder."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pipeline.errors import StorageError, StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Collection

FULL = {errno.ENOSPC, errno.EDQUOT}
RESERVE = 500 * 1024 * 1024
"""Bytes that stay free on the folder's disk: the database and its log grow there too."""
PART = ".part"
ABANDONED_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in the store: its key, its size in bytes, when it was last put (Unix time)."""

    key: str
    size: int
    kept_at: float


class FileStore(Protocol):
    """A content-addressed store. What it has named is whole.

    ``is_full`` is kept by the upkeep: meanwhile no pictures are taken from sellers.
    """

    is_full: bool

    async def put(self, data: bytes) -> str:
        """Keep ``data`` and return its key, 64 hexadecimal digits.

        Raises StorageUnavailableError where there is no room or no answer now.
        """
        ...

    async def get(self, key: str) -> bytes:
        """Return what was kept under ``key``. Raises StorageError where it is gone."""
        ...

    async def entries(self) -> list[Entry]:
        """Return all that is kept, oldest first."""
        ...

    async def delete(self, keys: Collection[str]) -> None:
        """Delete files; what is not there any more is passed over."""
        ...

    async def free(self) -> int:
        """Return how many more bytes may be put before it is full."""
        ...


class Files:
    """The store in a folder: a file is written aside, synced, renamed."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is made at the first write."""
        self._folder = folder
        self.is_full = False

    async def put(self, data: bytes) -> str:
        """Keep ``data``; a file that is there already counts as new."""
        return await asyncio.to_thread(self._put, data)

    async def get(self, key: str) -> bytes:
        """Return what was kept under ``key``. Raises StorageError where it is gone."""
        return await asyncio.to_thread(self._get, key)

    async def entries(self) -> list[Entry]:
        """Walk the folder; parts that a crash left are removed on the way."""
        return await asyncio.to_thread(self._entries)

    async def delete(self, keys: Collection[str]) -> None:
        """Delete files."""
        await asyncio.to_thread(self._delete, keys)

    async def free(self) -> int:
        """Return what the disk has left above its reserve."""
        return await asyncio.to_thread(lambda: shutil.disk_usage(self._existing()).free - RESERVE)

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key[2:]

    def _existing(self) -> Path:
        folder = self._folder.absolute()
        while not folder.exists():
            folder = folder.parent
        return folder

    def _put(self, data: bytes) -> str:
        key = hashlib.sha256(data).hexdigest()
        path = self._path(key)
        try:
            if path.exists():
                os.utime(path)
                return key
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, aside = tempfile.mkstemp(dir=path.parent, suffix=PART)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                Path(aside).replace(path)
            except OSError:
                Path(aside).unlink(missing_ok=True)
                raise
            _sync_folder(path.parent)
        except OSError as error:
            kind = StorageUnavailableError if error.errno in FULL else StorageError
            raise kind(f"cannot keep a file in {self._folder}: {error}") from error
        return key

    def _get(self, key: str) -> bytes:
        try:
            return self._path(key).read_bytes()
        except OSError as error:
            raise StorageError(f"file {key} cannot be read: {error}") from error

    def _delete(self, keys: Collection[str]) -> None:
        for key in keys:
            self._path(key).unlink(missing_ok=True)

    def _entries(self) -> list[Entry]:
        found = []
        for path in self._folder.glob("??/*"):
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            if path.suffix != PART:
                found.append(Entry(path.parent.name + path.name, status.st_size, status.st_mtime))
            elif status.st_mtime < time.time() - ABANDONED_SECONDS:
                path.unlink(missing_ok=True)
        return sorted(found, key=lambda entry: entry.kept_at)


def _sync_folder(folder: Path) -> None:
    """Make a rename durable: the folder's own entry is synced too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
