"""Which picture of a TIFF or DNG is taken, and that none is shown as its negative or in stripes."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.errors import NotAPictureError, PhotoError
from pipeline.photo.decode import decode
from tests.stands.tiff import DEFLATE, RAW, Order, Picture, gradient, tiff

REDUCED, CFA, LINEAR_RAW = {254: 1}, 32803, 34892
PHOTO = gradient(240, 320).astype(np.uint8)
SMALL = np.full((80, 60, 3), 90, np.uint8)


def is_photo(data: bytes) -> bool:
    return np.array_equal(decode(data).pixels, PHOTO)


@pytest.mark.parametrize("order", "<>")
def test_a_thumbnail_in_front_is_passed_over(order: Order) -> None:
    assert is_photo(tiff(Picture(SMALL, tags=REDUCED), Picture(PHOTO), order=order))


@pytest.mark.parametrize("order", "<>")
def test_a_photo_below_its_preview(order: Order) -> None:
    assert is_photo(tiff(Picture(SMALL, tags=REDUCED, below=(Picture(PHOTO),)), order=order))


def test_a_thumbnail_that_does_not_say_so() -> None:
    assert is_photo(tiff(Picture(SMALL), Picture(PHOTO)))


def test_further_pages_are_no_photos_of_the_first() -> None:
    other = gradient(400, 300).astype(np.uint8)
    assert is_photo(tiff(Picture(PHOTO), Picture(other)))
    assert is_photo(tiff(Picture(PHOTO), Picture(SMALL, tags=REDUCED)))
    assert is_photo(tiff(Picture(PHOTO, below=(Picture(SMALL, tags=REDUCED),))))


def test_a_mask_is_no_photo() -> None:
    mask = Picture(np.full((320, 240), 255, np.uint8), 4, tags={254: 4})
    assert is_photo(tiff(mask, Picture(PHOTO)))


@pytest.mark.parametrize("raw", [CFA, LINEAR_RAW])
def test_of_raw_values_the_preview_is_taken(raw: int) -> None:
    sensor = Picture(np.zeros((640, 480), np.uint16), raw)
    preview = Picture(PHOTO, tags=REDUCED)
    assert is_photo(tiff(Picture(SMALL, tags=REDUCED, below=(sensor, preview))))


@pytest.mark.parametrize("raw", [CFA, LINEAR_RAW])
def test_raw_values_with_a_thumbnail_alone_are_refused(raw: int) -> None:
    sensor = Picture(np.zeros((640, 480), np.uint16), raw)
    with pytest.raises(NotAPictureError):
        decode(tiff(Picture(SMALL, tags=REDUCED, below=(sensor,))))
    with pytest.raises(NotAPictureError):
        decode(tiff(sensor))


def test_the_orientation_of_a_dng_is_in_its_first_directory() -> None:
    first = Picture(SMALL, tags={**REDUCED, 274: 6}, below=(Picture(PHOTO),))
    assert np.array_equal(decode(tiff(first)).pixels, np.rot90(PHOTO, -1))


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("photometric", [0, 1])
@pytest.mark.parametrize("bits", [8, 16])
def test_white_is_white(order: Order, photometric: int, bits: int) -> None:
    grey = gradient(64, 48, 1, most=(1 << bits) - 1)[:, :, 0].astype(f"u{bits // 8}")
    stored = grey if photometric else ((1 << bits) - 1 - grey).astype(grey.dtype)
    pixels = decode(tiff(Picture(stored, photometric), order=order)).pixels

    expected = (grey >> (bits - 8)).astype(int)
    np.testing.assert_allclose(pixels[:, :, 0].astype(int), expected, atol=1)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize("compression", [RAW, DEFLATE])
@pytest.mark.parametrize("bits", [8, 16])
def test_planes_and_pixels(order: Order, compression: int, bits: int, *, planar: bool) -> None:
    values = gradient(64, 48, most=(1 << bits) - 1).astype(f"u{bits // 8}")
    picture = Picture(values, planar=planar, compression=compression)
    pixels = decode(tiff(picture, order=order)).pixels

    assert np.array_equal(pixels, values >> (bits - 8))


def test_directories_that_name_one_another_in_a_ring() -> None:
    data = bytearray(tiff(Picture(PHOTO)))
    first = int.from_bytes(data[4:8], "little")
    data[-4:] = first.to_bytes(4, "little")
    assert is_photo(bytes(data))


@pytest.mark.parametrize("value", [0, 7, 2**31, 2**32 - 1])
def test_a_directory_that_lies_nowhere(value: int) -> None:
    data = tiff(Picture(PHOTO))
    with pytest.raises(PhotoError):
        decode(data[:4] + value.to_bytes(4, "little") + data[8:])
