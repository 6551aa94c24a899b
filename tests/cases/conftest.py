"""What the cases share: where their files are, the decoders, and how near two pictures are."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from pipeline.photo.pool import Decoders
from vitrina import environment
from vitrina.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.values import Pixels

FILES = Path(__file__).with_name("files")

heavy = pytest.mark.skipif("CASES" not in os.environ, reason="takes a core for seconds: make cases")
"""For cases whose kind other tests show too, by smaller files."""


def data_of(name: str) -> bytes:
    return (FILES / name).read_bytes()


def pixels_of(name: str, mode: str = "RGB") -> Pixels:
    image = Image.open(io.BytesIO(data_of(name))).convert(mode)
    return np.asarray(image.convert("RGB"))


@pytest.fixture(scope="package")
def decoders() -> Iterator[Decoders]:
    """Decode as the bot does, in processes of their own."""
    with Decoders() as decoders:
        yield decoders


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env` of the checkout, no settings and proxies of this machine."""
    monkeypatch.chdir(tmp_path)
    names = (*environment.PROXIES, *environment.CERTIFICATES, "NO_PROXY", "no_proxy")
    for name in (*map(str.upper, Settings.model_fields), *names):
        monkeypatch.delenv(name, raising=False)
