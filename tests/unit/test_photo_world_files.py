"""Files as the world sends them: odd, wrong by the book, and shown by every browser.

Each is what a tracker of Pillow, libheif, libavif, libvips, sharp or a browser has reported more
than once, built anew by code.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from pipeline.errors import DamagedPhotoError, NotAPictureError
from pipeline.photo.decode import decode
from pipeline.photo.jpeg import endings
from tests.stands.files import FORMATS, HEIGHT, WIDTH, corners, file_of, png_chunks

if TYPE_CHECKING:
    from pipeline.values import Pixels

Odd: TypeAlias = Callable[[], bytes]

PIXELS = np.asarray(corners())


def shown(data: bytes) -> Pixels:
    return decode(data).pixels


def jpeg(**options: object) -> bytes:
    return file_of(corners(), "JPEG", **options)


def png_with(*chunks: tuple[bytes, bytes], behind: bytes = b"", spoil: bytes = b"") -> bytes:
    """Write a PNG with ``chunks`` before its pixels, and the checksum of ``spoil`` wrong."""
    raw = b"".join(b"\0" + row.tobytes() for row in np.asarray(corners()))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    data = png_chunks((b"IHDR", header), *chunks, (b"IDAT", zlib.compress(raw)), (b"IEND", b""))
    if spoil:
        at = data.index(spoil)
        end = at + 4 + int.from_bytes(data[at - 4 : at])
        data = data[:end] + b"\1\2\3\4" + data[end + 4 :]
    return data + behind


def packed(size: int) -> bytes:
    return zlib.compress(bytes(size))


PNGS: dict[str, Odd] = {
    "a text of 3 MB": lambda: png_with((b"tEXt", b"history\0" + b"x" * 3_000_000)),
    "a packed text of 3 MB": lambda: png_with((b"zTXt", b"history\0\0" + packed(3_000_000))),
    "an XMP of 3 MB": lambda: png_with(
        (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + packed(3_000_000))
    ),
    "100 texts of 1 MB": lambda: png_with(*[(b"zTXt", b"a\0\0" + packed(1_000_000))] * 100),
    "a packed text cut short": lambda: png_with((b"zTXt", b"a\0\0" + packed(5000)[:9])),
    "a text in an unknown packing": lambda: png_with((b"zTXt", b"a\0\7" + packed(50))),
    "a text without an end of its name": lambda: png_with((b"tEXt", b"no end")),
    "a profile of 2 MB of nothing": lambda: png_with((b"iCCP", b"p\0\0" + packed(2_000_000))),
    "a profile that is none": lambda: png_with((b"iCCP", b"p\0\0" + zlib.compress(b"sRGB"))),
    "a profile in an unknown packing": lambda: png_with((b"iCCP", b"p\0\1" + packed(50))),
    "a profile that does not unpack": lambda: png_with((b"iCCP", b"p\0\0\xff\xff")),
    "a date with a wrong checksum": lambda: png_with((b"tIME", bytes(7)), spoil=b"tIME"),
    "a resolution with a wrong checksum": lambda: png_with((b"pHYs", bytes(9)), spoil=b"pHYs"),
    "pixels with a wrong checksum": lambda: png_with(spoil=b"IDAT"),
    "a resolution cut short": lambda: png_with((b"pHYs", b"\0")),
    "an animation that counts wrongly": lambda: png_with(
        (b"acTL", struct.pack(">II", 2, 0)),
        (b"fcTL", struct.pack(">IIIIIHHBB", 7, WIDTH, HEIGHT, 0, 0, 1, 1, 0, 0)),
    ),
    "an animation's frame outside the picture": lambda: png_with(
        (b"acTL", struct.pack(">II", 1, 0)),
        (b"fcTL", struct.pack(">IIIIIHHBB", 0, WIDTH, HEIGHT, 5, 5, 1, 1, 0, 0)),
    ),
    "an unknown chunk": lambda: png_with((b"skMf", b"{}" * 1000), (b"prVW", bytes(20))),
    "bytes behind the end": lambda: png_with(behind=b"\0" * 1000 + b"trailer"),
    "a second end behind it": lambda: png_with(behind=png_chunks((b"IEND", b""))[8:] + b"\r\n"),
    "EXIF that is none": lambda: png_with((b"eXIf", b"broken")),
    "a line before the file": lambda: b"\r\n" + png_with(),
}


@pytest.mark.parametrize("kind", PNGS)
@pytest.mark.filterwarnings("ignore:.*EXIF")
def test_a_png_s_pixels_are_all_that_counts(kind: str) -> None:
    assert np.array_equal(shown(PNGS[kind]()), PIXELS)


@pytest.mark.parametrize("chunk", [b"IHDR", b"PLTE"])
def test_a_png_whose_header_or_palette_is_damaged_is_refused(chunk: bytes) -> None:
    data = file_of(corners().quantize(16), "PNG")
    at = data.index(chunk)
    end = at + 4 + int.from_bytes(data[at - 4 : at])
    with pytest.raises(DamagedPhotoError):
        decode(data[:end] + b"\1\2\3\4" + data[end + 4 :])


def test_a_text_does_not_unpack_in_memory() -> None:
    """One of 200 kB that would be 200 MB."""
    bomb = zlib.compress(bytes(200_000_000), 9)
    data = png_with((b"zTXt", b"a\0\0" + bomb), (b"iCCP", b"p\0\0" + bomb))
    assert np.array_equal(shown(data), PIXELS)


def test_the_orientation_behind_the_pixels() -> None:
    exif = b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"
    end = png_chunks((b"IEND", b""))[8:]
    data = png_with().removesuffix(end) + png_chunks((b"eXIf", exif))[8:] + end
    assert np.array_equal(shown(data), np.rot90(PIXELS, -1))


def scan_marked(data: bytes) -> bytes:
    """A baseline scan with the numbers of a progressive one, as some of Samsung's cameras write."""
    at = data.rindex(b"\xff\xda")
    length = int.from_bytes(data[at + 2 : at + 4])
    return data[: at + length - 1] + b"\0\x3f\1" + data[at + length + 2 :]


