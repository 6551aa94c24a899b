"""Whatever bytes arrive, decoding ends in a Photo or in an error that has words for the seller."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline.errors import PhotoError
from pipeline.photo.decode import decode
from tests.stands.files import FORMATS, file_of

OPENINGS = [
    b"",
    b"\xff\xd8\xff\xe0",
    b"\x89PNG\r\n\x1a\n",
    b"RIFF\x40\0\0\0WEBPVP8 ",
    b"\0\0\0\x18ftypheic",
    b"\0\0\0\x1cftypavif",
    b"GIF89a",
    b"BM\x40\0\0\0\0\0\0\0",
    b"II*\0\x08\0\0\0",
    b"MM\0*",
]

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
"""Pillow warns of much on its way; what counts is how decoding ends."""


@functools.cache
def whole(form: str) -> bytes:
    noise = np.random.default_rng(3).integers(0, 256, (6, 8, 3), np.uint8)
    image = Image.fromarray(noise).resize((80, 60), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0112] = 6
    return file_of(image, form, **({} if form in {"GIF", "BMP"} else {"exif": exif.tobytes()}))


def ends_well(data: bytes) -> None:
    try:
        photo = decode(data)
    except PhotoError:
        return
    assert photo.pixels.dtype == np.uint8
    assert photo.pixels.ndim == 3
    assert min(photo.size) >= 32


@given(opening=st.sampled_from(OPENINGS), rest=st.binary(max_size=400))
def test_any_bytes(opening: bytes, rest: bytes) -> None:
    ends_well(opening + rest)


@settings(deadline=None)
@given(form=st.sampled_from(FORMATS), share=st.floats(0, 1))
def test_any_beginning_of_a_picture(form: str, share: float) -> None:
    data = whole(form)
    ends_well(data[: round(share * len(data))])


@settings(deadline=None, max_examples=200)
@given(
    form=st.sampled_from(FORMATS),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8),
    early=st.booleans(),
)
def test_any_broken_bytes_in_a_picture(
    form: str, changes: list[tuple[float, int]], *, early: bool
) -> None:
    """``early`` aims at the header, where lengths and offsets are."""
    data = bytearray(whole(form))
    reach = min(len(data), 200) if early else len(data)
    for place, value in changes:
        data[round(place * (reach - 1))] = value
    ends_well(bytes(data))
