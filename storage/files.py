"""Files by the SHA-256 of their content, in a folder."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import tempfile
from pathlib import Path

from pipeline.errors import StorageError, StorageUnavailableError

FULL = {errno.ENOSPC, errno.EDQUOT}


class Files:
    """A content-addressed store. What it has named is whole: written aside, synced, renamed."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is made at the first write."""
        self._folder = folder

    async def put(self, data: bytes) -> str:
        """Keep ``data`` and return its key, 64 hexadecimal digits."""
        return await asyncio.to_thread(self._put, data)

    async def get(self, key: str) -> bytes:
        """Return what was kept under ``key``. Raises StorageError where it is gone."""
        return await asyncio.to_thread(self._get, key)

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key[2:]

    def _put(self, data: bytes) -> str:
        key = hashlib.sha256(data).hexdigest()
        path = self._path(key)
        if path.exists():
            return key
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, aside = tempfile.mkstemp(dir=path.parent, suffix=".part")
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


def _sync_folder(folder: Path) -> None:
    """Make a rename durable: the folder's own entry is synced too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
