"""Photos and their outlines, found by their stems and brought to one size.

Folders within the folder of photos are kinds of photo, measured apart as well as together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np
from PIL import Image, ImageOps

from pipeline.errors import DamagedPhotoError
from pipeline.photo.formats import SUFFIXES
from pipeline.values import Photo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    Truth = NDArray[np.bool_]
    Decode: TypeAlias = Callable[[bytes], Photo]

COMPARED_SIDE = 1024
"""Cut-outs are compared at the photo's own size, or at this longer side where that is less."""
ORIENTATION = 0x0112
MID_LEVEL = 127


@dataclass(frozen=True, slots=True)
class Pair:
    """A photo's file and its outline's; ``kind`` is the folder that the photo lies in."""

    photo: Path
    mask: Path
    kind: str = ""

    @property
    def name(self) -> str:
        """What the photo is called in the report."""
        return f"{self.kind}/{self.photo.stem}" if self.kind else self.photo.stem

    @property
    def item(self) -> str:
        """The object in the photo: what the stem says before a number at its end."""
        name, _, number = self.photo.stem.rpartition("_")
        return name if name and number.isdigit() else self.photo.stem


def pairs_in(photos: Path, masks: Path) -> tuple[list[Pair], list[str]]:
    """Pair two folders' pictures by stem; also list the photos that have no outline.

    A photo in a folder within takes the outline in the same folder of the masks, or else the one
    of its stem wherever it lies.
    """
    outlines = {path.stem: path for path in _pictures(masks)}
    exact = {path.relative_to(masks).with_suffix(""): path for path in _pictures(masks)}
    found, alone = [], []
    for path in _pictures(photos):
        inner = path.relative_to(photos)
        mask = exact.get(inner.with_suffix(""), outlines.get(path.stem))
        if mask is None:
            alone.append(str(inner))
        else:
            found.append(Pair(path, mask, "/".join(inner.parent.parts)))
    return found, alone


def read(pair: Pair, decode: Decode) -> tuple[Photo, Truth]:
    """Read a photo and, at its size, what of it is product. Raises PhotoError.

    ``decode`` is that of `pipeline.photo.pool.Decoders`. The second is (h, w) bool.
    """
    photo = decode(pair.photo.read_bytes())
    try:
        with Image.open(pair.mask) as opened:
            mask = _upright(opened, photo, pair.photo).convert("L")
            mask = mask.resize(photo.size, Image.Resampling.NEAREST)
    except OSError as error:
        raise DamagedPhotoError(f"{pair.mask} cannot be read: {error}") from error
    levels = np.array(mask)
    # Some outlines are of 0 and 1 rather than of 0 and 255.
    return photo, levels > (MID_LEVEL if levels.max() > 1 else 0)


def reduced(photo: Photo) -> Photo:
    """Scale a photo's longer side to COMPARED_SIDE where it is more."""
    size = _size(*photo.size)
    if size == photo.size:
        return photo
    return Photo(np.asarray(cv2.resize(photo.pixels, size, interpolation=cv2.INTER_AREA)))


def compared(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale (h, w) float32 of the photo's size to the one at which cut-outs are compared."""
    size = _size(plane.shape[1], plane.shape[0])
    if size == (plane.shape[1], plane.shape[0]):
        return plane
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def _size(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, COMPARED_SIDE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _pictures(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
    )


def _upright(mask: Image.Image, photo: Photo, path: Path) -> Image.Image:
    """Turn an outline that was drawn on the photo as it lies in its file."""
    if (mask.width > mask.height) == (photo.size[0] > photo.size[1]):
        return mask
    with Image.open(path) as opened:
        turned = opened.getexif().get(ORIENTATION, 1)
    mask.load()
    exif = mask.getexif()
    exif[ORIENTATION] = turned
    return ImageOps.exif_transpose(mask)
