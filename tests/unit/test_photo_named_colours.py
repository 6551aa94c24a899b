"""Colours that a file names by numbers: what a right screen would show is what comes in."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image

from pipeline.photo.colours import ADOBE_GAMMA, ADOBE_RGB, PRIMARIES, SRGB, Colours
from pipeline.photo.decode import decode
from tests.stands.files import file_of, png_chunks
from tests.stands.profiles import matrix_profile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.photo.colours import Primaries

P3, BT_2020, PQ, HLG, LINEAR, SRGB_CURVE = 12, 9, 16, 18, 8, 13
PATCHES = np.array(
    [
        (200, 100, 50),
        (120, 140, 100),
        (60, 90, 160),
        (128, 128, 128),
        (20, 20, 20),
        (255, 255, 255),
    ],
    np.uint8,
)
SIDE = 32


def chart() -> NDArray[np.uint8]:
    return np.repeat(np.repeat(PATCHES[None], SIDE, axis=1), SIDE, axis=0)


def seen(data: bytes) -> NDArray[np.float64]:
    """The mean of each patch's middle."""
    pixels = decode(data).pixels[8:-8].reshape(SIDE - 16, len(PATCHES), SIDE, 3)
    means: NDArray[np.float64] = pixels[:, :, 8:-8].mean(axis=(0, 2))
    return means


def to_xyz(primaries: Primaries) -> NDArray[np.float64]:
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries]).T
    matrix: NDArray[np.float64] = columns[:, :3] * np.linalg.solve(columns[:, :3], columns[:, 3])
    return matrix


def light_of(srgb: NDArray[Any]) -> NDArray[np.float64]:
    value = srgb / 255
    light: NDArray[np.float64] = np.where(
        value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4
    )
    return light


def written(primaries: int, transfer: int, nits: float = 203) -> NDArray[np.float64]:
    """The chart's light as 0..1 values of other colours, by the formulas of BT.2100."""
    here = to_xyz(PRIMARIES.get(primaries, SRGB))
    light = np.clip(light_of(chart()) @ np.linalg.solve(here, to_xyz(SRGB)).T, 0, None)
    if transfer == PQ:
        power = (light * nits / 10_000) ** (1305 / 8192)
        coded = ((107 / 128 + 2413 / 128 * power) / (1 + 2392 / 128 * power)) ** (2523 / 32)
    elif transfer == HLG:
        display = light * nits / 1000
        luminance = display @ [0.2627, 0.6780, 0.0593]
        scene = display * (luminance ** (1 / 1.2 - 1))[:, :, None]
        high = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
        coded = np.where(scene <= 1 / 12, np.sqrt(3 * scene), high)
    elif transfer == LINEAR:
        coded = light
    else:
        coded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.clip(coded, 0, 1)


def heic(primaries: int, transfer: int, nits: float = 203) -> bytes:
    deep = np.rint(written(primaries, transfer, nits) * 65535).astype("<u2")
    file = pillow_heif.from_bytes("RGB;16", deep.shape[1::-1], deep.tobytes())
    buffer = io.BytesIO()
    file.save(
        buffer,
        quality=-1,
        chroma=444,
        color_primaries=primaries,
        transfer_characteristics=transfer,
        matrix_coefficients=9 if primaries == BT_2020 else 1,
        full_range_flag=1,
    )
    return buffer.getvalue()


def avif(primaries: int, transfer: int, depth: int) -> bytes:
    most = (1 << depth) - 1
    deep = np.rint(written(primaries, transfer) * most).astype(np.uint16 if depth > 8 else np.uint8)
    _, data = cv2.imencode(
        ".avif",
        deep[:, :, ::-1],
        [cv2.IMWRITE_AVIF_QUALITY, 100, cv2.IMWRITE_AVIF_DEPTH, depth],
    )
    was = b"colrnclx" + struct.pack(">HH", 2, 2)
    assert was in bytes(data)
    return bytes(data).replace(was, b"colrnclx" + struct.pack(">HH", primaries, transfer))