def with_segment(marker: int, body: bytes) -> bytes:
    data = jpeg()
    segment = struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
    return data[:2] + segment + data[2:]


def multi_picture(count: int) -> bytes:
    """A multi-picture header that promises more than there is."""
    entries = b"".join(struct.pack("<IIIHH", 0, 10**6, 10**6 * i, 0, 0) for i in range(count))
    head = b"MPF\0II*\0\x08\0\0\0\3\0"
    head += struct.pack("<HHI4s", 0xB000, 7, 4, b"0100")
    head += struct.pack("<HHII", 0xB001, 4, 1, count)
    head += struct.pack("<HHII", 0xB002, 7, 16 * count, 50) + bytes(4)
    return with_segment(0xE2, head + entries)


JPEGS: dict[str, Odd] = {
    "a line before the file": lambda: b"\n" + jpeg(),
    "UTF-8's mark before the file": lambda: b"\xef\xbb\xbf" + jpeg(),
    "fill bytes before a marker": lambda: jpeg()[:2] + b"\xff" * 9 + jpeg()[2:],
    "bytes between segments": lambda: jpeg()[:20] + b"\0\0\0" + jpeg()[20:],
    "a film behind it": lambda: jpeg() + b"\0\0\0\x18ftypmp42" + bytes(5000),
    "zeros behind it": lambda: jpeg() + bytes(100_000),
    "another picture behind it": lambda: jpeg() + file_of(Image.new("RGB", (640, 480)), "JPEG"),
    "another one, cut short, behind it": lambda: (
        jpeg() + file_of(Image.effect_noise((640, 480), 99), "JPEG")[:5000]
    ),
    "no end": lambda: jpeg()[:-2],
    "half an end": lambda: jpeg()[:-1],
    "zeros for an end": lambda: jpeg()[:-2] + bytes(20),
    "no end, progressive": lambda: jpeg(progressive=True)[:-2],
    "no end, restart markers": lambda: jpeg(restart_marker_blocks=1)[:-2],
    "a scan's numbers wrong": lambda: scan_marked(jpeg()),
    "more pictures promised": lambda: multi_picture(3),
    "XMP in EXIF's place": lambda: with_segment(0xE1, b"Exif\0\0http://ns.adobe.com/xap/1.0/\0"),
    "an empty EXIF": lambda: with_segment(0xE1, b"Exif\0\0"),
    "a part of a profile": lambda: with_segment(0xE2, b"ICC_PROFILE\0\1\3" + bytes(200)),
    "an orientation of 0": lambda: jpeg(
        exif=b"Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\0\0\0\0"
    ),
    "an orientation of 9": lambda: jpeg(
        exif=b"Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\x09\0\0\0"
    ),
    "a gain map behind it": lambda: ultra_hdr(),  # noqa: PLW0108 - written below
}


