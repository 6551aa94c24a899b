"""Files that were sent, and the paths under which the bot may fetch them for an hour."""

from __future__ import annotations

import asyncio
import itertools
import mimetypes
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from playground.chats.photos import sizes
from playground.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playground.chats.photos import Size
    from playground.errors import Json

MAX_DOWNLOAD: Final = 20 * 1024 * 1024
"""Bytes of a file that a bot may fetch."""
PATH_SECONDS: Final = 3600.0
"""How long a path holds."""
KEPT_BYTES: Final = 1024 * 1024 * 1024
"""All files together: the oldest are forgotten beyond it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file: its bytes, its name as sent, its type, and the folder of its path.

    ``shown`` is what a message with it has.
    """

    data: bytes
    name: str
    mime: str
    folder: str
    shown: Json


async def in_a_thread(data: bytes) -> list[Size]:
    """Make the sizes of a photo beside the event loop. Raises RefusedError as `sizes` does."""
    return await asyncio.to_thread(sizes, data)


class Files:
    """All files of all chats, by file id."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        resize: Callable[[bytes], Awaitable[list[Size]]] = in_a_thread,
        kept_bytes: int = KEPT_BYTES,
    ) -> None:
        """``clock`` tells seconds; ``resize`` makes the sizes of a photo, smallest first.

        Beyond ``kept_bytes`` the oldest files are forgotten.
        """
        self._clock = clock
        self._resize = resize
        self._kept_bytes = kept_bytes
        self._kept: dict[str, Kept] = {}
        self._bytes = 0
        self._paths: dict[str, tuple[str, float]] = {}
        self._numbers = itertools.count(1)

    def __getitem__(self, file_id: str) -> Kept:
        """Return a file. Raises KeyError."""
        return self._kept[file_id]

    def __contains__(self, file_id: str) -> bool:
        """Tell whether there is a file of this id."""
        return file_id in self._kept

    async def add_photo(self, data: bytes) -> list[Json]:
        """Keep a photo in Telegram's sizes; return them as `PhotoSize`, smallest first.

        Raises RefusedError for what Telegram takes for no photo.
        """
        return self.add_sizes(await self._resize(data))

    def add_sizes(self, made: list[Size]) -> list[Json]:
        """Keep the sizes of a photo; return them as `PhotoSize`, in the same order."""
        photo: list[Json] = []
        for size in made:
            kept = Kept(size.data, "photo.jpg", "image/jpeg", "photos", {"photo": photo})
            entry = self._add(kept, "AgAC")
            photo.append({**entry, "width": size.width, "height": size.height})
        return photo

    def add_document(self, data: bytes, name: str) -> Json:
        """Keep a file as it is; return its `Document`."""
        mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
        document = {"file_name": name, "mime_type": mime}
        kept = Kept(data, name, mime, "documents", {"document": document})
        document |= self._add(kept, "BQAC")
        return document

    def path(self, file_id: str) -> Json:
        """Return the `File` with a new path. Raises RefusedError for none, and for large ones."""
        if file_id not in self._kept:
            raise RefusedError("invalid file_id")
        kept = self._kept[file_id]
        if len(kept.data) > MAX_DOWNLOAD:
            raise RefusedError("file is too big")
        ending = kept.name.rpartition(".")[2] if "." in kept.name else "bin"
        path = f"{kept.folder}/file_{next(self._numbers)}.{ending}"
        self._paths[path] = (file_id, self._clock() + PATH_SECONDS)
        return {
            "file_id": file_id,
            "file_unique_id": file_id[-16:],
            "file_size": len(kept.data),
            "file_path": path,
        }

    def at(self, path: str) -> Kept | None:
        """Return what lies at a path that still holds."""
        file_id, until = self._paths.get(path, ("", 0.0))
        return self._kept.get(file_id) if self._clock() < until else None

    def keep(self, file_id: str, kept: Kept) -> None:
        """Keep a file under an id that nobody has."""
        self._kept[file_id] = kept
        self._bytes += len(kept.data)
        while self._bytes > self._kept_bytes and len(self._kept) > 1:
            oldest = next(iter(self._kept))
            self._bytes -= len(self._kept.pop(oldest).data)

    def _add(self, kept: Kept, prefix: str) -> Json:
        file_id = f"{prefix}{secrets.token_urlsafe(36)}"
        self.keep(file_id, kept)
        return {
            "file_id": file_id,
            "file_unique_id": file_id[-16:],
            "file_size": len(kept.data),
        }
