"""A stand-in model: the product is the middle of every photo that is not all one colour."""

from __future__ import annotations

import io
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from pipeline.backdrops import Backdrops
from pipeline.sam import LOW_RES, SIDE, Embedding, MaskLogits
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.sam import Prompt
    from pipeline.values import Pixels


class Echo:
    """A SAM that answers a box with the box, a mask with the mask, a point with a square."""

    name = "echo"
    device = "cpu"

    def encode(self, pixels: Pixels) -> Embedding:
        height, width = pixels.shape[:2]
        return Embedding(np.full((256, 64, 64), pixels.std(), np.float32), width, height)

    def encode_all(self, pictures: Sequence[Pixels]) -> list[Embedding]:
        return [self.encode(pixels) for pixels in pictures]

    def decode(self, embedding: Embedding, prompts: Sequence[Prompt]) -> MaskLogits:
        logits = np.stack([self._answer(embedding, prompt) for prompt in prompts])
        return MaskLogits(
            np.repeat(logits[:, None], 4, axis=1), np.full((len(prompts), 4), 0.9, np.float32)
        )

    def _answer(self, embedding: Embedding, prompt: Prompt) -> NDArray[np.float32]:
        if prompt.mask is not None:
            return prompt.mask
        unit = LOW_RES / SIDE * embedding.scale
        if prompt.box is not None:
            left, top, right, bottom = (round(v * unit) for v in prompt.box)
        else:
            x, y, _ = prompt.points[0]
            left, top = round(x * unit) - 20, round(y * unit) - 20
            right, bottom = left + 40, top + 40
        logits = np.full((LOW_RES, LOW_RES), -6, np.float32)
        logits[max(0, top) : bottom, max(0, left) : right] = 6
        return logits


def middle(embedding: Embedding) -> NDArray[np.float32]:
    """Stand in for the foreground head."""
    rows, columns = embedding.valid(LOW_RES)
    logits = np.full((LOW_RES, LOW_RES), -6, np.float32)
    if embedding.features[0, 0, 0] < 1:
        return logits
    logits[rows // 4 : rows - rows // 4, columns // 4 : columns - columns // 4] = 6
    return logits


def picture(colour: tuple[int, int, int] = (200, 40, 40), size: int = 128) -> bytes:
    """A JPEG of a dark square in the middle of a plain ground."""
    image = Image.new("RGB", (size, size), colour)
    image.paste((20, 20, 30), (size // 4, size // 4, size - size // 4, size - size // 4))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG")
    return buffer.getvalue()


@cache
def backdrops() -> Backdrops:
    """The presets made small, once for all tests: the pictures are not what is looked at here."""
    folder = Path(mkdtemp(prefix="backgrounds-"))
    shutil.copy(ROOT / "backgrounds" / "presets.toml", folder)
    for path in (ROOT / "backgrounds").glob("*.json"):
        shutil.copy(path, folder)
    for path in (ROOT / "backgrounds").glob("*.*g"):
        with Image.open(path) as image:
            image.draft("RGB", (400, 400))
            image.convert("RGB").resize((400, 400)).save(folder / path.name)
    return Backdrops(folder)
