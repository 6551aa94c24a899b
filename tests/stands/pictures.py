"""A picture provider that draws: over HTTP as OpenAI's images API does, or at once."""

from __future__ import annotations

import base64
import io
from decimal import Decimal
from typing import TYPE_CHECKING

from PIL import Image

from pipeline.pictures import COUNT, Painted

if TYPE_CHECKING:
    from tests.stands.bot import Stand

INK = (180, 120, 60)
"""RGB at the top of the first variant; the others are darker."""


def drawn(number: int = 0, size: tuple[int, int] = (320, 480)) -> bytes:
    """Draw a place: a wall of one colour above a floor."""
    image = Image.new("RGB", size, tuple(part - 20 * number for part in INK))
    image.paste((90, 90, 90), (0, size[1] * 2 // 3, *size))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def answer(count: int = COUNT) -> dict[str, object]:
    """Give what the images API answers."""
    coded = [base64.b64encode(drawn(number)).decode() for number in range(count)]
    return {"created": 1, "data": [{"b64_json": one} for one in coded]}


class Easel:
    """A `Painter` that draws, or raises what it is told to."""

    model, size = "easel", "320x480"

    def __init__(self, *failures: Exception, price: str = "0.04") -> None:
        self.price = Decimal(price)
        self.failures = list(failures)
        self.asked: list[tuple[str, str]] = []
        self.pictures = tuple(drawn(number) for number in range(COUNT))

    async def paint(self, prompt: str, *, once: str) -> Painted:
        self.asked.append((prompt, once))
        if self.failures:
            raise self.failures.pop(0)
        return Painted(self.pictures, COUNT)

    async def aclose(self) -> None:
        """Nothing is held."""


def hang(stand: Stand, easel: Easel) -> Easel:
    """Give the bot a picture provider."""
    object.__setattr__(stand.services, "painter", easel)
    object.__setattr__(stand.services.panels.photo, "_paints", True)
    return easel
