"""A studio whose cards are quick to draw: the bot's tests look at when, not at the type."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from pipeline.cards.values import DEFAULT_BRAND, PORTRAIT, CardPicture
from pipeline.errors import CardError
from pipeline.photo.encode import encode_jpeg
from pipeline.studio import Studio

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.cards.values import Brand, CardContent, CardFormat
    from pipeline.values import CutOut

SHRUNK = 8
ON_A_CARD = 3
"""Claims."""


class QuickStudio(Studio):
    """Draws a card in one colour, which only equal cards share."""

    def card(
        self,
        template: str,
        cut_out: CutOut,
        content: CardContent,
        brand: Brand = DEFAULT_BRAND,
        form: CardFormat = PORTRAIT,
    ) -> CardPicture:
        if not self.templates.fits(template, content):
            raise CardError(f"there is not enough for the card {template!r}")
        drawn = _drawn(template, content, brand, form, cut_out)
        return CardPicture(drawn, min(ON_A_CARD, len(content.claims)))

    def card_thumbnails(
        self,
        names: Iterable[str],
        cut_out: CutOut,
        content: CardContent,
        brand: Brand = DEFAULT_BRAND,
    ) -> tuple[bytes, tuple[str, ...]]:
        fitting = tuple(name for name in names if self.templates.fits(name, content))
        if not fitting:
            raise CardError("no card can be made of what is known")
        return _drawn(fitting, content, brand, PORTRAIT, cut_out), fitting


def _drawn(
    what: object, content: CardContent, brand: Brand, form: CardFormat, cut_out: CutOut
) -> bytes:
    look = brand.primary, brand.secondary, brand.fonts, brand.corners, brand.price_tag
    told = what, content, look, brand.watermark, brand.logo is None, form, cut_out.size
    colour = list(sha256(repr(told).encode()).digest()[:3])
    height, width = form.height // SHRUNK, form.width // SHRUNK
    return encode_jpeg(np.full((height, width, 3), colour, np.uint8))
