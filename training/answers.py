"""SAM's answers about outlined photos, described for the classifier and compared with the outline.

What was made is kept in a folder and not made again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.errors import NothingFoundError
from pipeline.foreground.describe import Description
from pipeline.foreground.proposals import possible, prepare_map, propose, propose_grid
from pipeline.foreground.select import describe_answers, overlaps
from pipeline.sam import LOW_RES
from training.plan import read
from training.samples import Sample

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.foreground import Head
    from pipeline.sam import Sam
    from training.outlined import Outlined

    Floats = NDArray[np.float32]

log = logging.getLogger(__name__)
SETS = ("first", "more")
"""What is asked first, and that with a grid of points, as in doubt."""
WHOLE, PRESENT = 0.8, 0.1
"""Shares of the product, or of an answer, that count as all of it and as some of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """The answers about one photo, described, the map itself the last of them.

    ``ious`` (N,), ``precision`` (N,) and ``recall`` (N,) float32 are by the outline, ``overlaps``
    (N, N) float32 the IoUs of each two answers.
    """

    photo: Outlined
    described: Description
    ious: Floats
    precision: Floats
    recall: Floats
    overlaps: Floats

    @property
    def classes(self) -> NDArray[np.int64]:
        """The place of each answer's class in ``classifier.CLASSES``."""
        part = (self.precision >= WHOLE) & (self.recall >= PRESENT)
        more = (self.recall >= WHOLE) & (self.precision >= PRESENT)
        return np.select([self.ious >= WHOLE, part, more], [0, 1, 2], 3)


def answers_about(
    sam: Sam, head: Head, photos: Sequence[Outlined], folder: Path
) -> dict[str, list[Answers]]:
    """Ask about ``photos``, and describe both SETS of answers.

    A photo on which nothing stands out is left out.
    """
    found: dict[str, list[Answers]] = {name: [] for name in SETS}
    for done, photo in enumerate(photos):
        files = {name: folder / f"{photo.key}.{name}.npz" for name in SETS}
        if not all(file.exists() for file in files.values()):
            try:
                _ask(sam, head, photo, folder)
            except NothingFoundError:
                log.warning("nothing stands out: %s", photo.key)
                continue
            log.info("photo %d of %d: %s", done + 1, len(photos), photo.key)
        for name, file in files.items():
            found[name].append(_read(photo, file))
    return found


def _ask(sam: Sam, head: Head, photo: Outlined, folder: Path) -> None:
    sample = Sample(folder, photo.key, photo.kind, photo.item, "train")
    if not sample.encoded:
        sample.keep_embedding(sam.encode(read(photo.path)))
    embedding = sample.embedding()
    rows, columns = embedding.valid(LOW_RES)
    truth = photo.truth(embedding)[:rows, :columns]
    logits = prepare_map(embedding, head(embedding))
    first = possible(embedding, propose(sam, embedding, logits))
    more = first + possible(embedding, propose_grid(sam, embedding))
    for name, answers in zip(SETS, (first, more), strict=True):
        asked = [*answers, (logits, 0.0)]
        described = describe_answers(embedding, logits, asked)
        inside = np.stack([answer[:rows, :columns] > 0 for answer, _ in asked])
        both = (inside & truth).sum((1, 2))
        areas = inside.sum((1, 2))
        np.savez_compressed(
            folder / f"{photo.key}.{name}.npz",
            plain=described.plain,
            pooled=described.pooled.astype(np.float16),
            ious=both / (areas + truth.sum() - both),
            precision=both / areas,
            recall=both / max(int(truth.sum()), 1),
            overlaps=overlaps(embedding, [answer for answer, _ in asked]).astype(np.float16),
        )


def _read(photo: Outlined, file: Path) -> Answers:
    with np.load(file) as kept:
        values = {name: kept[name].astype(np.float32) for name in kept.files}
    described = Description(values.pop("plain"), values.pop("pooled"))
    return Answers(photo, described, **values)
