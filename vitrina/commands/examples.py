"""`vitrina examples`: what the bot shows for `/examples`, photos beside their results."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import cv2
import numpy as np
from rich.console import Console

from pipeline.photo.encode import encode_jpeg
from pipeline.studio import Selection
from vitrina.studio import open_studio

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.studio import Studio
    from pipeline.values import Pixels
    from vitrina.settings import Settings

HEIGHT = 640
GAP = 8


async def run(settings: Settings, photos: list[Path], folder: Path) -> None:
    """Draw one JPEG per photo, on the presets in turn. Raises VitrinaError where one fails."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    async with open_studio(settings) as studio:
        presets = [preset.name for preset in studio.presets]
        for number, path in enumerate(photos):
            data = await asyncio.to_thread(path.read_bytes)
            pair = await _pair(studio, data, presets[number % len(presets)])
            target = folder / f"{path.stem}.jpg"
            await asyncio.to_thread(target.write_bytes, encode_jpeg(pair, quality=85))
    Console(stderr=True).print(f"{len(photos)} examples drawn in {folder}", markup=False)


async def _pair(studio: Studio, data: bytes, preset: str) -> Pixels:
    photo = await asyncio.to_thread(studio.decode, data)
    choice = await studio.choose(photo)

    def draw() -> Pixels:
        cut_out = studio.cut_out(photo, Selection.of(choice))
        result = studio.compose(cut_out, studio.preset(preset)).pixels
        before, after = _to_height(photo.pixels), _to_height(result)
        gap = np.full((HEIGHT, GAP, 3), 255, np.uint8)
        return np.asarray(np.hstack([before, gap, after]), np.uint8)

    return await asyncio.to_thread(draw)


def _to_height(picture: Pixels) -> Pixels:
    width = max(1, round(picture.shape[1] * HEIGHT / picture.shape[0]))
    return np.asarray(cv2.resize(picture, (width, HEIGHT), interpolation=cv2.INTER_AREA))
