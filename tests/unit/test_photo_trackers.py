"""Files that public trackers of decoders tell of, built anew by code; the lab cites each.

Each is read as every browser shows it, or refused where half of it is missing.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from pipeline.errors import PhotoError
from pipeline.photo.decode import decode
from tests.conftest import ROOT
from tests.stands.files import HEIGHT, WIDTH, corners, file_of
from tests.unit.test_photo_world_files import jpeg, multi_picture, png_with, with_segment

if TYPE_CHECKING:
    from pipeline.values import Pixels

Make: TypeAlias = Callable[[], bytes]

PIXELS = np.asarray(corners())
UPRIGHT = b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\1\0\0\0\0\0\0\0"
"""EXIF that says that a picture stands upright."""
MADE = b"II*\0\x08\0\0\0\1\0\x0f\1\2\0\4\0\0\0Abc\0\0\0\0\0"
"""EXIF that names a maker."""
LAB = ROOT / "docs" / "lab" / "trackers.md"


def heic(image: Image.Image | None = None, **options: object) -> bytes:
    return file_of(image or corners(), "HEIF", quality=90, **options)


def branded(major: bytes, *listed: bytes) -> bytes:
    """A HEIC that names other brands."""
    data = heic()
    size = int.from_bytes(data[:4])
    box = b"ftyp" + major + bytes(4) + b"".join(listed)
    return (
        struct.pack(">I", len(box) + 4) + box + bytes(0) + _moved(data, size, len(box) + 4 - size)
    )


def _moved(data: bytes, size: int, by: int) -> bytes:
    """The boxes behind the first; its place in the file is written into `iloc`."""
    rest = bytearray(data[size:])
    at = rest.index(b"iloc") + 4
    assert rest[at : at + 6] == b"\0\0\0\0\x44\x40", "one layout is enough"
    for place in range(at + 12, at + 12 + 16 * rest[at + 7], 16):
        base = int.from_bytes(rest[place : place + 4])
        rest[place : place + 4] = struct.pack(">I", base + by)
    return bytes(rest)


def two_pictures(second: bytes) -> bytes:
    """A JPEG whose multi-picture header is right, with another picture behind it."""
    whole = multi_picture(2)
    start = whole.index(b"MPF\0") + 4
    entries = struct.pack("<IIIHH", 0x030000, len(whole), 0, 0, 0)
    entries += struct.pack("<IIIHH", 0x010002, len(second), len(whole) - start, 0, 0)
    return whole[: start + 50] + entries + whole[start + 50 + len(entries) :] + second


def old_jpeg_tiff() -> bytes:
    """A page of a scanner's: JPEG as TIFF 6.0 first had it."""
    inner = file_of(corners().convert("L"), "JPEG")
    tags = {256: WIDTH, 257: HEIGHT, 258: 8, 259: 6, 262: 1, 273: 8, 277: 1, 278: HEIGHT,
            279: len(inner), 512: 1, 513: 8, 514: len(inner)}  # fmt: skip
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    at = 8 + len(inner) + len(inner) % 2
    body = inner + bytes(len(inner) % 2)
    return (
        b"II*\0" + struct.pack("<I", at) + body + struct.pack("<H", len(tags)) + entries + bytes(4)
    )


def with_disposal(method: int) -> bytes:
    """A GIF of two frames, whose first one is disposed of in that way."""
    data = bytearray(
        file_of(corners(), "GIF", save_all=True, append_images=[Image.new("RGB", (96, 64))])
    )
    at = data.index(b"\x21\xf9\x04") + 3
    data[at] = data[at] & 0xE3 | method << 2
    return bytes(data)


def with_exif_of(data: bytes, old: bytes, new: bytes) -> bytes:
    assert len(old) == len(new)
    assert old in data
    return data.replace(old, new)


def thumbed() -> bytes:
    """A HEIC whose picture is referred to by more than 16 thumbnails."""
    file = pillow_heif.from_pillow(corners().resize((192, 128)))
    file[0].info["thumbnails"] = list[int | None](range(16, 96, 4))
    buffer = io.BytesIO()
    file.save(buffer, quality=90, save_nclx_profile=True)
    return buffer.getvalue()


