"""`vitrina sheet`: photos, cut-outs and the first presets side by side, a picture and a page."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rich.console import Console

from pipeline.drawings.page import Entry, draw_page
from pipeline.drawings.sheet import chequered, draw_sheet
from pipeline.errors import VitrinaError
from pipeline.foreground.select import ASK_BELOW
from pipeline.photo.encode import encode_jpeg
from pipeline.selection import Selection
from vitrina.studio import open_studio

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.studio import Studio
    from vitrina.settings import Settings


async def run(settings: Settings, photos: list[Path], target: Path) -> int:
    """Draw the sheet and the report, and return how many photos failed; the report says why."""
    console = Console(stderr=True)
    entries = []
    async with open_studio(settings) as studio:
        for path in photos:
            try:
                entry = await _entry(studio, path.name, await asyncio.to_thread(path.read_bytes))
            except VitrinaError as error:
                entry = Entry(path.name, str(error), failed=True)
                console.print(f"{path.name}: {error}", markup=False)
            entries.append(entry)
    rows = [[picture for _, picture in entry.pictures] for entry in entries if not entry.failed]
    page = target.with_suffix(".html")
    await asyncio.to_thread(lambda: page.write_text(draw_page(entries), encoding="utf-8"))
    if rows:
        await asyncio.to_thread(
            lambda: target.write_bytes(encode_jpeg(draw_sheet(rows), quality=88))
        )
        console.print(f"{len(rows)} photos drawn in {target} and {page}", markup=False)
    return len(entries) - len(rows)


async def _entry(studio: Studio, name: str, data: bytes) -> Entry:
    photo = await asyncio.to_thread(studio.decode, data)
    choice = await studio.choose(photo)

    def draw() -> Entry:
        cut_out = studio.cut_out(photo, Selection.of(choice))
        pictures = [("original", photo.pixels), ("cut-out", chequered(cut_out))]
        presets = studio.presets
        for preset in (one for one in presets if one.group == presets[0].group):
            composition = studio.compose(cut_out, studio.preset(preset.name))
            pictures.append((preset.name, composition.pixels))
        width, height = photo.size
        about = f"{width}×{height}, confidence {choice.confidence:.2f}"
        if choice.confidence < ASK_BELOW:
            about += ": the bot would ask"
        return Entry(name, about, pictures)

    return await asyncio.to_thread(draw)
