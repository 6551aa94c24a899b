"""What was painted on the page: a picture of the mask becomes logits, and snaps where wished."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from editor.wire import from_plane, rounded, valid_part
from pipeline.errors import EditorRequestError
from pipeline.sam import LOW_RES
from pipeline.selection import Selection
from pipeline.values import Photo

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from editor.opened import OpenPhoto
    from pipeline.studio import Studio
    from pipeline.values import Plane

PNG_START: Final = b"\x89PNG\r\n\x1a\n"
HARD: Final = (64.0, 191.0)
"""What the brush that does not snap leaves: outside and inside."""
HARD_WITHIN: Final = 16.0
BESIDE: Final = 2
"""Cells beside the hard brush's way in which alpha would be estimated: the unknown region's."""
MAX_PAINTED: Final = 200 * 1024
"""Bytes."""


async def selection_of(studio: Studio, opened: OpenPhoto, data: bytes, *, snap: bool) -> Selection:
    """Read a painted mask, a PNG of one channel, white inside; ``snap`` moves it to edges near it.

    Where the values are near HARD a brush went that does not snap: there the edge stays as it is.
    Raises EditorRequestError for what is no such picture, PhotoError, NothingFoundError,
    OverloadedError.
    """
    if not data.startswith(PNG_START) or len(data) > MAX_PAINTED:
        raise EditorRequestError("a painted mask is a PNG of 200 kB at most")
    painted = await asyncio.to_thread(studio.decode, data)
    return await asyncio.to_thread(_selection, studio, opened, painted, snap=snap)


def _selection(studio: Studio, opened: OpenPhoto, painted: Photo, *, snap: bool) -> Selection:
    values = painted.pixels[:, :, 0].astype(np.float32)
    if painted.alpha is not None:  # what is hidden of it reads as white
        values *= painted.alpha
    exact = _exact(values, opened.size)
    logits = from_plane(values * np.float32(1 / 255), opened.size)
    if snap:
        asked = Selection(logits, 1.0, exact=exact)
        logits = from_plane(studio.cut_out(Photo(opened.seen), asked).alpha, opened.size)
    return Selection(rounded(logits), 1.0, exact=exact)


def _exact(values: Plane, size: tuple[int, int]) -> NDArray[np.bool_] | None:
    """Return where the hard brush went, and beside it, (256, 256) bool; None where nowhere."""
    hard = np.zeros(values.shape, np.float32)
    for level in HARD:
        hard[np.abs(values - level) < HARD_WITHIN] = 1
    if not hard.any():
        return None
    exact = np.zeros((LOW_RES, LOW_RES), np.bool_)
    part = valid_part(exact, size)
    small = cv2.resize(hard, part.shape[::-1], interpolation=cv2.INTER_AREA)
    beside = np.ones((2 * BESIDE + 1,) * 2, np.uint8)
    part[:] = cv2.dilate((small > 0).astype(np.uint8), beside) > 0
    return exact
