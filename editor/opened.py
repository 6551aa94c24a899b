"""What is kept in memory of a photo while its editor is open: at most some 12 MB."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

import cv2
import numpy as np
from cachetools import LRUCache

from editor.wire import MOST, from_plane, rounded
from pipeline.errors import EditorOvertakenError, StorageError
from pipeline.foreground.parts import unpack
from pipeline.photo.encode import encode_jpeg
from pipeline.sam import LOW_RES
from pipeline.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Coroutine, Hashable, Sequence

    from numpy.typing import NDArray

    from bot.services import WorkerContext
    from editor.wire import Logits
    from pipeline.sam import Embedding
    from pipeline.values import Photo, Pixels
    from storage.photos import PhotoRecord

    R = TypeVar("R")

PICTURE_SIDE: Final = 1280
"""The longer side of the picture that the page shows, in pixels."""
PICTURE_QUALITY: Final = 82
SEEN_SIDE: Final = 640
"""The longer side of what painted outlines snap to and thumbnails are made of, in pixels."""
THUMBNAIL_SIDE: Final = 96
THUMBNAIL_QUALITY: Final = 80
MAX_OPEN: Final = 16
MAX_ANSWERS: Final = 32
"""Answers kept of a photo, each of 128 kB, so that an undone tap costs nothing."""
IDLE_SECONDS: Final = 600.0


@dataclass(slots=True, eq=False)
class OpenPhoto:
    """A photo, decoded once: its ``size`` (width, height) in pixels, and what the page shows of it.

    ``picture`` is a JPEG, ``seen`` (h, w, 3) uint8 RGB. ``transparency`` is the mask that the
    photo came with, (256, 256) float32 logits, None for most. ``answers`` are logits of (256, 256)
    float16 by what was asked.
    """

    size: tuple[int, int]
    picture: bytes
    seen: Pixels
    transparency: Logits | None
    _embedding: asyncio.Task[Embedding]
    used_at: float = field(default_factory=time.monotonic)
    answers: LRUCache[Hashable, NDArray[np.float16]] = field(
        default_factory=lambda: LRUCache(MAX_ANSWERS)
    )
    _touching: asyncio.Task[Any] | None = None

    @property
    def has_failed(self) -> bool:
        """Whether the model could not be asked: the photo is to be opened anew."""
        task = self._embedding
        return task.done() and (task.cancelled() or task.exception() is not None)

    async def embedding(self) -> Embedding:
        """Return the photo's embedding. Raises ModelError, OverloadedError."""
        return await asyncio.shield(self._embedding)

    async def newest(self, work: Coroutine[Any, Any, R]) -> R:
        """Do the newest touch's work; one before it that still waits is dropped.

        Raises EditorOvertakenError where a newer one came meanwhile.
        """
        if self._touching is not None:
            self._touching.cancel()
        task: asyncio.Task[R] = asyncio.create_task(work)
        self._touching = task
        try:
            return await task
        except asyncio.CancelledError:
            if self._touching is not task:
                raise EditorOvertakenError("a newer touch came") from None
            task.cancel()
            raise
        finally:
            if self._touching is task:
                self._touching = None

    def close(self) -> None:
        """Stop what still works on it."""
        self._embedding.cancel()


