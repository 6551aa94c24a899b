"""`vitrina examples`: what the bot shows for `/examples`, and the product of its sample card."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import cv2
import numpy as np
from rich.console import Console

from pipeline.photo.encode import encode_jpeg
from pipeline.selection import Selection
from vitrina.studio import open_studio

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.studio import Studio
    from pipeline.values import CutOut, Photo, Pixels
    from vitrina.settings import Settings

HEIGHT = 640
GAP = 8


async def run(settings: Settings, photos: list[Path], folder: Path) -> None:
    """Draw one JPEG per photo, on the presets in turn; of the first the cut-out as well.

    Raises VitrinaError where one fails.
    """
    sample = folder / "sample"
    await asyncio.to_thread(sample.mkdir, parents=True, exist_ok=True)
    async with open_studio(settings) as studio:
        presets = [preset.name for preset in studio.presets]
        for number, path in enumerate(photos):
            data = await asyncio.to_thread(path.read_bytes)
            photo = await asyncio.to_thread(studio.decode, data)
            cut_out = studio.cut_out(photo, Selection.of(await studio.choose(photo)))
            preset = presets[number % len(presets)]
            pair = await asyncio.to_thread(_pair, studio, photo, cut_out, preset)
            target = folder / f"{path.stem}.jpg"
            await asyncio.to_thread(target.write_bytes, encode_jpeg(pair, quality=85))
            if number == 0:
                png = await asyncio.to_thread(studio.render_logo, cut_out)
                await asyncio.to_thread((sample / "cut-out.png").write_bytes, png)
    Console(stderr=True).print(f"{len(photos)} examples drawn in {folder}", markup=False)


def _pair(studio: Studio, photo: Photo, cut_out: CutOut, preset: str) -> Pixels:
    result = studio.compose(cut_out, studio.preset(preset)).pixels
    before, after = _to_height(photo.pixels), _to_height(result)
    gap = np.full((HEIGHT, GAP, 3), 255, np.uint8)
    return np.asarray(np.hstack([before, gap, after]), np.uint8)


def _to_height(picture: Pixels) -> Pixels:
    width = max(1, round(picture.shape[1] * HEIGHT / picture.shape[0]))
    return np.asarray(cv2.resize(picture, (width, HEIGHT), interpolation=cv2.INTER_AREA))
