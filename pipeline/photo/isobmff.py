"""HEIF and AVIF files as boxes (ISO/IEC 14496-12, 23008-12): brands, and how colours are meant.

The decoders read the pictures; this reads what Pillow does not tell of an AVIF.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    Box = tuple[bytes, memoryview]
    """A box's type and its content."""

MOST_BOXES = 10_000
"""Boxes on one level that are looked at; a photo of 64 tiles has some 200."""
MOST_BRANDS = 64

AVIF = {b"avif", b"avis"}
HEIF = {
    *(b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"),
    *(b"mif1", b"mif2", b"msf1", b"miaf", b"MiHE", b"MiHB", b"MiHA"),
}
"""Brands that say what a file holds, or how it is laid out: cameras put either first."""


def brands(data: bytes) -> set[bytes]:
    """Return a file's major and compatible brands, none where it does not begin with them."""
    if data[4:8] != b"ftyp":
        return set()
    end = min(len(data), int.from_bytes(data[:4]), 16 + 4 * MOST_BRANDS)
    return {data[8:12], *(data[at : at + 4] for at in range(16, end - 3, 4))}


def named_mif1(data: bytes) -> bytes:
    """Have a HEIF list the brand of all still pictures, without which libheif passes it by.

    It takes a listed brand's place, so that nothing moves; a file that lists none is left.
    """
    end = min(len(data), int.from_bytes(data[:4]), 16 + 4 * MOST_BRANDS)
    listed = {data[at : at + 4] for at in range(16, end - 3, 4)}
    if not listed or listed & {b"mif1", b"heic", b"heix", b"hevc", b"hevx", b"msf1"}:
        return data
    return data[:16] + b"mif1" + data[20:]


def without_exif(data: bytes) -> bytes:
    """Have a file say that its EXIF is something else: a decoder may refuse the picture for it."""
    changed, at = bytearray(data), 0
    for _ in range(MOST_BOXES):
        at = data.find(b"infe", at)
        if at < 0:
            break
        # Behind version and flags an item's number, of two bytes or four, and two of protection.
        kind = at + (12 if data[at + 4 : at + 5] == b"\2" else 14)
        if data[kind : kind + 4] == b"Exif":
            changed[kind : kind + 4] = b"free"
        at += 4
    return bytes(changed)


def colour_of(data: bytes) -> tuple[int, int] | None:
    """Return the primary picture's colour primaries and transfer, as ITU-T H.273 numbers them.

    None where the file does not say. Raises ValueError, struct.error and IndexError for boxes
    that do not fit in one another.
    """
    for kind, body in _primary_properties(data):
        if kind == b"colr" and bytes(body[:4]) == b"nclx":
            primaries, transfer = struct.unpack_from(">HH", body, 4)
            return primaries, transfer
    return None


def depth_of(data: bytes) -> int:
    """Return the bits of a channel of an AVIF's primary picture. Raises as ``colour_of``."""
    for kind, body in _primary_properties(data):
        if kind == b"av1C" and body[2] & 0x40:
            return 12 if body[2] & 0x20 else 10
    return 8


def _primary_properties(data: bytes) -> list[Box]:
    """Return the properties of the item that is to be shown, in their order."""
    meta = _find(_boxes(memoryview(data)), b"meta")[4:]
    inner = list(_boxes(meta))
    primary = _find(inner, b"pitm")
    wide_item = primary[0] > 0
    item = int.from_bytes(primary[4:8] if wide_item else primary[4:6])
    groups = list(_boxes(_find(inner, b"iprp")))
    properties = list(_boxes(_find(groups, b"ipco")))
    numbers = _associated(_find(groups, b"ipma"), item)
    return [properties[number - 1] for number in numbers if 0 < number <= len(properties)]


def _associated(table: memoryview, wanted: int) -> list[int]:
    """Return the numbers, from 1, of an item's properties."""
    wide_item, wide_number = table[0] > 0, table[3] & 1
    (entries,) = struct.unpack_from(">I", table, 4)
    at = 8
    for _ in range(min(entries, MOST_BOXES)):
        (item,) = struct.unpack_from(">I" if wide_item else ">H", table, at)
        at += 4 if wide_item else 2
        count, at = table[at], at + 1
        size = 2 if wide_number else 1
        if item == wanted:
            mask = 0x7FFF if wide_number else 0x7F
            places = range(at, at + size * count, size)
            return [int.from_bytes(table[place : place + size]) & mask for place in places]
        at += size * count
    return []


def _boxes(content: memoryview) -> Iterator[Box]:
    """Yield the boxes that lie side by side in ``content``."""
    at = 0
    for _ in range(MOST_BOXES):
        if at + 8 > len(content):
            return
        size, kind = struct.unpack_from(">I4s", content, at)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", content, at + 8)
            head = 16
        end = len(content) if size == 0 else at + size
        if size and size < head:
            raise ValueError(f"a box {kind!r} of {size} bytes")
        yield kind, content[at + head : end]
        at = end


def _find(boxes: Iterator[Box] | list[Box], wanted: bytes) -> memoryview:
    for kind, body in boxes:
        if kind == wanted:
            return body
    raise ValueError(f"no box {wanted!r}")
