"""Thumbnails of backgrounds, which the page asks for where it lists them, and not before."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from bot.steps.render import backdrop_of
from editor.opened import THUMBNAIL_QUALITY, THUMBNAIL_SIDE, shrunk
from pipeline.errors import BackdropError
from pipeline.photo.encode import encode_jpeg
from storage.backdrops import OWN, PRESET

if TYPE_CHECKING:
    from bot.services import WorkerContext
    from pipeline.backdrops import Backdrop
    from storage.photos import PhotoRecord

PLACE: Final = "backdrops/"
"""Where the presets' are, below the page: they are everyone's."""


def preset_url(ref: str) -> str:
    """Return where a preset's thumbnail is."""
    return PLACE + quote(ref.removeprefix(PRESET), safe="")


class Swatches:
    """Draws thumbnails; a preset's once."""

    def __init__(self, worker: WorkerContext) -> None:
        self._worker = worker
        self._presets: dict[str, bytes] = {}

    async def preset(self, name: str) -> bytes:
        """Return a preset's as a JPEG. Raises BackdropError where there is none of that name."""
        if name not in self._presets:
            backdrop = await asyncio.to_thread(self._worker.studio.preset, name)
            self._presets[name] = await asyncio.to_thread(_drawn, backdrop)
        return self._presets[name]

    async def own(self, photo: PhotoRecord, ref: str) -> bytes:
        """Return that of the photo's seller's own background. Raises BackdropError for another."""
        if not ref.startswith(OWN):
            raise BackdropError(f"{ref!r} is nobody's own")
        return await asyncio.to_thread(_drawn, await backdrop_of(self._worker, photo, ref))


def _drawn(backdrop: Backdrop) -> bytes:
    return encode_jpeg(shrunk(backdrop.pixels, THUMBNAIL_SIDE), quality=THUMBNAIL_QUALITY)
