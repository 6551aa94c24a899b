"""`vitrina compare`: photos by several segmenters, as one picture and as a page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rich.console import Console

from pipeline.drawings.page import draw_page
from pipeline.errors import SettingsError, VitrinaError
from pipeline.evaluation.comparison import column, entries, picture
from pipeline.photo.encode import encode_jpeg
from pipeline.photo.pool import Decoders
from vitrina.studio import load_sam, load_segmenter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vitrina.settings import Settings


def run(settings: Settings, paths: Sequence[Path], segmenters: Sequence[str], target: Path) -> int:
    """Draw ``target`` and a page beside it; return how many photos could not be read.

    Raises SettingsError where none can, WeightsError where a network is missing.
    """
    console = Console(stderr=True)
    photos, names = [], []
    with Decoders(workers=1) as decoders:
        for path in paths:
            try:
                photos.append(decoders.decode(path.read_bytes()))
                names.append(path.name)
            except VitrinaError as error:
                console.print(f"{path.name}: {error}", markup=False)
    if not photos:
        raise SettingsError("none of the photos can be read")
    sam = load_sam(settings)
    sam.encode(photos[0].pixels)
    columns = []
    for name in segmenters:
        columns.append(column(sam, partial(load_segmenter, settings, name), photos))
        console.print(f"{columns[-1].name}: {columns[-1].cost}", markup=False)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(encode_jpeg(picture(photos, columns), quality=88))
    told = target.with_suffix(".html")
    told.write_text(draw_page(entries(names, photos, columns)), encoding="utf-8")
    console.print(f"{target} and {told}", markup=False)
    return len(paths) - len(photos)
