"""Touches: what taps and boxes mean, worked out from the first to the last.

A page always sends all of them, so an answer depends on nothing that this process has to remember:
what it has answered it knows, and what it does not know, after a restart or on another machine, it
works out again.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np

from editor.reading import NOW, PAINTED
from editor.wire import rounded
from pipeline.errors import EditorRequestError
from pipeline.foreground import Clicks
from pipeline.foreground.parts import mended
from pipeline.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Hashable

    from bot.services import WorkerContext
    from editor.opened import OpenPhoto, OpenPhotos
    from editor.reading import Outline
    from editor.wire import Logits
    from storage.photos import PhotoRecord


async def outline(
    worker: WorkerContext,
    photos: OpenPhotos,
    photo: PhotoRecord,
    asked: Outline,
    painted: str | None,
) -> Logits:
    """Return what was asked for, (256, 256) float32 logits over the padded square.

    ``painted`` is the file of what was painted last. Raises EditorRequestError for what means
    nothing, ModelError, OverloadedError, StorageError.
    """
    opened = await photos.get(photo)
    begun: Hashable = (
        asked.starts_at,
        {NOW: photo.mask_file, PAINTED: painted}.get(asked.starts_at or ""),
        asked.parts,
        asked.box,
    )
    mask: Logits | None
    for count in range(len(asked.clicks), -1, -1):
        kept = opened.answers.get((begun, asked.clicks[:count]))
        if kept is not None:
            mask = kept.astype(np.float32)
            break
    else:
        count, mask = 0, await _begun(worker, photos, opened, photo, asked, painted)
        _keep(opened, (begun, ()), mask)
    width, height = opened.size
    points = tuple((one.x * width, one.y * height, one.label == 1) for one in asked.clicks)
    for number in range(count, len(points)):
        clicks = Clicks(points[: number + 1], _box(asked, opened), mask)
        mask = await _refined(worker, opened, clicks)
        _keep(opened, (begun, asked.clicks[: number + 1]), mask)
    if mask is None:
        raise EditorRequestError("a touch of nothing")
    return mask


async def _begun(
    worker: WorkerContext,
    photos: OpenPhotos,
    opened: OpenPhoto,
    photo: PhotoRecord,
    asked: Outline,
    painted: str | None,
) -> Logits | None:
    """Return the mask that clicks go on from: the base, its parts toggled, what the box means."""
    mask = await _base(worker, photos, opened, photo, asked.starts_at, painted)
    if asked.parts and mask is not None:
        parts = await photos.parts(photo)
        mask, _ = await asyncio.to_thread(mended, mask, parts, asked.parts)
    box = _box(asked, opened)
    return mask if box is None else await _refined(worker, opened, Clicks(box=box, mask=mask))


async def _base(
    worker: WorkerContext,
    photos: OpenPhotos,
    opened: OpenPhoto,
    photo: PhotoRecord,
    base: str | None,
    painted: str | None,
) -> Logits | None:
    if base is None:
        return None
    if base == NOW:
        return await photos.mask(photo, opened)
    if base == PAINTED:
        if painted is None:
            raise EditorRequestError("nothing was painted")
        data = await worker.files.get(painted)
        return (await asyncio.to_thread(Selection.from_bytes, data)).logits
    candidates = await photos.candidates(photo)
    if int(base) > len(candidates):
        raise EditorRequestError(f"there is no candidate {base}")
    return candidates[int(base) - 1]


async def _refined(worker: WorkerContext, opened: OpenPhoto, clicks: Clicks) -> Logits:
    found = await worker.studio.refine(await opened.embedding(), clicks)
    return rounded(found.logits)


def _box(asked: Outline, opened: OpenPhoto) -> tuple[float, float, float, float] | None:
    """Return the box in the photo's pixels, its sides in order and a pixel apart."""
    if asked.box is None:
        return None
    width, height = opened.size
    (left, right), (top, bottom) = sorted(asked.box[::2]), sorted(asked.box[1::2])
    left, top = min(left * width, width - 1.0), min(top * height, height - 1.0)
    return left, top, max(right * width, left + 1), max(bottom * height, top + 1)


def _keep(opened: OpenPhoto, key: Hashable, mask: Logits | None) -> None:
    if mask is not None:
        opened.answers[key] = mask.astype(np.float16)
