"""Turn photos and made scenes into samples on disk. What is there already is not made again."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from training.compose import SHOWN
from training.pieces import pieces
from training.plan import outline, pool, read, scene
from training.samples import Sample
from training.teacher import agreed, outlined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pipeline.foreground.saliency import Saliency
    from pipeline.sam import Sam
    from training.sources import Source, Split

log = logging.getLogger(__name__)


def taken(source: Source, folder: Path) -> Sample:
    """Return the sample of a real photo."""
    return Sample(folder, source.key, source.kind, source.item, source.split)


def encode_taken(
    sam: Sam, saliency: Saliency, photos: Sequence[Source], folder: Path
) -> list[Sample]:
    """Encode and label real photos: by their outline, or by what U2-Net and SAM agree on."""
    samples = []
    for done, source in enumerate(photos):
        sample = taken(source, folder)
        samples.append(sample)
        if sample.labelled:
            continue
        pixels = read(source.path)
        embedding = sample.embedding() if sample.encoded else sam.encode(pixels)
        if not sample.encoded:
            sample.keep_embedding(embedding)
        if source.mask is None:
            sample.keep_label(agreed(sam, embedding, saliency(pixels)))
        else:
            plane = outline(source.mask, (embedding.width, embedding.height))
            sample.keep_label(outlined(plane, embedding))
        log.info("photo %d of %d: %s", done + 1, len(photos), source.key)
    return samples


def picture_of(made: Sample) -> Path:
    """Name the file of a made scene."""
    return made.folder / f"{made.key}.jpg"


def mask_of(made: Sample) -> Path:
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
) -> list[Sample]:
    """Make, encode and label scenes out of the photos whose samples are in ``real``.

    The pictures ``drawn`` are used where the batch asks for them.

    The pictures and their outlines are kept beside, to look at and to compare other ways on.
    """
    own = [source for source in photos if source.split == batch.split]
    material = pool([(source, taken(source, real)) for source in own + pieces(own)], own, drawn)
    samples = []
    for index in range(batch.count):
        key = f"{batch.split}-{batch.kind}-{index:05d}"
        sample = Sample(folder, key, batch.kind, key, batch.split)
        samples.append(sample)
        if sample.labelled and mask_of(sample).exists():
            continue
        made = scene(material, index, seed=batch.seed, ways=batch.ways)
        Image.fromarray(made.pixels).save(picture_of(sample), quality=95)
        shown = made.product > SHOWN
        Image.fromarray(shown.astype(np.uint8) * np.uint8(255)).save(mask_of(sample))
        embedding = sample.embedding() if sample.encoded else sam.encode(made.pixels)
        sample.keep_embedding(embedding)
        sample.keep_label(outlined(made.product, embedding))
        log.info("scene %d of %d (%s, %s)", index + 1, batch.count, batch.kind, batch.split)
    return samples
