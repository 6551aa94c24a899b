"""Files that go out: right format and colours, within Telegram's rules, nobody's metadata."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from pipeline.photo.decode import decode
from pipeline.photo.encode import (
    TELEGRAM_BYTES,
    Format,
    SourceType,
    encode,
    encode_jpeg,
    encode_png,
    encode_webp,
    for_telegram,
    mark_generated,
)
from pipeline.values import CutOut

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def disc(side: int = 96) -> CutOut:
    """An orange disc with a soft rim over green that must not show."""
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    alpha = np.clip((0.8 - np.hypot(x, y)) * 10, 0, 1).astype(np.float32)
    foreground = np.where(alpha[:, :, None] > 0, [250, 140, 20], [0, 255, 0]).astype(np.uint8)
    return CutOut(foreground, alpha)


def gradient(width: int, height: int) -> NDArray[np.uint8]:
    y, x = np.mgrid[0 : 255 : height * 1j, 0 : 255 : width * 1j]
    return np.dstack([x, y, np.full_like(x, 90)]).astype(np.uint8)


def test_jpeg_keeps_a_sharp_colour_edge() -> None:
    """One column of red on blue: halved colour resolution would leave it purple."""
    pixels = np.full((64, 64, 3), (30, 40, 200), np.uint8)
    pixels[:, 33] = (220, 30, 30)

    image = opened(encode_jpeg(pixels))

    assert (image.format, image.mode) == ("JPEG", "RGB")
    np.testing.assert_allclose(np.asarray(image)[32, 33], (220, 30, 30), atol=25)


@pytest.mark.parametrize("encoder", [encode_png, encode_webp])
def test_cut_out_keeps_alpha_and_straight_colour(encoder: Callable[[CutOut], bytes]) -> None:
    cut = disc()
    rgba = np.asarray(opened(encoder(cut)))

    assert rgba.shape == (96, 96, 4)
    np.testing.assert_allclose(rgba[:, :, 3] / 255, cut.alpha, atol=0.5 / 255)
    solid = rgba[cut.alpha > 0.5][:, :3].astype(int)
    np.testing.assert_allclose(solid.mean(axis=0), [250, 140, 20], atol=4)


def test_png_is_lossless_and_clears_what_is_hidden() -> None:
    cut = disc()
    rgba = np.asarray(opened(encode_png(cut)))

    hidden = rgba[:, :, 3] == 0
    assert not rgba[hidden].any()
    assert np.array_equal(rgba[~hidden][:, :3], cut.foreground[~hidden])
    noise = np.random.default_rng(5).integers(0, 256, (96, 96, 3), np.uint8)
    noisy = CutOut(noise, cut.alpha)
    as_it_is = io.BytesIO()
    alpha = np.rint(cut.alpha * 255).astype(np.uint8)
    Image.fromarray(np.dstack([noise, alpha])).save(as_it_is, "PNG", compress_level=1)
    assert len(encode_png(noisy)) < 0.65 * len(as_it_is.getvalue())


def test_a_sent_cut_out_comes_back_as_it_was() -> None:
    photo = decode(encode_png(disc()))

    assert photo.alpha is not None
    np.testing.assert_allclose(photo.alpha, disc().alpha, atol=0.5 / 255)


@pytest.mark.parametrize("form", list(Format))
def test_format_by_name_and_no_metadata(form: Format) -> None:
    image = opened(encode(gradient(80, 60), form))

    assert image.format == form.upper()
    assert image.size == (80, 60)
    assert not image.getexif()
    assert not {"exif", "icc_profile", "xmp", "comment"} & image.info.keys()


@pytest.mark.parametrize("form", list(Format))
def test_where_a_photo_was_taken_does_not_travel_on(form: Format) -> None:
    exif = Image.Exif()
    exif[Base.Make] = "Phone"
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitude] = (53.0, 54.0, 7.0)
    taken = io.BytesIO()
    Image.fromarray(gradient(80, 60)).save(taken, "JPEG", exif=exif)
    assert opened(taken.getvalue()).getexif().get_ifd(IFD.GPSInfo)

    sent = encode(decode(taken.getvalue()).pixels, form)

    assert not opened(sent).getexif()
    assert b"Exif" not in sent
    assert b"Phone" not in sent


def test_jpeg_of_a_cut_out_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="compose"):
        encode(disc(), Format.JPEG)


@pytest.mark.parametrize(
    ("given_size", "sent"),
    [
        ((1280, 960), (1280, 960)),
        ((2560, 1920), (2560, 1920)),
        ((4032, 3024), (2560, 1920)),
        ((3024, 4032), (1920, 2560)),
        ((2000, 50), (2000, 100)),
        ((33, 2000), (100, 2000)),
        ((9000, 40), (2560, 128)),
    ],
)
def test_telegram_sizes(given_size: tuple[int, int], sent: tuple[int, int]) -> None:
    assert opened(for_telegram(gradient(*given_size))).size == sent


def test_widened_strip_keeps_the_picture_in_its_middle() -> None:
    sent = np.asarray(opened(for_telegram(np.full((10, 1000, 3), 200, np.uint8))))

    assert sent.shape == (50, 1000, 3)
    np.testing.assert_allclose(sent, 200, atol=1)


def test_telegram_bytes_hold_even_for_noise() -> None:
    noise = np.random.default_rng(4).integers(0, 256, (2560, 2560, 3), np.uint8)
    assert len(encode_jpeg(noise)) > TELEGRAM_BYTES

    assert len(for_telegram(noise)) < TELEGRAM_BYTES


@settings(deadline=None, max_examples=40)
@given(width=st.integers(1, 3000), height=st.integers(1, 300))
def test_telegram_takes_any_size(width: int, height: int) -> None:
    sent = opened(for_telegram(np.zeros((height, width, 3), np.uint8)))

    assert max(sent.size) <= 2560
    assert max(sent.size) <= 20 * min(sent.size)


@pytest.mark.parametrize("form", list(Format))
@pytest.mark.parametrize("kind", list(SourceType))
@pytest.mark.parametrize("size", [(80, 60), (61, 47)])
def test_what_a_generator_made_is_marked(
    form: Format, kind: SourceType, size: tuple[int, int]
) -> None:
    plain = encode(gradient(*size), form)
    marked = mark_generated(plain, kind)
    image, before = opened(marked), opened(plain)

    assert np.array_equal(np.asarray(image), np.asarray(before))
    assert f"digitalsourcetype/{kind}".encode() in image.info["xmp"]
    assert not {"exif", "icc_profile", "comment"} & image.info.keys()


@pytest.mark.parametrize("form", [Format.PNG, Format.WEBP])
def test_a_marked_cut_out_keeps_its_transparency(form: Format) -> None:
    plain = encode(disc(), form)
    marked = mark_generated(plain, SourceType.PART)

    assert np.array_equal(np.asarray(opened(marked)), np.asarray(opened(plain)))
    assert decode(marked).alpha is not None


def test_only_our_formats_are_marked() -> None:
    with pytest.raises(ValueError, match="GIF8"):
        mark_generated(b"GIF89a", SourceType.WHOLE)
