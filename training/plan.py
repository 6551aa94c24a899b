"""Which scene comes out of which photos: the same index gives the same scene."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

import cv2
import numpy as np
from PIL import Image, ImageOps

from pipeline.sam import LOW_RES
from training.canvas import LONG_SIDE, Piece, now_and_then
from training.compose import (
    Scene,
    alone,
    before_screen,
    clutter,
    cut,
    laid,
    seen_again,
    white_on_white,
)
from training.drawn import drawn
from training.multi_part import camouflaged, multi_part
from training.pieces import connected
from training.sources import CUT_BADLY, LEFT_OUT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.values import Pixels, Plane
    from training.samples import Sample
    from training.sources import Source

PASTED = {"clothing": 0.95, "phone": 0.95, "object": 0.93, "grocery": 0.95, "piece": 1.0}
"""Kinds that make good cut-outs, and how sure their outline must be."""
BACKDROPS = ("food", "grocery", "fashion", "clothing", "object")
OTHERS, LIMBS = 9, 3
PETS = ("cat", "dog")
FLOOR = 0.05
"""Alpha below which a pixel is of the floor."""
LAID, ALONE, SCREEN = 0.45, 0.2, 0.1
"""Shares of what was drawn that are shown so; the rest is among clutter."""
MIDDLE = np.full(3, 128, np.float32)
"""The colour of the floor that what was drawn is camouflaged on where it is clutter."""
RIM = 3
"""Pixels taken back all around what is laid on a real surface: none of its own is left."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pool:
    """The photos of one split: those with a sure outline, and all that can lie behind.

    ``whole`` are garments and ``things`` other products whose cut-outs are without a fault;
    ``drawn`` are pictures of things that were drawn.
    """

    outlined: tuple[tuple[Source, Sample], ...]
    backdrops: tuple[Source, ...]
    garments: tuple[tuple[Source, Sample], ...]
    whole: tuple[tuple[Source, Sample], ...]
    things: tuple[tuple[Source, Sample], ...]
    drawn: tuple[Path, ...]


def pool(
    pairs: Sequence[tuple[Source, Sample]],
    backdrops: Sequence[Source],
    drawn: Sequence[Path],
) -> Pool:
    """Sort one split's photos into a pool."""
    sure = tuple(
        (source, sample)
        for source, sample in pairs
        if source.kind in PASTED
        and source.key not in LEFT_OUT
        and (source.part or (sample.labelled and sample.label().sureness >= PASTED[source.kind]))
    )
    garments = tuple(pair for pair in sure if pair[0].kind in {"clothing", "phone"})
    return Pool(
        sure,
        tuple(source for source in backdrops if source.kind in BACKDROPS),
        garments,
        tuple(pair for pair in garments if pair[0].key not in CUT_BADLY),
        tuple(
            pair
            for pair in sure
            if pair[0].kind in {"object", "grocery", "piece"}
            and pair[0].key not in CUT_BADLY
            and not pair[0].item.startswith(PETS)
        ),
        tuple(drawn),
    )


def scene(photos: Pool, index: int, *, seed: int, ways: Mapping[str, float]) -> Scene:
    """Make scene ``index``; ``ways``: how often each way is taken.

    They are "clutter", "screen", "alone", "white", "again"; "multi-part", of parts and colours;
    "garment" and "thing", which are laid on real surfaces, with nothing beside; "camouflaged",
    which is laid on a surface of its own colour; and "drawn", a thing that was drawn, shown in most
    of these ways.
    """
    draw = np.random.default_rng((seed, index))
    way = str(draw.choice(list(ways), p=list(ways.values())))
    if way == "again":
        return seen_again(draw, *_outlined(*_pick(draw, photos.outlined)))
    if way == "alone":
        return alone(draw, _piece(draw, photos.outlined))
    if way in {"garment", "thing"}:
        pieces = photos.whole if way == "garment" else photos.things
        product = _pick(draw, pieces)
        seats = [pair for pair in photos.garments if pair[0].item != product[0].item]
        before = _pick(draw, seats)
        return laid(draw, *_outlined(*before), cut(*_outlined(*product), RIM))
    if way in MADE_UP:
        return MADE_UP[way](draw, photos)
    return _before(draw, photos, way)


def _before(draw: np.random.Generator, photos: Pool, way: str) -> Scene:
    """Make a scene before another photo: "white", "screen" or "clutter"."""
    behind = read(_one(draw, photos.backdrops).path)
    if way == "white":
        return white_on_white(draw, behind, _piece(draw, photos.garments))
    product = _pick(draw, photos.outlined)
    if way == "screen":
        return before_screen(draw, behind, cut(*_outlined(*product)))
    others = [_piece(draw, photos.outlined) for _ in range(int(draw.integers(0, OTHERS + 1)))]
    return clutter(draw, behind, cut(*_outlined(*product)), others)