class OpenPhotos:
    """Opens photos once for all requests, and forgets those that nobody asks for."""

    def __init__(self, worker: WorkerContext) -> None:
        self._worker = worker
        self._open: dict[tuple[int, str | None], OpenPhoto] = {}
        self._opening: dict[tuple[int, str | None], asyncio.Task[OpenPhoto]] = {}

    async def get(self, photo: PhotoRecord) -> OpenPhoto:
        """Return a ready photo, opened. Raises StorageError, PhotoError, OverloadedError."""
        key = photo.id, photo.source_file
        found = self._open.get(key)
        if found is None or found.has_failed:
            if key not in self._opening:
                task = self._opening[key] = asyncio.create_task(self._load(photo))
                task.add_done_callback(lambda done: self._opened(key, done))
            found = await asyncio.shield(self._opening[key])
        found.used_at = time.monotonic()
        for other, _ in sorted(self._open.items(), key=lambda item: -item[1].used_at)[MAX_OPEN:]:
            self._open.pop(other).close()
        return found

    def _opened(self, key: tuple[int, str | None], task: asyncio.Task[OpenPhoto]) -> None:
        """Take note of what was opened, also where nobody waits for it any more."""
        del self._opening[key]
        if not task.cancelled() and task.exception() is None:
            self._open[key] = task.result()

    def sweep(self) -> None:
        """Forget what was not asked for lately."""
        before = time.monotonic() - IDLE_SECONDS
        for key in [key for key, one in self._open.items() if one.used_at < before]:
            self._open.pop(key).close()

    def close(self) -> None:
        """Forget everything."""
        for one in self._open.values():
            one.close()
        for task in self._opening.values():
            task.cancel()
        self._open.clear()

    async def mask(self, photo: PhotoRecord, opened: OpenPhoto) -> Logits:
        """Return the photo's own mask, (256, 256) float32 logits. Raises StorageError."""
        selection = await self.selection(photo)
        if selection.logits.size:
            return selection.logits
        if opened.transparency is not None:
            return opened.transparency
        plane = np.ones(opened.seen.shape[:2], np.float32)
        return from_plane(plane, opened.size)

    async def selection(self, photo: PhotoRecord) -> Selection:
        """Return what is chosen in the photo now, nothing where none was found.

        Raises StorageError.
        """
        if photo.mask_file is None:
            return Selection(np.full((LOW_RES, LOW_RES), -MOST, np.float32), 1.0)
        data = await self._worker.files.get(photo.mask_file)
        return await asyncio.to_thread(Selection.from_bytes, data)

    async def candidates(self, photo: PhotoRecord) -> Sequence[Logits]:
        """Return what was offered as the product; nothing of a photo that came cut out."""
        return await self._unpacked(photo.candidates_file)

    async def parts(self, photo: PhotoRecord) -> Sequence[Logits]:
        """Return the numbered parts that are known of the photo."""
        return await self._unpacked(photo.parts_file)

    async def decoded(self, photo: PhotoRecord) -> Photo:
        """Decode the photo again. Raises StorageError, PhotoError, OverloadedError."""
        if photo.source_file is None:
            raise StorageError(f"photo {photo.id} has no file")
        data = await self._worker.files.get(photo.source_file)
        return await asyncio.to_thread(self._worker.studio.decode, data)

    async def _unpacked(self, key: str | None) -> Sequence[Logits]:
        if key is None:
            return ()
        return await asyncio.to_thread(unpack, await self._worker.files.get(key))

    async def _load(self, photo: PhotoRecord) -> OpenPhoto:
        picture = await self.decoded(photo)
        seeing = asyncio.create_task(self._worker.studio.embed(picture), name="editor-embedding")
        # Whoever touches the photo is told; where nobody does, nothing is to be said.
        seeing.add_done_callback(_ended)
        shown, seen, alpha = await asyncio.to_thread(_views, picture)
        return OpenPhoto(picture.size, shown, seen, alpha, seeing)


def _ended(task: asyncio.Task[Embedding]) -> None:
    """Look at how it ended: a task that nobody awaits must not complain of that."""
    if not task.cancelled():
        task.exception()


def _views(photo: Photo) -> tuple[bytes, Pixels, Logits | None]:
    """Make what the page shows, what outlines snap to, and the photo's own mask."""
    shown = shrunk(photo.pixels, PICTURE_SIDE)
    alpha = None if photo.alpha is None else rounded(from_plane(photo.alpha, photo.size))
    return encode_jpeg(shown, quality=PICTURE_QUALITY), shrunk(shown, SEEN_SIDE), alpha


def shrunk(pixels: Pixels, longest: int) -> Pixels:
    """Make a picture, (h, w, 3) uint8 RGB, no larger than ``longest`` pixels a side."""
    height, width = pixels.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return pixels
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
