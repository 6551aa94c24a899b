"""Every odd file that a seller may send and that is read, made by real encoders."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from pipeline.photo.decode import decode
from tests.stands.files import (
    BLUE,
    FORMATS,
    GREEN,
    HEIGHT,
    RED,
    WIDTH,
    YELLOW,
    corners,
    file_of,
    png_chunks,
    shirt,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
    rgba, mask = corners().convert("RGBA"), shirt(WIDTH, HEIGHT)
    rgba.putalpha(mask)
    exif = Image.Exif()
    exif[0x0112] = 6

    photo = decode(file_of(rgba, "PNG", exif=exif))

    assert photo.alpha is not None
    assert photo.alpha.shape == photo.pixels.shape[:2] == (WIDTH, HEIGHT)
    turned = np.asarray(mask.transpose(Image.Transpose.ROTATE_270))
    assert np.array_equal(photo.alpha * 255, turned)


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
    rgba.paste((90, 90, 90, 255), mask=shirt())
    image = rgba.quantize(8) if mode == "PA" else rgba.convert(mode)
    options = {"lossless": True} if form == "WEBP" else {}

    photo = decode(file_of(image, form, **options))

    assert photo.alpha is not None
    assert photo.alpha.dtype == np.float32
    assert photo.alpha[32, 8] == 0
    assert photo.alpha[32, 32] == 1
    assert photo.pixels[32, 8].tolist() == [255, 255, 255]
    np.testing.assert_allclose(photo.pixels[32, 32].astype(int), [90, 90, 90], atol=3)


def test_half_transparent_pixels_are_blended_over_white() -> None:
    photo = decode(file_of(Image.new("RGBA", (64, 64), (100, 0, 200, 51)), "PNG"))

    assert photo.alpha is None  # it outlines nothing
    assert photo.pixels[0, 0].tolist() == [224, 204, 244]


def test_transparent_colour_of_a_gif_and_of_a_png() -> None:
    image = Image.new("P", (64, 64), 0)
    image.putpalette([9, 9, 9, 200, 20, 20])
    image.paste(1, mask=shirt())
    keyed = Image.new("RGB", (64, 64), (9, 9, 9))
    keyed.paste((200, 20, 20), mask=shirt())
    for data in (
        file_of(image, "GIF", transparency=0),
        file_of(image, "PNG", transparency=0),
        file_of(keyed, "PNG", transparency=(9, 9, 9)),
    ):
        photo = decode(data)
        assert photo.alpha is not None
        assert photo.pixels[32, 8].tolist() == [255, 255, 255]
        assert photo.pixels[32, 32].tolist() == [200, 20, 20]


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


def test_metadata_does_not_travel() -> None:
    """A Photo is two arrays: nothing else of the file can come along."""
    exif = Image.Exif()
    exif.get_ifd(0x8825)[2] = (55.0, 45.0, 0.0)
    photo = decode(file_of(corners(), "JPEG", exif=exif, comment=b"home"))

    assert set(photo.__slots__) == {"pixels", "alpha"}
    assert type(photo.pixels) is np.ndarray
    assert photo.pixels.flags.c_contiguous
