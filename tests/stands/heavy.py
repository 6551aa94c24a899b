"""Small files that are much work to decode."""

from __future__ import annotations

import functools
import io
import struct
import zlib

from PIL import Image

from tests.stands.files import png_chunks


@functools.cache
def scan_bomb(side: int, scans: int) -> bytes:
    """Write a progressive JPEG of ``side`` squared pixels that says nothing in many scans."""
    buffer = io.BytesIO()
    Image.new("L", (side, side), 128).save(buffer, "JPEG", progressive=True)
    data = buffer.getvalue()
    # Grey's second scan is the first of AC coefficients; a flat picture has an empty one.
    first = data.index(b"\xff\xda")
    begin = data.rindex(b"\xff\xc4", 0, data.index(b"\xff\xda", first + 2))
    end = data.index(b"\xff", data.index(b"\xff\xda", first + 2) + 2)
    while data[end + 1] == 0:
        end = data.index(b"\xff", end + 2)
    return data[:end] + data[begin:end] * scans + data[end:]


@functools.cache
def transparent_png(side: int) -> bytes:
    """Write a PNG of ``side`` squared pixels, a red square on what is clear."""
    packer = zlib.compressobj(1)
    half = side // 2
    clear = bytes(1 + 4 * side)
    thing = bytes(1 + 4 * (half // 2)) + b"\xc8\x28\x28\xff" * half
    thing = thing.ljust(1 + 4 * side, b"\0")
    packed = b"".join(
        packer.compress(thing if half // 2 <= row < half // 2 + half else clear)
        for row in range(side)
    )
    return png_chunks(
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)),
        (b"IDAT", packed + packer.flush()),
        (b"IEND", b""),
    )


@functools.cache
def dearest_jpeg(side: int) -> bytes:
    """Write a progressive JPEG with all its colour: the most memory that a JPEG takes."""
    image = Image.new("RGB", (side, side), (40, 120, 160))
    quarter = side // 4
    image.paste((200, 40, 40), (quarter, quarter, 3 * quarter, 3 * quarter))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", progressive=True, subsampling=0, quality=60)
    return buffer.getvalue()
