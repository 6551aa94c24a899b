"""Photo files of every format, and what bad luck or bad will makes of them."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from tests.stands.files import FORMATS, corners, file_of, shirt

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

PIECES = {
    "PNG": re.compile(rb"IHDR|PLTE|IDAT|IEND|tRNS|iCCP|eXIf"),
    "WEBP": re.compile(rb"VP8[ LX]|ICCP|EXIF|ALPH|ANIM|ANMF"),
    "HEIF": re.compile(rb"ftyp|meta|iinf|infe|iprp|ipco|ispe|hvcC|iloc|mdat|iref|ipma|colr|irot"),
    "AVIF": re.compile(rb"ftyp|meta|iinf|infe|iprp|ipco|ispe|av1C|iloc|mdat|iref|ipma|colr|auxC"),
    "JPEG": re.compile(rb"\xff[\xc0-\xc4\xda-\xdd\xe0-\xef]", re.DOTALL),
}
"""Where the parts of a format begin; in the others parts are cut anywhere."""
EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
HEAD = 256
"""Bytes in which headers lie."""


@functools.cache
def seeds() -> tuple[tuple[str, bytes], ...]:
    """Real files: plain, grey, with transparency, turned, progressive, with a palette."""
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    rgba = corners().convert("RGBA")
    rgba.putalpha(shirt(*rgba.size))
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "A phone"
    found = [(form, file_of(corners(), form)) for form in FORMATS]
    found += [(form, file_of(Image.fromarray(noise), form)) for form in FORMATS]
    found += [(form, file_of(rgba, form)) for form in ("PNG", "WEBP", "AVIF", "HEIF", "TIFF")]
    found += [(form, file_of(corners().convert("L"), form)) for form in FORMATS]
    found += [
        (form, file_of(corners(), form, exif=exif.tobytes()))
        for form in ("JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF")
    ]
    found += [
        ("JPEG", file_of(corners(), "JPEG", progressive=True)),
        ("JPEG", file_of(corners().convert("CMYK"), "JPEG")),
        ("PNG", file_of(corners().quantize(16), "PNG", transparency=3)),
        ("TIFF", file_of(corners(), "TIFF", compression="tiff_lzw")),
        ("TIFF", file_of(corners(), "TIFF", compression="jpeg")),
        ("WEBP", file_of(corners(), "WEBP", lossless=True)),
        ("GIF", file_of(corners(), "GIF", save_all=True, append_images=[corners().rotate(180)])),
    ]
    return tuple(found)


def mutant(number: random.Random) -> tuple[str, bytes]:
    """Return a format's name and a file of it that was hurt one to four times."""
    form, data = number.choice(seeds())
    for _ in range(number.randint(1, 4)):
        data = number.choice(WAYS)(number, form, data) or data
    return form, data


def flip_bits(number: random.Random, form: str, data: bytes) -> bytes:
    """Flip up to sixteen bits anywhere."""
    del form
    changed = bytearray(data)
    for _ in range(number.randint(1, 16)):
        changed[number.randrange(len(changed))] ^= 1 << number.randrange(8)
    return bytes(changed)


def truncate(number: random.Random, form: str, data: bytes) -> bytes:
    """Cut the end off."""
    del form
    return data[: number.randrange(1, len(data) + 1)]


def lie(number: random.Random, form: str, data: bytes) -> bytes:
    """Write an extreme number of one to four bytes into the header: sizes, counts, offsets."""
    del form
    width = number.choice((1, 2, 4))
    at = number.randrange(max(1, min(HEAD, len(data)) - width))
    value = number.choice(EXTREMES) & ((1 << 8 * width) - 1)
    return data[:at] + value.to_bytes(width, number.choice(("big", "little"))) + data[at + width :]


def operate(number: random.Random, form: str, data: bytes) -> bytes:
    """Take a part of the file out, double it, put it elsewhere, or that of another file."""
    begin, end = _part(number, form, data)
    part, rest = data[begin:end], data[:begin] + data[end:]
    match number.randrange(4):
        case 0:
            return rest
        case 1:
            return data[:end] + part * number.randint(1, 50) + data[end:]
        case 2:
            at = number.randrange(len(rest) + 1)
            return rest[:at] + part + rest[at:]
        case _:
            other, donor = number.choice(seeds())
            from_, to = _part(number, other, donor)
            return data[:begin] + donor[from_:to] + data[end:]


def fill(number: random.Random, form: str, data: bytes) -> bytes:
    """Overwrite a stretch with noise or one byte."""
    del form
    begin = number.randrange(len(data))
    length = min(len(data) - begin, number.randint(1, 200))
    noise = number.randbytes(length) if number.random() < 0.5 else bytes([number.choice((0, 255))])
    return data[:begin] + (noise * length)[:length] + data[begin + length :]


WAYS: tuple[Callable[[random.Random, str, bytes], bytes], ...] = (
    flip_bits,
    truncate,
    lie,
    operate,
    fill,
)


def _part(number: random.Random, form: str, data: bytes) -> tuple[int, int]:
    """Choose where a part of the file begins and ends."""
    marks = [found.start() for found in PIECES[form].finditer(data)] if form in PIECES else []
    if len(marks) > 1:
        first = number.randrange(len(marks))
        return marks[first], marks[first + 1] if first + 1 < len(marks) else len(data)
    begin = number.randrange(len(data))
    return begin, min(len(data), begin + number.randint(1, 64))