def _multi_part(draw: np.random.Generator, photos: Pool) -> Scene:
    """Make a product of many parts, alone or laid on a real surface."""
    product = _piece(draw, photos.whole + photos.things, RIM)
    limbs = [_piece(draw, photos.outlined) for _ in range(int(draw.integers(0, LIMBS + 1)))]
    if now_and_then(draw, 0.4):
        return alone(
            draw, multi_part(draw, product, limbs, draw.uniform(20, 250, 3).astype(np.float32))
        )
    pixels, seat, floor = _surface(draw, photos)
    return laid(draw, pixels, seat, multi_part(draw, product, limbs, floor))


def _camouflaged(draw: np.random.Generator, photos: Pool) -> Scene:
    """Lay a product on a real surface of its own tone."""
    product = _piece(draw, photos.whole + photos.things, RIM)
    pixels, seat, floor = _surface(draw, photos)
    return laid(draw, pixels, seat, camouflaged(draw, product, floor))


def _drawn(draw: np.random.Generator, photos: Pool) -> Scene:
    """Show what was drawn: laid on a real surface, alone, before a screen or among clutter."""
    how = draw.random()
    path = _one(draw, photos.drawn)
    if how < LAID:
        pixels, seat, floor = _surface(draw, photos)
        return laid(draw, pixels, seat, drawn(draw, path, floor))
    product = drawn(draw, path, draw.uniform(20, 250, 3).astype(np.float32))
    if how < LAID + ALONE:
        return alone(draw, product)
    behind = read(_one(draw, photos.backdrops).path)
    if how < LAID + ALONE + SCREEN:
        return before_screen(draw, behind, product)
    others = [
        _piece(draw, photos.outlined)
        if now_and_then(draw, 0.5)
        else drawn(draw, _one(draw, photos.drawn), MIDDLE)
        for _ in range(int(draw.integers(0, OTHERS + 1)))
    ]
    return clutter(draw, behind, product, others)


MADE_UP = {"multi-part": _multi_part, "camouflaged": _camouflaged, "drawn": _drawn}
"""Ways to show what never lay before a camera as it is shown."""


def _surface(draw: np.random.Generator, photos: Pool) -> tuple[Pixels, Plane, NDArray[np.float32]]:
    """Draw a real surface: its photo, where a garment lies on it, and its mean colour (3,)."""
    pixels, seat = _outlined(*_pick(draw, photos.garments))
    floor = pixels[seat < FLOOR] if (seat < FLOOR).any() else pixels.reshape(-1, 3)
    return pixels, seat, floor.mean(0, np.float32)


@lru_cache(maxsize=256)
def read(path: Path) -> Pixels:
    """Read a photo, (h, w, 3) uint8 RGB, its longer side at most 1,024 pixels."""
    with Image.open(path) as picture:
        upright = ImageOps.exif_transpose(picture).convert("RGB")
        upright.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.BOX)
        return np.array(upright)


def outline(path: Path, size: tuple[int, int], part: int = 0) -> Plane:
    """Read a mask at ``size`` (width, height): (height, width) float32 in 0..1.

    ``part`` is as in its Source.
    """
    with Image.open(path) as picture:
        mask = picture.convert("L")
    if part:
        labels, _ = connected(np.array(mask))
        mask = Image.fromarray((labels == part).astype(np.uint8) * np.uint8(255))
    levels = np.array(mask.resize(size, Image.Resampling.BOX), np.float32)
    return levels / np.float32(255)


def _one(draw: np.random.Generator, several: Sequence[T]) -> T:
    return several[int(draw.integers(len(several)))]


def _pick(
    draw: np.random.Generator, pairs: Sequence[tuple[Source, Sample]]
) -> tuple[Source, Sample]:
    """Draw a photo so that rare kinds are not drowned: first the kind, then one of it."""
    kinds = sorted({source.kind for source, _ in pairs})
    count = np.array([sum(source.kind == kind for source, _ in pairs) for kind in kinds])
    kind = str(draw.choice(kinds, p=np.sqrt(count) / np.sqrt(count).sum()))
    of_kind = [pair for pair in pairs if pair[0].kind == kind]
    return _one(draw, of_kind)


def _piece(
    draw: np.random.Generator, pairs: Sequence[tuple[Source, Sample]], rim: int = 1
) -> Piece:
    """Draw a photo and cut its product out, ``rim`` pixels within its outline."""
    return cut(*_outlined(*_pick(draw, pairs)), rim)


def _outlined(source: Source, sample: Sample) -> tuple[Pixels, Plane]:
    """Read a photo and its outline at the photo's size."""
    pixels = read(source.path)
    height, width = pixels.shape[:2]
    if source.mask is not None:
        return pixels, outline(source.mask, (width, height), source.part)
    unit = LOW_RES / max(height, width)
    rows, columns = max(1, round(height * unit)), max(1, round(width * unit))
    product = cv2.resize(
        sample.label().product[:rows, :columns], (width, height), interpolation=cv2.INTER_CUBIC
    )
    return pixels, np.clip(product.astype(np.float32) / 255, 0, 1)
