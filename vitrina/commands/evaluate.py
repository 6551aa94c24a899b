"""`vitrina evaluate`: how good the cut-outs are on photos with outlines."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress

from pipeline.errors import SettingsError, VitrinaError
from pipeline.evaluation.pairs import pairs_in, read
from pipeline.evaluation.photo import Segmenters, measured
from pipeline.evaluation.report import report
from pipeline.evaluation.table import table
from pipeline.evaluation.worst import worst_sheet
from pipeline.photo.encode import encode_jpeg
from pipeline.photo.pool import Decoders
from vitrina.studio import load_head, load_saliency, load_sam, load_segmenter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    from pipeline.evaluation.pairs import Pair
    from pipeline.evaluation.photo import Measured
    from pipeline.sam import Sam
    from vitrina.settings import Settings


@dataclass(frozen=True, slots=True)
class Names:
    """The segmenters to measure, as the command line names them; see ``Segmenters``."""

    first: str
    beside: Sequence[str] = ()
    alone: Sequence[str] = ()


def run(
    settings: Settings, photos: Path, masks: Path, *, names: Names, target: Path
) -> dict[str, Any]:
    """Measure, write ``target``, and beside it a table and the worst twenty; return the report.

    A photo that cannot be used is listed and does not stop the others. Raises SettingsError where
    no photo has an outline or none can be used.
    """
    console = Console(stderr=True)
    pairs, alone = pairs_in(photos, masks)
    if not pairs:
        raise SettingsError(f"no photo in {photos} has an outline of the same stem in {masks}")
    sam, head = load_sam(settings), load_head(settings)
    segmenters = Segmenters(
        load_segmenter(settings, names.first, head),
        head,
        [load_segmenter(settings, name) for name in names.beside],
        [load_saliency(settings, name) for name in names.alone],
    )
    with Decoders(workers=1) as decoders:
        done, failed = _measure(sam, segmenters, pairs, decoders, console)
        if not done:
            raise SettingsError(f"none of the {len(pairs)} photos in {photos} could be measured")
        worst = worst_sheet(done, {pair.name: pair for pair in pairs}, decoders.decode)
    document = report(segmenters.first.name, done) | {"failed": failed, "without_outline": alone}
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(document, indent=2) + "\n")
    target.with_suffix(".md").write_text(table(document))
    sheet = target.with_name(f"{target.stem}-worst.jpg")
    sheet.write_bytes(encode_jpeg(worst, quality=85))
    console.print(_lines(document), markup=False)
    console.print(table(document), markup=False, soft_wrap=True)
    console.print(f"{target}; the worst are drawn in {sheet}", markup=False)
    return document


def _measure(
    sam: Sam,
    segmenters: Segmenters,
    pairs: Sequence[Pair],
    decoders: Decoders,
    console: Console,
) -> tuple[list[Measured], dict[str, str]]:
    """Measure each photo that can be used, and say of the others why not."""
    done: list[Measured] = []
    failed: dict[str, str] = {}
    with Progress(*Progress.get_default_columns(), MofNCompleteColumn(), console=console) as bar:
        for pair in bar.track(pairs, description="photos"):
            try:
                photo, truth = read(pair, decoders.decode)
                done.append(measured(sam, segmenters, pair, photo, truth))
            except VitrinaError as error:
                failed[pair.name] = str(error)
                bar.console.print(f"{pair.name}: {error}", markup=False)
    return done, failed


def _lines(document: dict[str, Any]) -> str:
    """Put the figures that matter on a few lines."""
    every = document["all"]
    photos, objects, nothing = (every[key] for key in ("photos", "objects", "nothing_found"))
    told = [f"{photos} photos, {objects} objects, by {document['way']}; nothing in {nothing}"]
    for name, words in (
        ("iou", "mean IoU"),
        ("best_of_3", "best of 3"),
        ("best_of_5", "best of 5"),
        ("after_1_taps", "after 1 tap"),
        ("after_3_taps", "after 3 taps"),
        ("with_a_box", "with a box"),
    ):
        cell = every[name]
        told.append(
            f"{words:>12}  {cell['mean']:.3f} [{cell['low']:.3f}, {cell['high']:.3f}], "
            f"above 0.9: {100 * cell['above_0.9']:.0f} %"
        )
    told.append(
        f"S-measure {every['s_measure']:.3f}, weighted F {every['weighted_f']:.3f}, "
        f"MAE {every['mae']:.4f}, boundary IoU {every['boundary_iou']:.3f}, "
        f"Brier score of the confidence {document['calibration']['brier']:.3f}"
    )
    return "\n".join(told)
