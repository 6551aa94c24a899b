"""TIFF and DNG files as directories: which of their pictures is the photo, and how it lies there.

TIFF 6.0, TIFF/EP and DNG 1.7: a file is a chain of directories, each of one picture, with further
ones below it (SubIFDs). Cameras and scanners put a thumbnail first.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field

from pipeline.errors import NotAPictureError

SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 254, 256, 257, 258, 259, 262
ORIENTATION, PLANAR, SUB_IFDS = 274, 284, 330

NO_PHOTO = 1 | 4
"""Bits of NewSubfileType: a reduced version of another picture, a mask."""
READABLE = {0, 1, 2, 3, 5, 6}
"""Photometric interpretations that make a picture; a sensor's raw values are others."""
WHITE_IS_ZERO = 0
MOST_DIRECTORIES = 64
MOST_ENTRIES = 1000
THUMBNAIL_SIDE = 320
"""A first picture up to this side may be a larger one's thumbnail without saying so."""
ALIKE = 0.03
"""By how much the ratio of sides of a thumbnail may be another than its photo's."""
PREVIEW = 4
"""By how much a preview's side may be shorter than that of raw values that are not read."""
ENOUGH = 1000
"""Pixels of the longer side with which a preview does, however large the raw picture."""

SHORT = 3
FORMATS = {1: "B", SHORT: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}


@dataclass(frozen=True, slots=True)
class Directory:
    """One picture: where its directory is, its tags' numbers, and where short ones lie."""

    offset: int
    tags: dict[int, tuple[int, ...]]
    places: dict[int, int] = field(default_factory=dict)

    def first(self, tag: int, otherwise: int) -> int:
        """Return a tag's first number."""
        return self.tags.get(tag, (otherwise,))[0]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.first(WIDTH, 0), self.first(HEIGHT, 0)

    @property
    def is_photo(self) -> bool:
        """Whether it is the picture itself, in colours that are read."""
        return not self.first(SUBFILE, 0) & NO_PHOTO and self.is_readable

    @property
    def is_readable(self) -> bool:
        """Whether its values are colours."""
        return self.first(PHOTOMETRIC, WHITE_IS_ZERO) in READABLE and min(self.size) > 0


@dataclass(frozen=True, slots=True)
class Tiff:
    """A TIFF whose first picture is the photo.

    ``orientation``, as EXIF numbers it, is what the file says of the photo outside the photo's own
    directory, None where it says nothing there. ``is_negative``: 16-bit grey that is to be
    inverted. ``is_planar``: colours lie apart, uncompressed.
    """

    data: bytes
    orientation: int | None
    is_negative: bool
    is_planar: bool


def photo_first(data: bytes) -> Tiff:
    """Point a file's header at its photo.

    Raises NotAPictureError for raw sensor values with no preview worth using, struct.error and
    ValueError for a file that is broken.
    """
    file = _File(data)
    chain = file.directories()
    if not chain:
        raise ValueError("no picture in the file")
    photo = _photo(chain)
    # What the photo's own directory says, Pillow turns by while it loads.
    orientation = None if ORIENTATION in photo.tags else chain[0].first(ORIENTATION, 0) or None
    deep = photo.first(BITS, 1) == 16  # noqa: PLR2004 - bits, as written
    grey = len(photo.tags.get(BITS, ())) == 1
    negative = deep and grey and photo.first(PHOTOMETRIC, WHITE_IS_ZERO) == WHITE_IS_ZERO
    patched = bytearray(data)
    file.write_first(patched, photo.offset)
    if negative and PHOTOMETRIC in photo.places:
        # Pillow reads it as it lies, or not at all; so it is told that black is zero.
        struct.pack_into(file.order + "H", patched, photo.places[PHOTOMETRIC], 1)
    planar = photo.first(PLANAR, 1) == 2 and photo.first(COMPRESSION, 1) == 1  # noqa: PLR2004 - TIFF 6.0
    return Tiff(bytes(patched), orientation, negative, planar)


def _photo(found: list[Directory]) -> Directory:
    """Choose among a file's pictures. Raises NotAPictureError."""
    first = found[0]
    if first.is_photo and not _is_thumbnail(first, found):
        return first
    if whole := [one for one in found if one.is_photo and one is not first]:
        return max(whole, key=lambda one: math.prod(one.size))
    readable = [one for one in found if one.is_readable]
    if not readable:
        raise NotAPictureError("raw values of a sensor, without a preview")
    best = max(readable, key=lambda one: math.prod(one.size))
    raw = max(max(one.size) for one in found)
    if PREVIEW * max(best.size) < raw and max(best.size) < ENOUGH:
        raise NotAPictureError(f"raw values of a sensor, with a preview of {best.size} alone")
    return best


def _is_thumbnail(first: Directory, found: list[Directory]) -> bool:
    """Tell whether a small first picture looks like a larger one's thumbnail."""
    width, height = first.size
    return max(width, height) <= THUMBNAIL_SIDE and any(
        min(one.size[0] / width, one.size[1] / height) > 2  # noqa: PLR2004 - larger by far
        and abs(one.size[0] / one.size[1] * height / width - 1) < ALIKE
        for one in found
        if one.is_photo
    )


class _File:
    """A TIFF's or BigTIFF's bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.order = "<" if data[:2] == b"II" else ">"
        self._is_big = 43 in data[2:4]  # noqa: PLR2004 - BigTIFF's number, 42 is TIFF's
        self._pointer = "Q" if self._is_big else "I"

    def directories(self) -> list[Directory]:
        """Read the directories of the file and those below them, the first one first."""
        found: list[Directory] = []
        (start,) = self._unpack(self._pointer, 8 if self._is_big else 4)
        waiting, seen = [start], set[int]()
        while waiting and len(found) < MOST_DIRECTORIES:
            offset = waiting.pop(0)
            if not offset or offset in seen:
                continue
            seen.add(offset)
            try:
                directory, following = self._directory(offset)
            except struct.error:
                # The first one counts; what a later one lacks may be nobody's loss.
                if not found:
                    raise
                continue
            found.append(directory)
            waiting += (following, *directory.tags.get(SUB_IFDS, ()))
        return found

    def write_first(self, data: bytearray, offset: int) -> None:
        """Write where the first directory lies."""
        struct.pack_into(self.order + self._pointer, data, 8 if self._is_big else 4, offset)

    def _directory(self, offset: int) -> tuple[Directory, int]:
        """Read one directory, and where the next of the chain lies, 0 for none."""
        counter, entry, inline = ("Q", 20, 8) if self._is_big else ("H", 12, 4)
        (count,) = self._unpack(counter, offset)
        at = offset + struct.calcsize(counter)
        tags: dict[int, tuple[int, ...]] = {}
        places: dict[int, int] = {}
        for place in range(at, at + entry * min(count, MOST_ENTRIES), entry):
            tag, kind, length = self._unpack("HH" + self._pointer, place)
            form = f"{min(length, MOST_DIRECTORIES)}{FORMATS.get(kind, '')}"
            if kind not in FORMATS or not length:
                continue
            value = place + entry - inline
            try:
                if struct.calcsize("=" + form) > inline:
                    (value,) = self._unpack(self._pointer, value)
                tags[tag] = self._unpack(form, value)
            except struct.error:
                continue
            if kind == SHORT:
                places[tag] = value
        following = 0
        if count <= MOST_ENTRIES and at + entry * count < len(self._data):
            (following,) = self._unpack(self._pointer, at + entry * count)
        return Directory(offset, tags, places), following

    def _unpack(self, form: str, offset: int) -> tuple[int, ...]:
        return struct.unpack_from(self.order + form, self._data, offset)
