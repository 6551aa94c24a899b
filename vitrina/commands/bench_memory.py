"""Many photos of different contents and sizes the whole way, and the memory watched over them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.photo.encode import encode_jpeg
from pipeline.selection import Selection
from vitrina.memory import resident

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.backdrops import Backdrop
    from pipeline.studio import Studio
    from pipeline.values import Pixels

SIDES = (640, 900, 1280, 1600, 2000, 2560, 3200, 4000)
"""The photos' longer sides."""
WARM = 3 * len(SIDES)
"""Photos after which a process has seen all sizes, and its cache of embeddings is full."""
SETTLED_SECONDS = 0.05
"""A thread lets go of what it was given a moment after it has answered."""


def different(pixels: Pixels, number: int) -> Iterator[Pixels]:
    """Make photos of different contents and sizes out of one."""
    for index in range(number):
        rolled = np.roll(pixels, 37 * index, axis=1)
        yield np.ascontiguousarray(rolled[: pixels.shape[0] - 16 * (index % 12)])


async def walk(studio: Studio, backdrop: Backdrop, pixels: Pixels, number: int) -> list[float]:
    """Make a picture of each photo as the bot does, in its threads: RSS after each."""
    taken = []
    for index, one in enumerate(different(pixels, number)):
        scale = SIDES[index % len(SIDES)] / max(one.shape)
        data = encode_jpeg(cv2.resize(one, None, fx=scale, fy=scale))
        photo = await asyncio.to_thread(studio.decode, data)
        choice = await studio.choose(photo)
        cut_out = await asyncio.to_thread(studio.cut_out, photo, Selection.of(choice))
        await asyncio.to_thread(studio.render, cut_out, backdrop)
        del photo, choice, cut_out
        await asyncio.sleep(SETTLED_SECONDS)
        taken.append(resident())
    return taken