def png(values: NDArray[np.float64], *chunks: tuple[bytes, bytes], deep: bool = True) -> bytes:
    stored = np.rint(values * (65535 if deep else 255)).astype(">u2" if deep else np.uint8)
    height, width = stored.shape[:2]
    raw = b"".join(b"\0" + row.tobytes() for row in stored)
    header = struct.pack(">IIBBBBB", width, height, 16 if deep else 8, 2, 0, 0, 0)
    return png_chunks((b"IHDR", header), *chunks, (b"IDAT", zlib.compress(raw)), (b"IEND", b""))


def cicp(primaries: int, transfer: int) -> tuple[bytes, bytes]:
    return b"cICP", bytes([primaries, transfer, 0, 1])


def gama(exponent: float) -> tuple[bytes, bytes]:
    return b"gAMA", struct.pack(">I", round(100_000 / exponent))


def chrm(primaries: Primaries) -> tuple[bytes, bytes]:
    red, green, blue, white = primaries
    numbers = (*white, *red, *green, *blue)
    return b"cHRM", struct.pack(">8I", *(round(100_000 * number) for number in numbers))


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_hdr_heic_shows_what_was_white_as_white(transfer: int) -> None:
    np.testing.assert_allclose(seen(heic(BT_2020, transfer)), PATCHES, atol=4)


@pytest.mark.parametrize("transfer", [PQ, HLG])
@pytest.mark.parametrize("depth", [10, 12])
def test_hdr_avif(transfer: int, depth: int) -> None:
    np.testing.assert_allclose(seen(avif(BT_2020, transfer, depth)), PATCHES, atol=4)


@pytest.mark.parametrize("transfer", [PQ, HLG])
@pytest.mark.parametrize("deep", [False, True])
def test_hdr_png(transfer: int, *, deep: bool) -> None:
    data = png(written(BT_2020, transfer), cicp(BT_2020, transfer), deep=deep)
    np.testing.assert_allclose(seen(data), PATCHES, atol=2 if deep else 9)


def test_highlights_are_rolled_off_and_the_rest_is_left() -> None:
    """White four times as bright as paper: nothing burns out, order and hues stay."""
    pixels = seen(heic(BT_2020, PQ, nits=812))
    four = np.clip(255 * np.clip(4 * light_of(PATCHES), 0, 1) ** (1 / 2.2), 0, 255)
    dark = light_of(PATCHES).max(axis=1) * 4 < 0.6
    assert pixels[-1].min() >= 250
    assert (pixels[0] < 252).any()
    assert np.abs(pixels[dark] - four[dark]).max() < 12
    order = np.argsort(light_of(PATCHES).max(axis=1))
    assert (np.diff(pixels.max(axis=1)[order]) >= 0).all()


@pytest.mark.parametrize("depth", [8, 10])
def test_display_p3_that_an_avif_only_names(depth: int) -> None:
    np.testing.assert_allclose(seen(avif(P3, SRGB_CURVE, depth)), PATCHES, atol=4)


def test_display_p3_that_a_png_only_names() -> None:
    data = png(written(P3, SRGB_CURVE), cicp(P3, SRGB_CURVE), deep=False)
    np.testing.assert_allclose(seen(data), PATCHES, atol=1)


def test_an_avif_that_names_nothing_is_srgb() -> None:
    np.testing.assert_allclose(seen(file_of(Image.fromarray(chart()), "AVIF")), PATCHES, atol=6)


@pytest.mark.parametrize("exponent", [1.0, 1.8, 2.2, 2.6])
def test_a_png_s_gamma(exponent: float) -> None:
    data = png(light_of(chart()) ** (1 / exponent), gama(exponent))
    np.testing.assert_allclose(seen(data), PATCHES, atol=2 if exponent != 2.2 else 6)


def test_a_png_s_primaries() -> None:
    data = png(written(P3, SRGB_CURVE), gama(2.2), chrm(PRIMARIES[P3]), deep=False)
    np.testing.assert_allclose(seen(data), PATCHES, atol=1)


