"""All real photos with an outline, to teach the classifier of masks and to measure it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipeline.foreground.saliency import on_square
from training.by_eye_outlines import by_eye
from training.plan import outline
from training.sources import in_hand, sources

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from pipeline.sam import Embedding
    from training.by_eye_outlines import ByEye

Use = Literal["taught", "measured"]
COARSE = ("food", "fashion")
"""Kinds whose outlines are too coarse to tell an IoU of 0.9 from one of 0.95."""
LICENCE_IN_DOUBT = ("datacluster",)
"""Sources of clutter that are measured on and never taught."""
BY_BOX, BY_EYE = 2.0, 1.5
"""What a photo weighs whose outline came by a box set by hand, or by eye: these are hard.

The others' outlines are what the head and SAM had right already.
"""


@dataclass(frozen=True, slots=True)
class Outlined:
    """A photo and its outline, a file or polygons.

    ``kind`` is what it is reported under. Photos of one ``item`` are never on both sides of a fold.
    """

    key: str
    path: Path
    outline: Path | ByEye
    kind: str
    item: str
    use: Use
    weight: float = 1.0

    def truth(self, embedding: Embedding) -> NDArray[np.bool_]:
        """Draw the outline over the padded square: (256, 256), true on the product."""
        size = embedding.width, embedding.height
        if isinstance(self.outline, Path):
            plane = outline(self.outline, size)
        else:
            plane = self.outline.mask(size).astype(np.float32)
        return on_square(plane, embedding) > 0.5

    def fold(self, folds: int) -> int:
        """Return the fold of the photo's item, of 0 to ``folds`` - 1."""
        return zlib.crc32(self.item.encode()) % folds


def outlined(data: Path) -> list[Outlined]:
    """List every photo under ``data`` that has an outline, in a fixed order, none twice."""
    found = [*_clutter(data / "clutter"), *_by_eye(data), *_others(data)]
    once: Mapping[Path, Outlined] = {photo.path: photo for photo in reversed(found)}
    return sorted(once.values(), key=lambda photo: photo.key)


def _clutter(folder: Path) -> Iterator[Outlined]:
    apart = set((folder / "masks" / "apart.txt").read_text().split())
    lines = (folder / "masks" / "how.tsv").read_text().splitlines()
    how = dict(line.split("\t")[:2] for line in lines if "\t" in line)
    for mask in sorted(folder.glob("masks/*/*.png")):
        source, name = mask.parent.name, f"{mask.parent.name}/{mask.stem}"
        path = next((folder / "photos" / source).glob(f"{mask.stem}.*"))
        item = f"clutter-{source}-{mask.stem.rstrip('0123456789').rstrip('_-')}"
        hard = how[name] == "box"
        kind = "clutter by box" if hard else "clutter"
        taught = name not in apart and source not in LICENCE_IN_DOUBT
        yield Outlined(
            f"clutter-{source}-{mask.stem}",
            path,
            mask,
            kind if source not in LICENCE_IN_DOUBT else "clutter, only measured",
            item,
            "taught" if taught else "measured",
            BY_BOX if hard else 1.0,
        )


def _by_eye(data: Path) -> Iterator[Outlined]:
    for name, drawn in by_eye().items():
        path = data / name
        yield Outlined(
            f"by-eye-{'-'.join(Path(name).with_suffix('').parts[1:])}",
            path,
            drawn,
            "by eye, clothes" if "clothing" in name else "by eye, things",
            _item(path),
            "taught" if drawn.split == "train" else "measured",
            BY_EYE,
        )


def _others(data: Path) -> Iterator[Outlined]:
    for source in [*in_hand(data), *sources(data)]:
        if source.judge is not None and source.kind not in COARSE:
            yield Outlined(
                source.key,
                source.path,
                source.judge,
                "hands" if source.kind in ("hand", "grocery") else "garments and objects",
                _item(source.path),
                "measured" if source.split == "apart" else "taught",
            )


def _item(path: Path) -> str:
    """Name the object in a photo outside the clutter: by its file, but for a number at its end."""
    name, _, number = path.stem.rpartition("_")
    return name if name and number.isdigit() else path.stem
