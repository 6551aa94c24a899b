"""`vitrina sheet`: photos, cut-outs and presets side by side, a picture and a page."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rich.console import Console

from pipeline.compose import load_choices
from pipeline.drawings.page import Entry, draw_page
from pipeline.drawings.sheet import chequered, draw_sheet
from pipeline.errors import BackdropError, VitrinaError
from pipeline.foreground.select import ASK_BELOW
from pipeline.photo.encode import encode_jpeg
from pipeline.selection import Selection
from vitrina.studio import open_studio

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.backdrops import Preset
    from pipeline.compose import Style
    from pipeline.studio import Studio
    from vitrina.settings import Settings

ALL = "all"
"""Every preset, where names are asked for."""


async def run(
    settings: Settings,
    photos: list[Path],
    target: Path,
    backgrounds: Sequence[str] = (),
    shadow: str = "usual",
) -> int:
    """Draw the sheet and the report, and return how many photos failed; the report says why.

    ``backgrounds`` are presets' names, or groups'; without any it is the first group. Raises
    BackdropError or StyleError where a name is unknown.
    """
    style = load_choices().style(shadow=shadow)
    console = Console(stderr=True)
    entries = []
    async with open_studio(settings) as studio:
        presets = chosen(studio.presets, backgrounds)
        for path in photos:
            try:
                entry = await _entry(
                    studio, presets, style, path.name, await asyncio.to_thread(path.read_bytes)
                )
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


def chosen(presets: Sequence[Preset], names: Sequence[str]) -> list[Preset]:
    """Return the presets of these names and groups. Raises BackdropError where one is neither."""
    groups = [preset.group for preset in presets]
    found: list[Preset] = []
    for name in names or groups[:1]:
        mine = [one for one in presets if name in {one.name, one.group} or name == ALL]
        if not mine:
            known = ", ".join(dict.fromkeys(groups))
            raise BackdropError(f"no background or group {name!r}; there are {known}")
        found += mine
    return found


async def _entry(
    studio: Studio, presets: Sequence[Preset], style: Style, name: str, data: bytes
) -> Entry:
    photo = await asyncio.to_thread(studio.decode, data)
    choice = await studio.choose(photo)

    def draw() -> Entry:
        cut_out = studio.cut_out(photo, Selection.of(choice))
        pictures = [("original", photo.pixels), ("cut-out", chequered(cut_out))]
        for preset in presets:
            composition = studio.compose(cut_out, studio.preset(preset.name), style)
            pictures.append((preset.name, composition.pixels))
        width, height = photo.size
        about = f"{width}×{height}, confidence {choice.confidence:.2f}"
        if choice.confidence < ASK_BELOW:
            about += ": the bot would ask"
        return Entry(name, about, pictures)

    return await asyncio.to_thread(draw)
