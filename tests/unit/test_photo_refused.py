"""What is refused: no pictures, broken ones, too large and too small ones, each by its error."""

from __future__ import annotations

import functools
import struct
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from pipeline.errors import (
    DamagedPhotoError,
    NotAPictureError,
    PhotoError,
    PhotoTooLargeError,
    PhotoTooLongError,
    PhotoTooSmallError,
)
from pipeline.photo.decode import decode
from pipeline.photo.formats import LIMITS, Limits
from tests.stands.files import FORMATS, file_of, png_chunks

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        b"hello, this is a text file named photo.jpg\n" * 50,
        b"BMW for sale, hardly used, call me any time please\n" * 50,
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(500),
        b"<svg xmlns='http://www.w3.org/2000/svg' width='64' height='64'/>",
        b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + bytes(500),
        b"PK\3\4" + bytes(500),
        bytes(5000),
    ],
)
def test_what_is_no_picture(data: bytes) -> None:
    with pytest.raises(NotAPictureError):
        decode(data)


def test_float_tiff_is_no_photo() -> None:
    with pytest.raises(NotAPictureError):
        decode(file_of(Image.new("F", (64, 64)), "TIFF"))


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.filterwarnings("ignore:.*(EXIF|Truncated)")
def test_a_file_cut_short_is_refused(form: str, share: float) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (120, 160, 3), np.uint8)
    data = file_of(Image.fromarray(noise), form)

    with pytest.raises(DamagedPhotoError):
        decode(data[: int(len(data) * share)])


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "BMP", "TIFF"])
def test_one_pixel_is_too_small(form: str) -> None:
    with pytest.raises(PhotoTooSmallError) as caught:
        decode(file_of(Image.new("RGB", (1, 1)), form))
    assert caught.value.details == {"limit": 32}


def test_a_strip_is_too_small_and_the_limit_itself_is_not() -> None:
    with pytest.raises(PhotoTooSmallError):
        decode(file_of(Image.new("RGB", (600, 31)), "PNG"))
    assert decode(file_of(Image.new("RGB", (600, 32)), "PNG")).size == (600, 32)


@pytest.mark.parametrize("size", [(700, 34), (34, 700), (2_000_000, 32), (30_001, 1600)])
def test_strips_are_refused_before_they_are_decoded(size: tuple[int, int]) -> None:
    header = struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)
    with pytest.raises(PhotoTooLongError) as caught:
        decode(png_chunks((b"IHDR", header), (b"IDAT", b""), (b"IEND", b"")))
    assert caught.value.details == {"limit": 20}


def test_a_panorama_is_no_strip() -> None:
    assert decode(file_of(Image.new("RGB", (4000, 400)), "JPEG")).size == (4000, 400)


def test_twenty_megabytes_are_read() -> None:
    noise = np.random.default_rng(2).integers(0, 256, (2400, 3000, 3), np.uint8)
    data = file_of(Image.fromarray(noise), "BMP")
    assert 20_000_000 < len(data) < 22_000_000

    assert np.array_equal(decode(data).pixels, noise)


def test_too_many_bytes_are_not_even_looked_at() -> None:
    with pytest.raises(PhotoTooLargeError) as caught:
        decode(b"anything", Limits(bytes=7))
    assert caught.value.details == {"limit": "0 MB"}
    assert LIMITS.bytes >= 20 * 1024 * 1024


@functools.cache
def bombs() -> dict[str, bytes]:
    """Files of a few hundred kilobytes that hold, or claim, hundreds of megapixels."""
    row = bytes(1 + 20_000 // 8)
    png = png_chunks(
        (b"IHDR", struct.pack(">IIBBBBB", 20_000, 10_000, 1, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * 10_000)),
        (b"IEND", b""),
    )
    jpeg = bytearray(file_of(Image.new("RGB", (64, 64)), "JPEG"))
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = struct.pack(">HH", 20_000, 20_000)
    webp = file_of(Image.new("RGBA", (64, 64), (1, 2, 3, 4)), "WEBP", lossless=True)
    canvas = b"VP8X" + struct.pack("<II", 10, 0x10) + (16_382).to_bytes(3, "little") * 2
    webp = b"RIFF" + struct.pack("<I", len(webp) + 10) + b"WEBP" + canvas + webp[12:]
    bmp = bytearray(file_of(Image.new("RGB", (64, 64)), "BMP"))
    bmp[18:26] = struct.pack("<ii", 20_000, 10_000)
    gif = bytearray(file_of(Image.new("P", (64, 64)), "GIF"))
    gif[6:10] = struct.pack("<HH", 20_000, 10_000)
    tiff = file_of(Image.new("1", (20_000, 10_000)), "TIFF", compression="group4")
    heif = file_of(Image.new("RGB", (64, 64)), "HEIF")
    size = heif.index(b"ispe") + 8
    heif = heif[:size] + struct.pack(">II", 20_000, 10_000) + heif[size + 8 :]
    return {
        "PNG": png,
        "JPEG": bytes(jpeg),
        "WEBP": webp,
        "BMP": bytes(bmp),
        "GIF": bytes(gif),
        "TIFF": tiff,
        "HEIF": heif,
    }


MEASURE = """
import sys
from pathlib import Path
from pipeline.errors import PhotoError
from pipeline.photo.decode import decode

def peak():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) >> 10

for bomb in sorted(Path(sys.argv[1]).iterdir()):
    data, before = bomb.read_bytes(), peak()
    try:
        decode(data)
    except PhotoError as error:
        print(bomb.name, type(error).__name__, peak() - before)
"""


def test_bombs_are_refused_before_they_take_memory(tmp_path: Path) -> None:
    for form, data in bombs().items():
        assert len(data) < 300_000
        (tmp_path / form).write_bytes(data)

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", MEASURE, tmp_path],
        check=True,
        capture_output=True,
        text=True,
    )

    lines = [line.split() for line in done.stdout.splitlines()]
    assert [form for form, _, _ in lines] == sorted(bombs())
    assert {name for _, name, _ in lines} == {"PhotoTooLargeError"}
    assert max(int(megabytes) for _, _, megabytes in lines) < 40


def test_errors_carry_what_the_seller_is_told() -> None:
    with pytest.raises(PhotoError) as caught:
        decode(bombs()["PNG"])
    assert caught.value.text_key == "error-photo-too-large"
    assert caught.value.details == {"limit": "67 MP"}
