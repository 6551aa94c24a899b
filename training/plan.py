"""Which scene comes out of which photos: the same index gives the same scene."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageOps

from pipeline.sam import LOW_RES
from training.canvas import LONG_SIDE, Piece
from training.compose import (
    Scene,
    before_screen,
    clutter,
    cut,
    seen_again,
    white_on_white,
)
from training.sources import LEFT_OUT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pipeline.values import Pixels, Plane
    from training.lessons import Lesson
    from training.sources import Source

PASTED = {"clothing": 0.95, "phone": 0.95, "object": 0.93, "grocery": 0.95}
"""Kinds that make good cut-outs, and how sure their outline must be."""
BACKDROPS = ("food", "grocery", "fashion", "clothing", "object")
OTHERS = 9


@dataclass(frozen=True, slots=True)
class Pool:
    """The photos of one split: those with a sure outline, and all that can lie behind."""

    outlined: tuple[tuple[Source, Lesson], ...]
    backdrops: tuple[Source, ...]
    garments: tuple[tuple[Source, Lesson], ...]


def pool(pairs: Sequence[tuple[Source, Lesson]], backdrops: Sequence[Source]) -> Pool:
    """Sort one split's photos into a pool."""
    sure = tuple(
        (source, lesson)
        for source, lesson in pairs
        if source.kind in PASTED
        and source.key not in LEFT_OUT
        and lesson.labelled
        and lesson.label().sureness >= PASTED[source.kind]
    )
    return Pool(
        sure,
        tuple(source for source in backdrops if source.kind in BACKDROPS),
        tuple(pair for pair in sure if pair[0].kind in {"clothing", "phone"}),
    )


def scene(photos: Pool, index: int, *, seed: int, ways: Mapping[str, float]) -> Scene:
    """Make scene ``index``; ``ways``: how often "clutter", "screen", "white", "again" are taken."""
    draw = np.random.default_rng((seed, index))
    way = str(draw.choice(list(ways), p=list(ways.values())))
    if way == "again":
        return seen_again(draw, *_outlined(*_pick(draw, photos.outlined)))
    behind = read(photos.backdrops[int(draw.integers(len(photos.backdrops)))].path)
    if way == "white":
        return white_on_white(draw, behind, _piece(draw, photos.garments))
    product = _pick(draw, photos.outlined)
    if way == "screen":
        return before_screen(draw, behind, cut(*_outlined(*product)))
    others = [_piece(draw, photos.outlined) for _ in range(int(draw.integers(0, OTHERS + 1)))]
    return clutter(draw, behind, cut(*_outlined(*product)), others)


@lru_cache(maxsize=256)
def read(path: Path) -> Pixels:
    """Read a photo, (h, w, 3) uint8 RGB, its longer side at most 1,024 pixels."""
    with Image.open(path) as picture:
        upright = ImageOps.exif_transpose(picture).convert("RGB")
        upright.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.BOX)
        return np.array(upright)


def outline(path: Path, size: tuple[int, int]) -> Plane:
    """Read a mask at ``size`` (width, height): (height, width) float32 in 0..1."""
    with Image.open(path) as picture:
        levels = np.array(picture.convert("L").resize(size, Image.Resampling.BOX), np.float32)
    return levels / np.float32(255)


def _pick(
    draw: np.random.Generator, pairs: Sequence[tuple[Source, Lesson]]
) -> tuple[Source, Lesson]:
    """Draw a photo so that rare kinds are not drowned: first the kind, then one of it."""
    kinds = sorted({source.kind for source, _ in pairs})
    count = np.array([sum(source.kind == kind for source, _ in pairs) for kind in kinds])
    kind = str(draw.choice(kinds, p=np.sqrt(count) / np.sqrt(count).sum()))
    of_kind = [pair for pair in pairs if pair[0].kind == kind]
    return of_kind[int(draw.integers(len(of_kind)))]


def _piece(draw: np.random.Generator, pairs: Sequence[tuple[Source, Lesson]]) -> Piece:
    return cut(*_outlined(*_pick(draw, pairs)))


def _outlined(source: Source, lesson: Lesson) -> tuple[Pixels, Plane]:
    """Read a photo and its outline at the photo's size."""
    pixels = read(source.path)
    height, width = pixels.shape[:2]
    if source.mask is not None:
        return pixels, outline(source.mask, (width, height))
    unit = LOW_RES / max(height, width)
    rows, columns = max(1, round(height * unit)), max(1, round(width * unit))
    product = cv2.resize(
        lesson.label().product[:rows, :columns], (width, height), interpolation=cv2.INTER_CUBIC
    )
    return pixels, np.clip(product.astype(np.float32) / 255, 0, 1)
