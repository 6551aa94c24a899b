"""A HEIC file that crashes its reader costs the seller a sentence, and the bot nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from pipeline.errors import DamagedPhotoError
from pipeline.photo import heif
from pipeline.photo.decode import decode
from pipeline.photo.heif import read_heif
from tests.stands.files import file_of

if TYPE_CHECKING:
    from pathlib import Path


def heic() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return file_of(Image.new("RGB", (80, 60), (200, 100, 50)), "HEIF", exif=exif.tobytes())


def test_a_file_that_ends_its_reader() -> None:
    """pi_heif 1.4.0 dies of an item whose type is not UTF-8; a later one may read it."""
    crashing = heic().replace(b"Exif\0", b"Exi\xe7\0", 1)
    try:
        photo = decode(crashing)
    except DamagedPhotoError:
        return
    assert photo.size == (60, 80)


def reader_that(does: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a shell script in the place of Python."""
    stand_in = folder / "python"
    stand_in.write_text(f"#!/bin/sh\n{does}\n")
    stand_in.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(stand_in))


def test_a_crash_is_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader_that("kill -SEGV $$", tmp_path, monkeypatch)
    with pytest.raises(DamagedPhotoError, match="ended with -11"):
        decode(heic())


def test_want_of_memory_is_not_the_files_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader_that("kill -KILL $$", tmp_path, monkeypatch)
    with pytest.raises(MemoryError):
        decode(heic())


def test_a_reader_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heif, "PATIENCE", 0.2)
    reader_that("exec sleep 600", tmp_path, monkeypatch)
    with pytest.raises(DamagedPhotoError, match="not decoded within"):
        decode(heic())


def test_too_many_pixels_are_told_and_not_decoded() -> None:
    with pytest.raises(Image.DecompressionBombError, match=r"\d+x\d+ pixels, over 4799"):
        read_heif(heic(), 80 * 60 - 1)
    assert read_heif(heic(), 80 * 60).size == (60, 80)
