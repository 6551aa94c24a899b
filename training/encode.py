"""Turn photos and made scenes into lessons on disk. What is there already is not made again."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from training.compose import SHOWN
from training.lessons import Lesson
from training.pieces import pieces
from training.plan import outline, pool, read, scene
from training.teacher import agreed, outlined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pipeline.foreground.saliency import Saliency
    from pipeline.sam import Sam
    from training.sources import Source, Split

log = logging.getLogger(__name__)


def taken(source: Source, folder: Path) -> Lesson:
    """Name the lesson of a real photo."""
    return Lesson(folder, source.key, source.kind, source.item, source.split)


def encode_taken(
    sam: Sam, saliency: Saliency, photos: Sequence[Source], folder: Path
) -> list[Lesson]:
    """Encode and label real photos: by their outline, or by what U2-Net and SAM agree on."""
    lessons = []
    for done, source in enumerate(photos):
        lesson = taken(source, folder)
        lessons.append(lesson)
        if lesson.labelled:
            continue
        pixels = read(source.path)
        embedding = lesson.embedding() if lesson.encoded else sam.encode(pixels)
        if not lesson.encoded:
            lesson.keep_embedding(embedding)
        if source.mask is None:
            lesson.keep_label(agreed(sam, embedding, saliency(pixels)))
        else:
            plane = outline(source.mask, (embedding.width, embedding.height))
            lesson.keep_label(outlined(plane, embedding))
        log.info("photo %d of %d: %s", done + 1, len(photos), source.key)
    return lessons


def picture_of(made: Lesson) -> Path:
    """Name the file of a made scene."""
    return made.folder / f"{made.key}.jpg"


def mask_of(made: Lesson) -> Path:
    """Name the file of a made scene's outline."""
    return made.folder / f"{made.key}.png"


@dataclass(frozen=True, slots=True)
class Batch:
    """A number of scenes to make of one split's photos, and by which ways how often."""

    kind: str
    split: Split
    count: int
    ways: Mapping[str, float]
    seed: int


def encode_made(
    sam: Sam,
    photos: Sequence[Source],
    batch: Batch,
    *,
    drawn: Sequence[Path],
    real: Path,
    folder: Path,
) -> list[Lesson]:
    """Make, encode and label scenes out of the photos whose lessons are in ``real``.

    The pictures ``drawn`` are used where the batch asks for them.

    The pictures and their outlines are kept beside, to look at and to compare other ways on.
    """
    own = [source for source in photos if source.split == batch.split]
    material = pool([(source, taken(source, real)) for source in own + pieces(own)], own, drawn)
    lessons = []
    for index in range(batch.count):
        key = f"{batch.split}-{batch.kind}-{index:05d}"
        lesson = Lesson(folder, key, batch.kind, key, batch.split)
        lessons.append(lesson)
        if lesson.labelled and mask_of(lesson).exists():
            continue
        made = scene(material, index, seed=batch.seed, ways=batch.ways)
        Image.fromarray(made.pixels).save(picture_of(lesson), quality=95)
        shown = made.product > SHOWN
        Image.fromarray(shown.astype(np.uint8) * np.uint8(255)).save(mask_of(lesson))
        embedding = lesson.embedding() if lesson.encoded else sam.encode(made.pixels)
        lesson.keep_embedding(embedding)
        lesson.keep_label(outlined(made.product, embedding))
        log.info("scene %d of %d (%s, %s)", index + 1, batch.count, batch.kind, batch.split)
    return lessons
