"""Finished pictures beside approved ones: photo and outline in, every step after the model.

A picture that fails is saved in ``tests/failed``. To approve new ones after looking at them, run
with ``VITRINA_APPROVE=1``.
"""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import imagehash
import numpy as np
import pytest
from PIL import Image

from pipeline.backdrops import Backdrops
from pipeline.compose import Style, compose
from pipeline.matting import cut_out
from pipeline.values import Photo

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MEAN_ERROR = 2.0
"""In eight-bit levels; the approved pictures are JPEGs, which alone costs about one."""
HASH_DISTANCE = 4
"""Of 64 bits of the perceptual hash."""


@pytest.mark.parametrize("name", ["green-t-shirt", "padded-vest"])
@pytest.mark.parametrize(
    ("preset", "shadow"), [("white", None), ("grad", None), ("blue", "floating")]
)
def test_the_picture_looks_as_approved(name: str, preset: str, shadow: str | None) -> None:
    pixels = np.asarray(Image.open(ROOT / "samples" / f"{name}.jpg").convert("RGB"))
    outline = np.asarray(Image.open(HERE / "outlines" / f"{name}.png").convert("L"))
    logits = cv2.GaussianBlur(outline.astype(np.float32), (0, 0), 0.8) / 255 * 16 - 8
    style = Style(shadow="floating") if shadow else Style()
    product = cut_out(Photo(pixels), logits, flat_lay=preset == "grad")
    result = compose(product, Backdrops(ROOT / "backgrounds").load(preset), style).pixels

    approved = HERE / "pictures" / f"{name}-{preset}{'-floating' if shadow else ''}.jpg"
    if os.environ.get("VITRINA_APPROVE"):
        Image.fromarray(result).save(approved, quality=95, subsampling=0)
    expected = Image.open(approved)
    error = np.abs(result.astype(np.int16) - np.asarray(expected)).mean()
    distance = imagehash.phash(Image.fromarray(result)) - imagehash.phash(expected)
    if error > MEAN_ERROR or distance > HASH_DISTANCE:
        failed = ROOT / "tests" / "failed" / approved.with_suffix(".png").name
        failed.parent.mkdir(exist_ok=True)
        Image.fromarray(result).save(failed)
        pytest.fail(f"mean error {error:.2f}, hash distance {distance}: see {failed}")
