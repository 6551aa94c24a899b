"""Colour profiles: what a calibrated screen would show is what comes in."""

from __future__ import annotations

import io
import struct

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from pipeline.photo.decode import decode
from pipeline.photo.icc import Conversion
from tests.stands.files import file_of
from tests.stands.profiles import matrix_profile

WHITE = (0.3127, 0.3290)
DISPLAY_P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), WHITE)
SRGB = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), WHITE)

P3_TO_SRGB = np.array([[1.2249, -0.2247, 0.0], [-0.0420, 1.0419, 0.0], [-0.0197, -0.0786, 1.0979]])
"""Linear light, as CSS Color 4 and Apple give it."""

COLOURS = [(200, 100, 50), (120, 140, 100), (60, 90, 160), (128, 128, 128), (255, 255, 255)]


def shown(colour: tuple[int, ...]) -> list[int]:
    """What sRGB triple shows the same colour as this Display P3 triple."""
    encoded = np.array(colour) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    linear = np.clip(P3_TO_SRGB @ linear, 0, 1)
    back = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return [round(value) for value in back * 255]


def middle(data: bytes) -> list[int]:
    mean = decode(data).pixels[30:34, 30:34].reshape(-1, 3).mean(axis=0)
    return [round(value) for value in mean]


def patch(colour: tuple[int, ...], form: str, profile: bytes, **options: object) -> bytes:
    image = Image.new("CMYK" if len(colour) == 4 else "RGB", (64, 64), colour)
    return file_of(image, form, icc_profile=profile, **options)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF"])
@pytest.mark.parametrize("colour", COLOURS)
def test_display_p3_becomes_srgb(form: str, colour: tuple[int, ...]) -> None:
    data = patch(colour, form, matrix_profile(*DISPLAY_P3))

    assert middle(data) == pytest.approx(shown(colour), abs=4)


def test_display_p3_differs_enough_for_the_test_above_to_fail() -> None:
    assert shown((200, 100, 50)) == [215, 93, 31]


def test_colours_beyond_srgb_are_clipped_to_its_edge() -> None:
    data = patch((0, 255, 0), "PNG", matrix_profile(*DISPLAY_P3))

    assert middle(data) == [0, 255, 0]


def test_heic_that_only_names_its_primaries() -> None:
    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (64, 64), (200, 100, 50))).save(
        buffer, color_primaries=12, transfer_characteristics=13, quality=-1, chroma=444
    )
    assert b"nclx" in buffer.getvalue()

    assert middle(buffer.getvalue()) == pytest.approx(shown((200, 100, 50)), abs=4)


def test_our_profile_agrees_with_littlecms() -> None:
    ours = ImageCms.ImageCmsProfile(io.BytesIO(matrix_profile(*SRGB))).profile
    theirs = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).profile
    for name in ("red_colorant", "green_colorant", "blue_colorant"):
        np.testing.assert_allclose(getattr(ours, name)[0], getattr(theirs, name)[0], atol=2e-4)


def test_a_profile_that_says_srgb_costs_no_conversion() -> None:
    image = Image.effect_noise((64, 64), 90).convert("RGB")
    theirs = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    assert Conversion(theirs, []).to_srgb(image) is image
    assert Conversion(matrix_profile(*SRGB), []).to_srgb(image) is image
    assert Conversion(matrix_profile(*DISPLAY_P3), []).to_srgb(image) is not image


def test_profile_of_a_transparent_picture() -> None:
    image = Image.new("RGBA", (64, 64), (200, 100, 50, 255))
    image.paste((0, 0, 0, 0), (0, 0, 64, 20))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", icc_profile=matrix_profile(*DISPLAY_P3))
    photo = decode(buffer.getvalue())

    assert photo.pixels[40, 40].tolist() == pytest.approx(shown((200, 100, 50)), abs=1)
    assert photo.pixels[5, 5].tolist() == [255, 255, 255]


@pytest.mark.parametrize("profile", [b"broken", bytes(500), matrix_profile(*SRGB)[:200]])
def test_a_broken_profile_is_ignored(profile: bytes) -> None:
    assert middle(patch((200, 100, 50), "PNG", profile)) == [200, 100, 50]