def ultra_hdr() -> bytes:
    """A picture for any screen with a map behind that brightens it on some."""
    xmp = (
        b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF "
        b"xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description "
        b"xmlns:hdrgm='http://ns.adobe.com/hdr-gain-map/1.0/' hdrgm:Version='1.0'/>"
        b"</rdf:RDF></x:xmpmeta>"
    )
    return with_segment(0xE1, xmp) + file_of(Image.new("L", (WIDTH // 2, HEIGHT // 2), 200), "JPEG")


@pytest.mark.parametrize("kind", JPEGS)
@pytest.mark.filterwarnings("ignore")  # Pillow warns of much, and goes on
def test_a_jpeg_that_browsers_show(kind: str) -> None:
    expected = shown(jpeg())
    difference = np.abs(shown(JPEGS[kind]()).astype(int) - expected).max()
    assert difference <= (6 if "progressive" in kind or "restart" in kind else 0)


@pytest.mark.parametrize("lacking", [3, 10, 200, 2000])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_cut_short_is_no_jpeg_without_an_end(lacking: int, *, progressive: bool) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (120, 160, 3), np.uint8)
    data = file_of(Image.fromarray(noise), "JPEG", progressive=progressive)
    with pytest.raises(DamagedPhotoError):
        decode(data[: -2 - lacking])


def test_a_whole_jpeg_is_decoded_once() -> None:
    assert endings(jpeg()) is None
    assert endings(jpeg()[:-2]) is not None


def bmp(**options: object) -> bytes:
    return file_of(corners(), "BMP", **options)


def bitfields(masks: tuple[int, ...], head: int) -> bytes:
    """32 bits a pixel, top row first, with masks of its own."""
    pixels = np.asarray(corners()).astype(np.uint32)
    shifts = [mask.bit_length() - 8 for mask in masks[:3]]
    values = sum(pixels[:, :, i] << shift for i, shift in enumerate(shifts))
    info = struct.pack("<IiiHHIIiiII", head, WIDTH, -HEIGHT, 1, 32, 3, 0, 0, 0, 0, 0)
    told = struct.pack(f"<{len(masks)}I", *masks)
    info += told.ljust(head - 40, b"\0") if head > 40 else told
    body = np.asarray(values).astype("<u4").tobytes()
    start = 14 + len(info)
    return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + info + body


BMPS: dict[str, Odd] = {
    "reserved bytes": lambda: bmp()[:6] + b"\1\2\3\4" + bmp()[10:],
    "no size": lambda: bmp()[:2] + bytes(4) + bmp()[6:],
    "bit fields of Windows": lambda: bitfields((0xFF0000, 0xFF00, 0xFF), 40),
    "bit fields of other order": lambda: bitfields((0xFF, 0xFF00, 0xFF0000, 0xFF000000), 108),
    "alpha that nobody filled": lambda: bitfields((0xFF0000, 0xFF00, 0xFF, 0xFF000000), 124),
    "bit fields, version 5": lambda: bitfields((0xFF0000, 0xFF00, 0xFF, 0), 124),
    "bytes behind it": lambda: bmp() + bytes(77),
}


@pytest.mark.parametrize("kind", BMPS)
def test_a_bmp_as_programs_write_it(kind: str) -> None:
    assert np.array_equal(shown(BMPS[kind]()), PIXELS)


def heic(**options: object) -> bytes:
    return file_of(corners(), "HEIF", quality=90, **options)


@pytest.mark.parametrize("major", [b"MiHE", b"mif2", b"miaf", b"mif1", b"heim", b"heic"])
@pytest.mark.parametrize("listed", [b"MiHE", b"mif2miaf", b"miaf", b"heic", b"MiHBmif1"])
def test_heic_by_any_of_its_brands(major: bytes, listed: bytes) -> None:
    data = heic()
    size = int.from_bytes(data[:4])
    box = (b"ftyp" + major + bytes(4) + listed).ljust(size - 4, b"\0")
    assert np.array_equal(shown(data[:4] + box + data[size:]), shown(data))


@pytest.mark.parametrize("major", [b"mif1", b"miaf", b"MA1A", b"mif2"])
def test_avif_by_any_of_its_brands(major: bytes) -> None:
    data = file_of(corners(), "AVIF")
    assert data[8:12] == b"avif"
    assert b"avif" in data[16:32]
    assert np.array_equal(shown(data[:8] + major + data[12:]), shown(data))


def test_films_are_no_heic() -> None:
    with pytest.raises(NotAPictureError):
        decode(b"\0\0\0\x18ftypqt  \0\0\2\0qt  mp42" + bytes(500))


def without_box(data: bytes, kind: bytes) -> bytes:
    assert kind in data
    return data.replace(kind, b"free")


@pytest.mark.parametrize("box", [b"colr", b"pixi"])
@pytest.mark.parametrize("form", ["AVIF", "HEIF"])
def test_boxes_that_encoders_forget(form: str, box: bytes) -> None:
    data = file_of(corners(), form)
    if box in data:
        difference = np.abs(shown(without_box(data, box)).astype(int) - shown(data))
        assert difference.mean() < 4


def test_a_second_picture_in_a_heic_is_not_taken() -> None:
    other = Image.new("RGB", (64, 64), (255, 255, 255))
    data = heic(save_all=True, append_images=[other], primary_index=0)
    assert np.array_equal(shown(data), shown(heic()))


def test_the_primary_picture_of_a_heic_is_taken_wherever_it_lies() -> None:
    file = pillow_heif.from_pillow(Image.new("RGB", (64, 64)))
    file.add_from_pillow(corners())
    buffer = io.BytesIO()
    file.save(buffer, quality=90, primary_index=1)
    assert shown(buffer.getvalue()).shape == (HEIGHT, WIDTH, 3)


WEBPS: dict[str, Callable[[bytes], bytes]] = {
    "bytes behind it": lambda data: data + bytes(33),
    "an unknown chunk": lambda data: (
        data[:4] + struct.pack("<I", len(data) + 4) + data[8:] + b"junk\4\0\0\0abcd"
    ),
}


@pytest.mark.parametrize("kind", WEBPS)
def test_a_webp_as_the_web_has_it(kind: str) -> None:
    data = file_of(corners(), "WEBP", lossless=True)
    assert np.array_equal(shown(WEBPS[kind](data)), PIXELS)


def test_a_gif_without_its_end() -> None:
    data = file_of(corners(), "GIF")
    assert data.endswith(b";")
    assert np.array_equal(shown(data[:-1]), shown(data))


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_behind_a_file_does_not_count(form: str) -> None:
    data = file_of(corners(), form)
    behind = struct.pack(">I4s", 108, b"free") + bytes(100)
    assert np.array_equal(shown(data + behind), shown(data))
