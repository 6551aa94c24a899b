"""The photo's whole way through the pipeline, as the bot and the batch command walk it."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline import alpha, output
from pipeline.backdrops import own_backdrop
from pipeline.compose import Style, compose
from pipeline.foreground import Choice, choose
from pipeline.photo import decode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.backdrops import Backdrop, Backdrops, Preset
    from pipeline.compose import Composition
    from pipeline.executor import Executor
    from pipeline.foreground import Head
    from pipeline.sam import Sam
    from pipeline.values import CutOut, Photo, Pixels

DEFAULT = Style()
DEADLINE_SECONDS = 90.0
"""How long a photo may wait for the model before it is given back as overload."""


@dataclass(frozen=True, slots=True)
class Models:
    """The loaded networks; the executor's thread owns them."""

    sam: Sam
    head: Head


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """What was chosen as the product, at the model's resolution.

    ``logits`` is (256, 256) float32 over SAM's padded square, above 0 inside; empty where the
    photo's own transparency is the cut-out. ``confidence`` is 0..1.
    """

    logits: NDArray[np.float32]
    confidence: float

    @classmethod
    def of(cls, choice: Choice) -> Mask:
        """Take the best candidate."""
        best = choice.candidates[0].logits if choice.candidates else np.empty((0, 0), np.float32)
        return cls(best, choice.confidence)

    def to_bytes(self) -> bytes:
        """Write the mask down, in half precision."""
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer, logits=self.logits.astype(np.float16), confidence=self.confidence
        )
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Mask:
        """Read a mask back."""
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return cls(arrays["logits"].astype(np.float32), float(arrays["confidence"]))


class Studio:
    """Decode, choose, cut out, render. Only `choose` uses the model, through its executor."""

    def __init__(self, executor: Executor[Models], backdrops: Backdrops) -> None:
        """Keep the model's owner and the presets."""
        self._executor = executor
        self._backdrops = backdrops

    @property
    def presets(self) -> Sequence[Preset]:
        """The presets in the order of their buttons."""
        return [self._backdrops.preset(name) for name in self._backdrops.names]

    def decode(self, data: bytes) -> Photo:
        """Decode a seller's file. Raises PhotoError."""
        return decode(data)

    async def choose(self, photo: Photo) -> Choice:
        """Find the product. Raises NothingFoundError, OverloadedError, ModelError.

        A photo with transparency of its own is cut out already: its choice has no candidates.
        """
        if photo.alpha is not None:
            return Choice((), confidence=1.0)
        future = self._executor.submit(
            lambda models: find(models, photo.pixels), deadline=DEADLINE_SECONDS
        )
        return await asyncio.wrap_future(future)

    def cut_out(self, photo: Photo, mask: Mask) -> CutOut:
        """Lift the product off. Raises NothingFoundError where nothing is left."""
        if photo.alpha is not None:
            return alpha.from_transparency(photo)
        return alpha.cut_out(photo, mask.logits, mask.confidence)

    def preset(self, name: str) -> Backdrop:
        """Return a preset. Raises BackdropError where there is none of that name."""
        return self._backdrops.load(name)

    def own_backdrop(self, data: bytes) -> Backdrop:
        """Decode a seller's own background. Raises PhotoError."""
        return own_backdrop(decode(data))

    def compose(self, cut_out: CutOut, backdrop: Backdrop, style: Style = DEFAULT) -> Composition:
        """Return the finished picture, which knows the rules of its market that it breaks."""
        return compose(cut_out, backdrop, style)

    def render(self, cut_out: CutOut, backdrop: Backdrop, style: Style = DEFAULT) -> bytes:
        """Return the finished picture as a JPEG that Telegram takes as a photo."""
        return output.for_telegram(self.compose(cut_out, backdrop, style).pixels)


def find(models: Models, pixels: Pixels) -> Choice:
    """Encode and choose, on the model's own thread."""
    return choose(models.sam, models.sam.encode(pixels), models.head)