def lut_profile(space: bytes, channels: int, corners: list[tuple[int, int, int]]) -> bytes:
    """Build a printer's profile (ICC v2) from the Lab bytes at each corner of its ink cube."""
    identity = bytes(range(256))
    lut = b"mft1\0\0\0\0" + bytes([channels, 3, 2, 0])
    lut += struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    lut += identity * channels + bytes(v for corner in corners for v in corner) + identity * 3
    tags = {
        b"desc": b"desc" + struct.pack(">4xI", 5) + b"inks\0" + bytes(79),
        b"wtpt": b"XYZ " + struct.pack(">4x3i", 63190, 65536, 54061),
        b"A2B0": lut,
        b"A2B1": lut,
    }
    start = 132 + 12 * len(tags)
    table, data = struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        table += name + struct.pack(">II", start + len(data), len(value))
        data += value + bytes(-len(value) % 4)
    header = struct.pack(
        ">I4xI4s4s4s12x4s", start + len(data), 0x02400000, b"prtr", space, b"Lab ", b"acsp"
    ).ljust(68, b"\0")
    white = struct.pack(">3i", 63190, 65536, 54061)
    return header + white.ljust(60, b"\0") + table + data


INKS = lut_profile(
    b"CMYK",
    4,
    [
        (
            round(255 * (1 - 0.3 * (c + m + y) / 3) * (1 - k)),
            128 - 40 * c + 40 * m,
            128 - 40 * c + 60 * y,
        )
        for c in (0, 1)
        for m in (0, 1)
        for y in (0, 1)
        for k in (0, 1)
    ],
)
"""C is first in the table and K changes fastest; L is 0..255 for 0..100, a and b are offset."""


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_cmyk_follows_its_own_inks(form: str) -> None:
    """These magenta inks are paler than Pillow's plain reckoning, (255, 0, 255)."""
    data = patch((0, 255, 0, 0), form, INKS)

    assert middle(data) == pytest.approx(of_lab(90, 40, 0), abs=6)
    assert middle(data)[1] > 100


def test_paper_white_stays_white() -> None:
    assert middle(patch((0, 0, 0, 0), "JPEG", INKS)) == pytest.approx([255] * 3, abs=2)


def test_an_rgb_profile_in_a_cmyk_file_is_ignored() -> None:
    data = patch((0, 255, 0, 0), "TIFF", matrix_profile(*DISPLAY_P3))

    assert middle(data) == [255, 0, 255]


def test_grey_profile() -> None:
    """A grey of gamma 1 shows its middle value as sRGB 188."""
    tags = struct.pack(">I", 2) + b"wtpt" + struct.pack(">II", 156, 20) + b"kTRC"
    tags += struct.pack(">II", 176, 12)
    data = b"XYZ " + struct.pack(">4x3i", 63190, 65536, 54061) + b"curv" + bytes(8)
    header = struct.pack(
        ">I4xI4s4s4s12x4s", 188, 0x02400000, b"mntr", b"GRAY", b"XYZ ", b"acsp"
    ).ljust(68, b"\0")
    profile = header + struct.pack(">3i", 63190, 65536, 54061).ljust(60, b"\0") + tags + data
    buffer = io.BytesIO()
    Image.new("L", (64, 64), 128).save(buffer, "PNG", icc_profile=profile)

    assert middle(buffer.getvalue()) == pytest.approx([188] * 3, abs=2)


def of_lab(lightness: float, a: float, b: float) -> list[int]:
    """Lab (D50) to sRGB, by the textbook."""
    fy = (lightness + 16) / 116
    f = np.array([fy + a / 500, fy, fy - b / 200])
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * [0.9642, 1, 0.8249]
    matrix = [
        [3.1338561, -1.6168667, -0.4906146],
        [-0.9787684, 1.9161415, 0.0334540],
        [0.0719453, -0.2289914, 1.4052427],
    ]
    linear = np.clip(matrix @ xyz, 0, 1)
    back = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return [round(value) for value in back * 255]
