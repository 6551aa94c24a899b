"""`vitrina sheet`: photos, cut-outs and all presets side by side, as one picture."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rich.console import Console

from pipeline import output
from pipeline.errors import VitrinaError
from pipeline.sheet import chequered, draw_sheet
from pipeline.studio import Mask
from vitrina.studio import open_studio

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.studio import Studio
    from pipeline.values import Pixels
    from vitrina.settings import Settings


async def run(settings: Settings, photos: list[Path], target: Path) -> int:
    """Draw the sheet and return how many photos failed; they have no row."""
    console = Console(stderr=True)
    rows, failed = [], 0
    async with open_studio(settings) as studio:
        for path in photos:
            try:
                rows.append(await _row(studio, await asyncio.to_thread(path.read_bytes)))
            except VitrinaError as error:
                failed += 1
                console.print(f"{path.name}: {error}", markup=False)
    if rows:
        await asyncio.to_thread(
            lambda: target.write_bytes(output.encode_jpeg(draw_sheet(rows), quality=88))
        )
        console.print(f"{len(rows)} photos drawn in {target}", markup=False)
    return failed


async def _row(studio: Studio, data: bytes) -> list[Pixels]:
    photo = await asyncio.to_thread(studio.decode, data)
    choice = await studio.choose(photo)

    def draw() -> list[Pixels]:
        cut_out = studio.cut_out(photo, Mask.of(choice))
        presets = (studio.preset(preset.name) for preset in studio.presets)
        composed = [studio.compose(cut_out, backdrop).pixels for backdrop in presets]
        return [photo.pixels, chequered(cut_out), *composed]

    return await asyncio.to_thread(draw)
