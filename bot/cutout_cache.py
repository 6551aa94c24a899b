"""The cut-outs of recent photos, so that another backdrop never runs SAM again."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

from cachetools import LRUCache

from pipeline.errors import StorageError
from pipeline.photo.enlarge import enlarged
from pipeline.selection import Selection
from pipeline.values import CutOut

if TYPE_CHECKING:
    from pipeline.studio import Studio
    from storage.files import FileStore
    from storage.photos import PhotoRecord


class CutOutCache:
    """Keeps the newest in memory, within a budget of bytes; makes others again from their files.

    The file store holds the photo and the mask that was chosen in it: the soft outline is
    worked out anew, without the model.
    """

    def __init__(
        self, studio: Studio, files: FileStore, *, budget: int = 128 * 1024 * 1024
    ) -> None:
        """``budget`` is in bytes of arrays; the newest cut-out is kept whatever its size."""
        self._studio = studio
        self._files = files
        self._kept = LRUCache[tuple[int, str | None, int | None], CutOut](
            budget, getsizeof=lambda cut_out: min(_size(cut_out), budget)
        )

    def put(self, photo_id: int, mask_file: str | None, cut_out: CutOut) -> None:
        """Keep a photo's cut-out that was just made by a mask, in the photo's own size."""
        self._kept[photo_id, mask_file, None] = cut_out

    def drop(self, photo_id: int) -> None:
        """Forget a photo's cut-outs."""
        for key in [key for key in self._kept if key[0] == photo_id]:
            del self._kept[key]

    async def get(self, photo: PhotoRecord) -> CutOut:
        """Return a ready photo's cut-out. Raises StorageError where its files are gone."""
        key = photo.id, photo.mask_file, photo.enlarged_to
        cut_out = self._kept.get(key)
        if cut_out is None:
            if photo.mask_file is None:
                raise StorageError(f"photo {photo.id} has no files")
            mask = Selection.from_bytes(await self._files.get(photo.mask_file))
            cut_out = await self._made(photo, mask)
        self._kept[key] = cut_out
        return cut_out

    async def of(self, photo: PhotoRecord, mask: Selection) -> CutOut:
        """Return a photo's cut-out by another mask, known by the key that its file would have.

        Raises NothingFoundError where nothing is left of it, StorageError, OverloadedError.
        """
        data = await asyncio.to_thread(mask.to_bytes)
        key = photo.id, hashlib.sha256(data).hexdigest(), photo.enlarged_to
        cut_out = self._kept.get(key)
        if cut_out is None:
            # In half precision, as it is read back: the same picture comes of it.
            cut_out = await self._made(photo, Selection.from_bytes(data))
        self._kept[key] = cut_out
        return cut_out

    async def _made(self, photo: PhotoRecord, mask: Selection) -> CutOut:
        if photo.source_file is None:
            raise StorageError(f"photo {photo.id} has no files")
        source = await self._files.get(photo.source_file)
        return await asyncio.to_thread(
            lambda: self._studio.cut_out(
                enlarged(self._studio.decode(source), photo.enlarged_to or 0), mask
            )
        )


def _size(cut_out: CutOut) -> int:
    return cut_out.foreground.nbytes + cut_out.alpha.nbytes