def test_gamma_of_2_2_means_srgb_as_every_program_has_written_it() -> None:
    data = png(chart() / 255, gama(2.2), chrm(SRGB), deep=False)
    assert np.array_equal(decode(data).pixels, chart())


@pytest.mark.parametrize(
    ("chunks", "is_changed"),
    [
        ([(b"sRGB", b"\0"), gama(1.0)], False),
        ([cicp(1, SRGB_CURVE), gama(1.0)], False),
        ([(b"iCCP", b"p\0\0" + zlib.compress(matrix_profile(*SRGB))), gama(1.0)], False),
        ([cicp(1, LINEAR), (b"sRGB", b"\0")], True),
        ([(b"iCCP", b"p\0\0broken"), gama(1.0)], True),
    ],
)
def test_which_chunk_counts(chunks: list[tuple[bytes, bytes]], *, is_changed: bool) -> None:
    pixels = decode(png(chart() / 255, *chunks, deep=False)).pixels
    assert np.array_equal(pixels, chart()) != is_changed


@pytest.mark.parametrize(
    "chunk",
    [
        (b"gAMA", bytes(4)),
        (b"gAMA", b"\0\1"),
        (b"gAMA", b"\xff\xff\xff\xff"),
        (b"cHRM", bytes(32)),
        (b"cHRM", bytes(5)),
        (b"cHRM", struct.pack(">8I", *[31270, 32900] * 4)),
        (b"cICP", b""),
        (b"cICP", b"\1"),
        (b"cICP", bytes([255, 255, 255, 255])),
    ],
)
def test_senseless_chunks_change_nothing(chunk: tuple[bytes, bytes]) -> None:
    assert np.array_equal(decode(png(chart() / 255, chunk, deep=False)).pixels, chart())


def test_grey_of_a_renderer_s_gamma() -> None:
    grey = light_of(np.arange(0, 256, 4))[None].repeat(40, axis=0)
    raw = b"".join(b"\0" + row.tobytes() for row in np.rint(grey * 65535).astype(">u2"))
    header = struct.pack(">IIBBBBB", grey.shape[1], grey.shape[0], 16, 0, 0, 0, 0)
    data = png_chunks((b"IHDR", header), gama(1.0), (b"IDAT", zlib.compress(raw)), (b"IEND", b""))
    expected = np.stack([np.arange(0, 256, 4)] * 3, axis=1)
    np.testing.assert_allclose(decode(data).pixels[20].astype(int), expected, atol=1)


def test_adobe_rgb_as_cameras_say_it() -> None:
    """DCF 2.0: no profile, "R03" in the interoperability directory."""
    values = np.linalg.solve(to_xyz(ADOBE_RGB), to_xyz(SRGB)) @ light_of(chart())[..., None]
    coded = np.clip(values[..., 0], 0, 1) ** (1 / ADOBE_GAMMA)
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA005] = {1: "R03"}
    image = Image.fromarray(np.rint(255 * coded).astype(np.uint8))
    data = file_of(image, "JPEG", exif=exif, quality=98, subsampling=0)
    assert b"R03" in data

    np.testing.assert_allclose(seen(data), PATCHES, atol=4)
    plain = file_of(image, "JPEG", quality=98, subsampling=0)
    assert np.abs(seen(plain) - PATCHES).max() > 8


@pytest.mark.parametrize("curve", ["pq", "hlg", "srgb", 1.0, 2.8])
def test_black_is_black_and_nothing_leaves_the_range(curve: Any) -> None:
    colours = Colours(PRIMARIES[BT_2020], curve)
    noise = np.random.default_rng(0).integers(0, 65536, (40, 50, 3), np.uint16)
    for brightest in (1.0, 1.06, 5.0, 49.0):
        assert colours.to_srgb(noise, brightest).shape == noise.shape
        assert not colours.to_srgb(np.zeros_like(noise), brightest).any()


def test_eight_and_sixteen_bits_agree() -> None:
    colours = Colours(PRIMARIES[P3], "srgb")
    small = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    deep = small.astype(np.uint16) * 257
    assert np.array_equal(colours.to_srgb(small), colours.to_srgb(deep))
