"""Every odd or bad file that a seller may send, made by real encoders."""

from __future__ import annotations

import functools
import io
import struct
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from pipeline.errors import (
    DamagedPhotoError,
    NotAPictureError,
    PhotoError,
    PhotoTooLargeError,
    PhotoTooSmallError,
)
from pipeline.photo import LIMITS, Limits, decode

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RED, GREEN, BLUE, YELLOW = (220, 40, 40), (40, 180, 60), (40, 60, 200), (230, 210, 40)
FORMATS = ["JPEG", "PNG", "WEBP", "HEIF", "AVIF", "GIF", "BMP", "TIFF"]
WIDTH, HEIGHT = 96, 64


def corners() -> Image.Image:
    """Red top left, green top right, blue bottom left, yellow bottom right."""
    pixels = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    middle, centre = HEIGHT // 2, WIDTH // 2
    pixels[:middle, :centre], pixels[:middle, centre:] = RED, GREEN
    pixels[middle:, :centre], pixels[middle:, centre:] = BLUE, YELLOW
    return Image.fromarray(pixels)


def file_of(image: Image.Image, form: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    if form == "HEIF":
        pillow_heif.register_heif_opener()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def seen(pixels: NDArray[np.uint8]) -> list[tuple[int, ...]]:
    """Mean colour of the four quarters' middles: top left, top right, bottom left, bottom right."""
    height, width = pixels.shape[:2]
    return [
        tuple(pixels[y - 4 : y + 4, x - 4 : x + 4].reshape(-1, 3).mean(axis=0).round().astype(int))
        for y in (height // 4, 3 * height // 4)
        for x in (width // 4, 3 * width // 4)
    ]


def assert_corners(pixels: NDArray[np.uint8], tolerance: int = 6) -> None:
    assert pixels.shape == (HEIGHT, WIDTH, 3)
    assert pixels.dtype == np.uint8
    np.testing.assert_allclose(seen(pixels), [RED, GREEN, BLUE, YELLOW], atol=tolerance)


@pytest.mark.parametrize("form", FORMATS)
def test_each_format_keeps_colours_and_corners(form: str) -> None:
    photo = decode(file_of(corners(), form))

    assert_corners(photo.pixels)
    assert photo.alpha is None
    assert photo.size == (WIDTH, HEIGHT)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(form: str, orientation: int) -> None:
    """The file holds what the camera's sensor saw; the viewer must see the corners upright."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    to_sensor = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    sensor = corners()
    if orientation in to_sensor:
        sensor = sensor.transpose(to_sensor[orientation])

    # As bytes, so that pillow-heif writes it as the container's own rotation, like an iPhone.
    assert_corners(decode(file_of(sensor, form, exif=exif.tobytes())).pixels)


def test_heic_turns_by_its_container_alone() -> None:
    """MIAF (ISO 23000-22) tells readers to ignore the EXIF orientation."""
    exif = Image.Exif()
    exif[0x0112] = 6
    data = file_of(corners(), "HEIF", exif=exif)
    assert b"irot" not in data

    assert_corners(decode(data).pixels)


def test_orientation_turns_the_transparency_too() -> None:
    rgba = corners().convert("RGBA")
    rgba.paste((0, 0, 0, 0), (0, 0, WIDTH // 2, HEIGHT // 2))
    exif = Image.Exif()
    exif[0x0112] = 6

    photo = decode(file_of(rgba, "PNG", exif=exif))

    assert photo.alpha is not None
    assert photo.alpha.shape == photo.pixels.shape[:2] == (WIDTH, HEIGHT)
    assert photo.alpha[5, -5] == 0
    assert photo.alpha[5, 5] == 1


@pytest.mark.filterwarnings("ignore:.*EXIF")  # Pillow warns, and goes on
@pytest.mark.parametrize("exif", [b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff", b"x"])
def test_unreadable_exif_costs_nothing(exif: bytes) -> None:
    assert_corners(decode(file_of(corners(), "JPEG", exif=exif)).pixels)


def test_telephone_with_two_pictures_in_one_file() -> None:
    other = Image.new("RGB", (48, 48))
    data = file_of(corners(), "MPO", save_all=True, append_images=[other])

    assert_corners(decode(data).pixels)


def test_animated_gif_shows_its_first_frame() -> None:
    others = [Image.new("RGB", (WIDTH, HEIGHT), colour) for colour in (RED, BLUE)]
    data = file_of(corners(), "GIF", save_all=True, append_images=others, duration=50)

    assert_corners(decode(data).pixels)


@pytest.mark.parametrize("form", ["WEBP", "AVIF", "PNG", "TIFF"])
def test_animation_or_pages_show_the_first(form: str) -> None:
    data = file_of(
        corners(), form, save_all=True, append_images=[Image.new("RGB", (WIDTH, HEIGHT))]
    )

    assert_corners(decode(data).pixels)


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_cmyk(form: str) -> None:
    assert_corners(decode(file_of(corners().convert("CMYK"), form)).pixels)


def test_ycck_as_photoshop_writes_it() -> None:
    """Adobe's marker says transform 2, and libjpeg reads C as 255 - R of the stored YCbCr."""
    cmyk = np.asarray(corners().convert("CMYK"))
    luma = np.asarray(Image.fromarray(cmyk[:, :, :3]).convert("YCbCr"))
    stored = np.dstack([255 - luma, cmyk[:, :, 3]])  # Pillow inverts all four when it writes CMYK
    data = file_of(Image.fromarray(stored, "CMYK"), "JPEG", quality=98)
    marker = data.index(b"Adobe")
    data = data[: marker + 11] + b"\x02" + data[marker + 12 :]

    assert_corners(decode(data).pixels, tolerance=8)


GREYS = np.array([0, 40, 90, 128, 200, 255], np.uint8)
WEDGE = np.repeat(np.repeat(GREYS, 16)[None], 40, axis=0)


def assert_wedge(pixels: NDArray[np.uint8], tolerance: int = 1) -> None:
    middles = pixels[20, 8::16].astype(int)
    np.testing.assert_allclose(middles, np.stack([GREYS] * 3, axis=1), atol=tolerance)


@pytest.mark.parametrize("form", ["PNG", "TIFF", "JPEG", "WEBP", "HEIF", "AVIF", "BMP", "GIF"])
def test_greyscale(form: str) -> None:
    lossy = form in {"JPEG", "WEBP", "HEIF", "AVIF"}
    data = file_of(Image.fromarray(WEDGE), form)

    assert_wedge(decode(data).pixels, tolerance=3 if lossy else 0)


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled_not_clipped(form: str) -> None:
    deep = Image.fromarray(WEDGE.astype(np.uint16) * 257)
    assert deep.mode == "I;16"

    assert_wedge(decode(file_of(deep, form)).pixels)


def test_sixteen_bit_big_endian_tiff() -> None:
    deep = WEDGE.astype(np.uint16) * 257
    assert_wedge(decode(tiff_of(deep)).pixels)


def test_one_bit_a_pixel() -> None:
    palette = np.tile(np.repeat(np.array([0, 1], np.uint8), 24) * 255, (48, 1))
    pixels = decode(file_of(Image.fromarray(palette).convert("1"), "PNG")).pixels

    assert pixels[10, 10].tolist() == [0, 0, 0]
    assert pixels[10, 40].tolist() == [255, 255, 255]


@pytest.mark.parametrize(("colour", "channels"), [(2, 3), (6, 4)])
def test_sixteen_bit_colour_png(colour: int, channels: int) -> None:
    deep = np.full((HEIGHT, WIDTH, channels), 65535, np.uint16)
    deep[:, :, :3] = np.asarray(corners()).astype(np.uint16) * 257

    photo = decode(png_of(deep, colour))

    assert_corners(photo.pixels, tolerance=1)
    assert photo.alpha is None


@pytest.mark.parametrize(
    ("form", "mode"),
    [(form, mode) for form in ("PNG", "WEBP", "TIFF", "HEIF", "AVIF") for mode in ("RGBA", "LA")]
    + [("PNG", "PA")],
)
def test_hidden_pixels_are_white_and_known(form: str, mode: str) -> None:
    rgba = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    rgba.paste((90, 90, 90, 255), (32, 0, 64, 64))
    image = rgba.quantize(8) if mode == "PA" else rgba.convert(mode)
    options = {"lossless": True} if form == "WEBP" else {}

    photo = decode(file_of(image, form, **options))

    assert photo.alpha is not None
    assert photo.alpha.dtype == np.float32
    assert photo.alpha[32, 8] == 0
    assert photo.alpha[32, 56] == 1
    assert photo.pixels[32, 8].tolist() == [255, 255, 255]
    np.testing.assert_allclose(photo.pixels[32, 56].astype(int), [90, 90, 90], atol=3)


def test_half_transparent_pixels_are_blended_over_white() -> None:
    photo = decode(file_of(Image.new("RGBA", (64, 64), (100, 0, 200, 51)), "PNG"))

    assert photo.alpha is not None
    assert photo.alpha[0, 0] == pytest.approx(0.2)
    assert photo.pixels[0, 0].tolist() == [224, 204, 244]


def test_transparent_colour_of_a_gif_and_of_a_png() -> None:
    image = Image.new("P", (64, 64), 1)
    image.putpalette([9, 9, 9, 200, 20, 20])
    image.paste(0, (0, 0, 32, 64))
    keyed = Image.new("RGB", (64, 64), (200, 20, 20))
    keyed.paste((9, 9, 9), (0, 0, 32, 64))
    for data in (
        file_of(image, "GIF", transparency=0),
        file_of(image, "PNG", transparency=0),
        file_of(keyed, "PNG", transparency=(9, 9, 9)),
    ):
        photo = decode(data)
        assert photo.alpha is not None
        assert photo.pixels[32, 8].tolist() == [255, 255, 255]
        assert photo.pixels[32, 56].tolist() == [200, 20, 20]


def test_transparency_that_hides_nothing_is_left_out() -> None:
    rgba = corners().convert("RGBA")
    rgba.putpixel((3, 3), (1, 2, 3, 0))  # one stray pixel of 6,144

    assert decode(file_of(rgba, "PNG")).alpha is None
    assert decode(file_of(corners().convert("RGBA"), "PNG")).alpha is None


def png_of(pixels: NDArray[np.uint16], colour: int) -> bytes:
    """Write the PNGs that Pillow cannot: 16 bits a channel."""
    height, width = pixels.shape[:2]
    rows = pixels.astype(">u2").reshape(height, -1)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0)
    return png_chunks((b"IHDR", header), (b"IDAT", zlib.compress(raw)), (b"IEND", b""))


def png_chunks(*chunks: tuple[bytes, bytes]) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def tiff_of(grey: NDArray[np.uint16]) -> bytes:
    """Write a big-endian 16-bit grey TIFF in one strip."""
    height, width = grey.shape
    entries = [
        (256, 3, width << 16),
        (257, 3, height << 16),
        (258, 3, 16 << 16),
        (259, 3, 1 << 16),
        (262, 3, 1 << 16),
        (273, 4, 8),
        (277, 3, 1 << 16),
        (278, 3, height << 16),
        (279, 4, grey.size * 2),
    ]
    table = b"".join(struct.pack(">HHII", tag, kind, 1, value) for tag, kind, value in entries)
    data = grey.astype(">u2").tobytes()
    return (
        b"MM\0*" + struct.pack(">I", 8 + len(data)) + data + struct.pack(">H", 9) + table + bytes(4)
    )


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
        decode(file_of(Image.new("RGB", (900, 31)), "PNG"))
    assert decode(file_of(Image.new("RGB", (900, 32)), "PNG")).size == (900, 32)


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
from pipeline.photo import decode

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


def test_metadata_does_not_travel() -> None:
    """A Photo is two arrays: nothing else of the file can come along."""
    exif = Image.Exif()
    exif.get_ifd(0x8825)[2] = (55.0, 45.0, 0.0)
    photo = decode(file_of(corners(), "JPEG", exif=exif, comment=b"home"))

    assert set(photo.__slots__) == {"pixels", "alpha"}
    assert type(photo.pixels) is np.ndarray
    assert photo.pixels.flags.writeable
    assert photo.pixels.flags.c_contiguous
