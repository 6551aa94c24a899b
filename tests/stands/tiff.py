"""TIFF files of any layout, written by the book."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Order: TypeAlias = Literal["<", ">"]
RAW, DEFLATE = 1, 8


@dataclass
class Picture:
    """One directory: (height, width) or (height, width, channels) uint8 or uint16 values."""

    values: NDArray[Any]
    photometric: int = 2
    planar: bool = False
    compression: int = RAW
    tags: dict[int, int] = field(default_factory=dict)
    below: tuple[Picture, ...] = ()


def tiff(*pictures: Picture, order: Order = "<") -> bytes:
    """Write a chain of directories, each with those below it, all data before them."""
    data = bytearray(b"II*\0" if order == "<" else b"MM\0*") + bytes(4)
    _chain(data, pictures, order, 4)
    return bytes(data)


def _chain(data: bytearray, pictures: tuple[Picture, ...], order: Order, pointer: int) -> None:
    for picture in pictures:
        at, following = _directory(data, picture, order)
        struct.pack_into(order + "I", data, pointer, at)
        pointer = following


def _directory(data: bytearray, picture: Picture, order: Order) -> tuple[int, int]:
    """Append one; return where it is and where the next one's place is to be written."""
    below = [_directory(data, one, order)[0] for one in picture.below]
    values = picture.values[:, :, None] if picture.values.ndim == 2 else picture.values
    height, width, channels = values.shape
    stored = values.astype(values.dtype.newbyteorder(order))
    planes = [stored[:, :, i] for i in range(channels)] if picture.planar else [stored]
    strips, places = [plane.tobytes() for plane in planes], []
    if picture.compression == DEFLATE:
        strips = [zlib.compress(strip) for strip in strips]
    for strip in strips:
        places.append(len(data))
        data += strip + bytes(len(strip) % 2)
    tags = {
        256: [width],
        257: [height],
        258: [8 * values.dtype.itemsize] * channels,
        259: [picture.compression],
        262: [picture.photometric],
        273: places,
        277: [channels],
        278: [height],
        279: [len(strip) for strip in strips],
        284: [2 if picture.planar else 1],
        **({330: below} if below else {}),
        **{tag: [value] for tag, value in picture.tags.items()},
    }
    table = b""
    for tag, numbers in sorted(tags.items()):
        long = tag in {273, 279, 330}
        packed = struct.pack(f"{order}{len(numbers)}{'I' if long else 'H'}", *numbers)
        if len(packed) > 4:
            place = len(data)
            data += packed + bytes(len(packed) % 2)
            packed = struct.pack(order + "I", place)
        table += struct.pack(order + "HHI", tag, 4 if long else 3, len(numbers))
        table += packed.ljust(4, b"\0")
    at = len(data)
    data += struct.pack(order + "H", len(tags)) + table + bytes(4)
    return at, len(data) - 4


def gradient(width: int, height: int, channels: int = 3, most: int = 255) -> NDArray[np.uint16]:
    """Values that tell every pixel and channel apart from its neighbours."""
    rows, columns = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    planes = [columns, rows, 1 - columns * rows][:channels]
    values: NDArray[np.uint16] = np.rint(np.dstack(planes) * most).astype(np.uint16)
    return values
