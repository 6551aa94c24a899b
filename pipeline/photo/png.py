"""PNG files as chunks: what makes up the picture is kept, what may be broken around it is not.

Pillow refuses a file for a wrong checksum in its date, or for a text of more than a megabyte
(Photoshop keeps its history in one). Neither changes a pixel.
https://www.w3.org/TR/png-3/
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import DamagedPhotoError

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CRITICAL = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
KEPT = CRITICAL | {b"tRNS", b"eXIf"}
"""What decoding needs. The frames of an animation are left out: the first one is in IDAT."""
COLOUR = {b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM"}

MOST_PROFILE = 16 << 20
"""Bytes of a colour profile once unpacked; the largest of printers take 4 MB."""
DEEP = 16
COLOUR_TYPE = 25
"""Where the header says of which kind the colours are."""


@dataclass(frozen=True, slots=True)
class Png:
    """A PNG reduced to its picture.

    ``data`` is a file that any decoder reads; ``colour`` maps the name of each chunk about
    colours to its content; ``depth`` is the bits of a channel.
    """

    data: bytes
    colour: dict[bytes, bytes]
    depth: int

    def profile(self) -> bytes | None:
        """Return the ICC profile, None where there is none or it does not unpack."""
        _, _, packed = self.colour.get(b"iCCP", b"").partition(b"\0")
        try:
            return zlib.decompressobj().decompress(packed[1:], MOST_PROFILE) or None
        except zlib.error:
            return None


def essence(data: bytes) -> Png:
    """Keep of a file what makes up its picture, with right checksums.

    Raises DamagedPhotoError where the header or the palette does not fit its checksum.
    """
    before: list[bytes] = []
    kept: list[bytes] = []
    colour: dict[bytes, bytes] = {}
    for kind, start, end in _chunks(data):
        if kind in COLOUR:
            colour.setdefault(kind, data[start:end])
        if kind not in KEPT or (kind == b"tRNS" and not _fits(data, end - start)):
            continue
        checksum = data[end : end + 4]
        if kind in {b"tRNS", b"eXIf"}:
            checksum = struct.pack(">I", zlib.crc32(data[start - 4 : end]))
        elif kind in {b"IHDR", b"PLTE"} and int.from_bytes(checksum) != zlib.crc32(
            data[start - 4 : end]
        ):
            raise DamagedPhotoError(f"a wrong checksum in {kind!r}")
        # EXIF is found only before the pixels, and cameras put it behind them.
        (before if kind == b"eXIf" else kept).append(data[start - 8 : end] + checksum)
    return Png(
        b"".join((SIGNATURE, *kept[:1], *before, *kept[1:])),
        colour,
        data[24] if len(data) > DEEP + 8 else 0,
    )


def _fits(data: bytes, length: int) -> bool:
    """Tell whether a ``tRNS`` of that length belongs to the header's kind of colours."""
    grey, truecolour, palette = 0, 2, 3
    wanted = {grey: range(2, 3), truecolour: range(6, 7), palette: range(1, 257)}
    return len(data) > COLOUR_TYPE and length in wanted.get(data[COLOUR_TYPE], ())


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield each chunk's name, and where its content begins and ends; a cut one is the last."""
    at = len(SIGNATURE)
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind, at + 8, min(at + 8 + length, len(data))
        if kind == b"IEND":
            return
        at += 12 + length
