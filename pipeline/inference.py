"""What the networks are asked for, as work for their executor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.errors import NothingFoundError
from pipeline.foreground import parts, presence, refine
from pipeline.foreground.viewpoint import is_flat_lay
from pipeline.model.hosts import Work
from pipeline.sam.mask_generator import generate_masks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.foreground import Candidate, Choice, Clicks, Head, Segmenter
    from pipeline.sam import Embedding, Sam
    from pipeline.sam.mask_generator import Segment
    from pipeline.values import Pixels


@dataclass(frozen=True, slots=True)
class Models:
    """The loaded networks; the executor's thread owns them."""

    sam: Sam
    head: Head
    segmenter: Segmenter


def encode(models: Models, pictures: Sequence[Pixels]) -> Sequence[Embedding]:
    """Embed ``pictures``, (h, w, 3) uint8 RGB each, whose longer side is 1,024 pixels."""
    return models.sam.encode_all(pictures)


def find(
    models: Models, photos: Sequence[tuple[Pixels, tuple[int, int]]]
) -> Sequence[tuple[Embedding, Choice | NothingFoundError]]:
    """Embed fitted pictures of photos of this (width, height), and choose the product in each.

    The pictures are as those of `encode`: (h, w, 3) uint8 RGB; the sizes are in pixels.

    A photo's NothingFoundError is returned, so that the others need not be embedded again.
    """
    found: list[tuple[Embedding, Choice | NothingFoundError]] = []
    embeddings = encode(models, [pixels for pixels, _ in photos])
    for (pixels, (width, height)), small in zip(photos, embeddings, strict=True):
        embedding = replace(small, width=width, height=height)
        try:
            found.append((embedding, _look(models, pixels, embedding)))
        except NothingFoundError as error:
            found.append((embedding, error))
    return found


def _choose(models: Models, seen: Sequence[tuple[Pixels, Embedding]]) -> Sequence[Choice]:
    return [_look(models, pixels, embedding) for pixels, embedding in seen]


def _insist(models: Models, seen: Sequence[tuple[Pixels, Embedding]]) -> Sequence[Choice]:
    return [_look(models, pixels, embedding, insist=True) for pixels, embedding in seen]


def _look(models: Models, pixels: Pixels, embedding: Embedding, *, insist: bool = False) -> Choice:
    """Find the product; without ``insist``, only where a photo shows one."""
    seen = models.head(embedding)
    if not insist:
        presence.check(pixels, embedding, seen)
    choice = models.segmenter(models.sam, pixels, embedding)
    return replace(choice, flat_lay=is_flat_lay(embedding, seen))


def _refine(models: Models, asked: Sequence[tuple[Embedding, Clicks]]) -> Sequence[Candidate]:
    return [refine(models.sam, models.head, embedding, clicks) for embedding, clicks in asked]


def _segments(models: Models, embeddings: Sequence[Embedding]) -> Sequence[tuple[Segment, ...]]:
    return [
        generate_masks(models.sam, embedding, parts.OPTIONS, foreground=models.head(embedding))
        for embedding in embeddings
    ]


CHOOSE, INSIST, REFINE, SEGMENTS = Work(_choose), Work(_insist), Work(_refine), Work(_segments)
"""What the model is asked for, one photo at a time."""
