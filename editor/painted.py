"""What was painted on the page: a picture of the mask becomes logits, and snaps where wished."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import numpy as np

from editor.wire import from_plane, rounded
from pipeline.errors import EditorRequestError
from pipeline.studio import Selection
from pipeline.values import Photo

if TYPE_CHECKING:
    from editor.opened import OpenPhoto
    from editor.wire import Logits
    from pipeline.studio import Studio

PNG_START: Final = b"\x89PNG\r\n\x1a\n"
MAX_PAINTED: Final = 200 * 1024
"""Bytes."""


async def logits_of(studio: Studio, opened: OpenPhoto, data: bytes, *, snap: bool) -> Logits:
    """Read a painted mask, a PNG of one channel, white inside; ``snap`` moves it to edges near it.

    Returns (256, 256) float32 logits over the padded square. Raises EditorRequestError for what is
    no such picture, PhotoError, NothingFoundError, OverloadedError.
    """
    if not data.startswith(PNG_START) or len(data) > MAX_PAINTED:
        raise EditorRequestError("a painted mask is a PNG of 200 kB at most")
    painted = await asyncio.to_thread(studio.decode, data)
    return await asyncio.to_thread(_logits, studio, opened, painted, snap=snap)


def _logits(studio: Studio, opened: OpenPhoto, painted: Photo, *, snap: bool) -> Logits:
    plane = painted.pixels[:, :, 0].astype(np.float32) * np.float32(1 / 255)
    if painted.alpha is not None:  # what is hidden of it reads as white
        plane *= painted.alpha
    logits = from_plane(plane, opened.size)
    if snap:
        cut = studio.cut_out(Photo(opened.seen), Selection(logits, 1.0))
        logits = from_plane(cut.alpha, opened.size)
    return rounded(logits)