SAME: dict[str, tuple[Make, Make]] = {
    # tracker and number: the file, a plain one that shows the same
    "python-pillow/Pillow#5491": (lambda: png_with((b"I\0\0\0", b"x" * 9)), png_with),
    "python-pillow/Pillow#9880": (
        lambda: png_with((b"gAMA", b"\0\1"), (b"cHRM", b"\0"), (b"sRGB", b"")), png_with),
    "python-pillow/Pillow#9934": (lambda: png_with((b"tRNS", b"\0\1")), png_with),
    "lovell/sharp#2330": (
        lambda: png_with((b"tEXt", b'a\0<svg xmlns="http://www.w3.org/2000/svg">')), png_with),
    "python-pillow/Pillow#7456": (
        lambda: with_segment(0xE1, b"Exif\0\0II*\0\xff\xff\xff\x7f" + b"Samsung"), jpeg),
    "python-pillow/Pillow#7879": (
        lambda: two_pictures(
            jpeg()[:2] + struct.pack(">BBH", 0xFF, 0xE1, 33) + b"http://ns.adobe.com/xap/1.0/\0xx"
            + jpeg()[2:]), jpeg),
    "python-pillow/Pillow#1138": (
        lambda: two_pictures(file_of(Image.new("RGB", (1920, 1080)), "JPEG")), jpeg),
    "python-pillow/Pillow#5164": (
        lambda: two_pictures(
            file_of(
                corners(), "JPEG",
                exif=b"Exif\0\0II*\0\x08\0\0\0\2\0\0\1\4\0\1\0\0\0`\x15\0\0\1\1\4\0\1\0\0\0@\x0e\0\0"
                b"\0\0\0\0")), jpeg),
    "python-pillow/Pillow#4099": (lambda: two_pictures(b""), jpeg),
    "python-pillow/Pillow#1328": (
        lambda: with_segment(0xE2, b"MPF\0II*\0\x08\0\0\0\xff\xff" + bytes(9)), jpeg),
    "python-pillow/Pillow#2944": (
        lambda: with_segment(0xE1, b"Exif\0\0" + UPRIGHT)[:2]
        + 2 * (struct.pack(">BBH", 0xFF, 0xE1, len(UPRIGHT) + 8) + b"Exif\0\0" + UPRIGHT)
        + jpeg()[2:], jpeg),
    "bigcat88/pillow_heif#92": (
        lambda: with_exif_of(heic(exif=b"Exif\0\0" + UPRIGHT), UPRIGHT[:8], b"\xff\xe1\0\x20Exif"),
        heic),
    "strukturag/libheif#710": (
        lambda: with_exif_of(heic(exif=b"Exif\0\0" + UPRIGHT), UPRIGHT, bytes(len(UPRIGHT))), heic),
    "immich-app/immich#6849": (
        lambda: branded(b"heix", b"mif1", b"heix", b"miaf", b"MiHA", b"jpeg", b"SHIF"), heic),
    "bigcat88/pillow_heif#269": (
        lambda: branded(b"heic", b"mif1", b"MiHB", b"MiHE", b"MiPr", b"miaf", b"heic", b"tmap"),
        heic),
    "AOMediaCodec/libavif#3306": (
        lambda: with_exif_of(
            file_of(corners(), "AVIF", exif=b"Exif\0\0" + MADE), MADE[:10], b"\xff" * 10),
        lambda: file_of(corners(), "AVIF")),
    "discord/lilliput#159": (
        lambda: file_of(
            corners(), "WEBP", lossless=True, save_all=True, duration=9,
            append_images=[Image.blend(corners(), Image.new("RGB", (WIDTH, HEIGHT)), 0.5)]),
        png_with),
    "XamlAnimatedGif/XamlAnimatedGif#29": (
        lambda: with_disposal(5), lambda: file_of(corners(), "GIF")),
    "strukturag/libheif#111": (jpeg, jpeg),
}  # fmt: skip
"""A file and what it is like: none differs by more than a few levels."""

SIZED: dict[str, tuple[Make, tuple[int, int]]] = {
    "strukturag/libheif#751": (lambda: heic(corners().resize((95, 61))), (95, 61)),
    "bigcat88/pillow_heif#86": (
        lambda: heic(exif=b"Exif\0\0" + UPRIGHT[:18] + b"\6" + UPRIGHT[19:]), (HEIGHT, WIDTH)),
    "strukturag/libheif#1845": (thumbed, (192, 128)),
    "lovell/sharp#996": (
        lambda: file_of(Image.new("RGB", (40, 40), (9, 9, 9)), "WEBP", lossless=True), (40, 40)),
    "python-pillow/Pillow#2926": (
        lambda: file_of(corners().convert("YCbCr"), "TIFF", compression="jpeg"), (WIDTH, HEIGHT)),
}  # fmt: skip

CUT: dict[str, Make] = {
    "libvips/libvips#1509": lambda: jpeg_of_noise()[:9000],
    "python-pillow/Pillow#1347": lambda: file_of(corners(), "BMP")[:9000],
    "python-pillow/Pillow#889": lambda: jpeg_of_noise()[:-3000],
    # JPEG in TIFF as it was before 1995.
    "python-pillow/Pillow#7414": lambda: old_jpeg_tiff(),  # noqa: PLW0108 - made when it is asked for
    "lovell/sharp#793": lambda: jpeg_of_noise()[:10_000],
}


def jpeg_of_noise() -> bytes:
    noise = np.random.default_rng(1).integers(0, 256, (120, 160, 3), np.uint8)
    return file_of(Image.fromarray(noise), "JPEG")


def shown(data: bytes) -> Pixels:
    return decode(data).pixels


@pytest.mark.filterwarnings("ignore")  # Pillow warns of much, and goes on
def test_files_of_the_trackers_are_read() -> None:
    wrong: dict[str, str] = {}
    for name, (odd, plain) in SAME.items():
        try:
            off = np.abs(shown(odd()).astype(int) - shown(plain())).mean()
        except (PhotoError, ValueError) as error:
            wrong[name] = repr(error)
        else:
            if off > 2:
                wrong[name] = f"differs by {off:.1f}"
    for name, (odd, size) in SIZED.items():
        try:
            found = decode(odd()).size
        except PhotoError as error:
            wrong[name] = repr(error)
        else:
            if found != size:
                wrong[name] = f"is {found}"
    assert wrong == {}


def test_what_the_trackers_call_cut_short_is_refused() -> None:
    for name, make in CUT.items():
        with pytest.raises(PhotoError):
            pytest.fail(f"{name}: {decode(make()).size}")


def test_the_lab_cites_them() -> None:
    told = LAB.read_text("utf-8")
    rows = [*SAME, *SIZED, *CUT]
    assert len(rows) >= 28
    assert [name for name in rows if f"[{name}](" not in told] == []
