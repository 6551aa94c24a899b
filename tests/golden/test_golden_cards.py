"""One card of each template beside the approved one.

A card that fails is saved in ``tests/failed``. To approve new ones after looking at them, run with
``VITRINA_APPROVE=1``.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import cv2
import imagehash
import numpy as np
import pytest
from PIL import Image

from pipeline.cards.draw import draw_card
from pipeline.cards.templates import load_templates
from pipeline.cards.values import DEFAULT_BRAND, FORMATS, CardContent, Claim
from pipeline.matting import cut_out
from pipeline.values import CutOut, Photo

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SCALE = 0.4
MEAN_ERROR = 2.0
"""In eight-bit levels; the approved cards are JPEGs, which alone costs about one."""
HASH_DISTANCE = 4
"""Of 64 bits of the perceptual hash."""
WORDS = (
    ("Жилет утеплённый с капюшоном", "Подкладка флис", "Капюшон отстёгивается", "Два кармана"),
    ("Quilted vest with a hood", "Fleece lining", "Detachable hood", "Two zip pockets"),
)


def content(language: str) -> CardContent:
    title, *claims = WORDS[language == "en"]
    return CardContent(
        title,
        tuple(Claim(claim, f"seller: {claim}") for claim in claims),
        (("Размер", "S, M, L, XL"), ("Рост", "164–182 см"), ("Длина", "68 см")),
        "3 490 ₽",
        "4 990 ₽",
        ("Стирка при 30 °C", "Не отбеливать"),
        ("Жилет", "Капюшон", "Чехол"),
        language,
        "Полиэстер 95 %, эластан 5 %",
    )


@cache
def vest() -> CutOut:
    pixels = np.asarray(Image.open(ROOT / "samples" / "padded-vest.jpg").convert("RGB"))
    outline = np.asarray(Image.open(HERE / "outlines" / "padded-vest.png").convert("L"))
    logits = cv2.GaussianBlur(outline.astype(np.float32), (0, 0), 0.8) / 255 * 16 - 8
    return cut_out(Photo(pixels), logits)


@pytest.mark.parametrize("name", load_templates().names)
def test_the_card_looks_as_approved(name: str) -> None:
    language = "en" if name in {"advantages", "panel"} else "ru"
    form = FORMATS["story" if name == "story" else "portrait"]
    template = load_templates().get(name)
    result = draw_card(template, vest(), content(language), DEFAULT_BRAND, form, scale=SCALE).pixels

    approved = HERE / "cards" / f"{name}.jpg"
    if os.environ.get("VITRINA_APPROVE"):
        approved.parent.mkdir(exist_ok=True)
        Image.fromarray(result).save(approved, quality=92, subsampling=0)
    expected = Image.open(approved)
    error = np.abs(result.astype(np.int16) - np.asarray(expected)).mean()
    distance = imagehash.phash(Image.fromarray(result)) - imagehash.phash(expected)
    if error > MEAN_ERROR or distance > HASH_DISTANCE:
        failed = ROOT / "tests" / "failed" / f"card-{name}.png"
        failed.parent.mkdir(exist_ok=True)
        Image.fromarray(result).save(failed)
        pytest.fail(f"mean error {error:.2f}, hash distance {distance}: see {failed}")
