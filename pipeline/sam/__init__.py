"""Segment Anything behind one interface: encode a picture once, decode many prompts.

Kirillov et al., "Segment Anything", 2023, https://arxiv.org/abs/2304.02643; MobileSAM's encoder:
Zhang et al., "Faster Segment Anything", 2023, https://arxiv.org/abs/2306.14289.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from pipeline.values import checked

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from pipeline.values import Pixels

SIDE = 1024
"""The encoder's input is SIDE x SIDE: the picture's longer side is scaled to it."""
LOW_RES = 256
"""The decoder's logits are LOW_RES x LOW_RES, over the same padded square."""
GRID = 64
"""The embedding is GRID x GRID cells."""
CHANNELS = 256
"""Numbers in each cell of the embedding."""
CANDIDATES = 4
"""Masks per prompt: the single answer, then whole, part and sub-part."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Embedding:
    """What the encoder saw in one picture.

    ``features`` is (256, 64, 64) float32 over the padded square; ``width`` and ``height`` are
    the original picture's, in pixels. The picture fills the square's top left corner. The array is
    read-only. Raises ValueError where they are something else.
    """

    features: NDArray[np.float32]
    width: int
    height: int

    def __post_init__(self) -> None:
        features = checked(self.features, (CHANNELS, GRID, GRID), "float32")
        object.__setattr__(self, "features", features)
        if self.width < 1 or self.height < 1:
            raise ValueError(
                f"expected a picture of 1 x 1 or more, got {self.width} x {self.height}"
            )

    @property
    def scale(self) -> float:
        """Square pixels (of SIDE) per original pixel."""
        return SIDE / max(self.width, self.height)

    def valid(self, side: int) -> tuple[int, int]:
        """Rows and columns that the picture fills of a ``side`` x ``side`` map of the square."""
        return valid((self.width, self.height), side)

    def window(self, side: int) -> tuple[slice, slice]:
        """Give these rows and columns as slices of the map."""
        rows, columns = self.valid(side)
        return slice(rows), slice(columns)


def valid(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Rows and columns that a picture of ``size`` fills of a ``side`` x ``side`` map of the square.

    ``size`` is its (width, height) in pixels.
    """
    unit = side / max(size)
    columns, rows = (max(1, round(length * unit)) for length in size)
    return rows, columns


@dataclass(frozen=True, slots=True, eq=False)
class Prompt:
    """What the decoder is asked for, in the original picture's pixels.

    ``points`` are (x, y, include); ``box`` is XYXY; ``mask`` is (256, 256) float32 logits over
    the padded square, usually an earlier answer, and read-only. Raises ValueError where they are
    something else.
    """

    points: tuple[tuple[float, float, bool], ...] = ()
    box: tuple[float, float, float, float] | None = None
    mask: NDArray[np.float32] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        places = [side for x, y, _ in self.points for side in (x, y)] + list(self.box or ())
        if not all(map(math.isfinite, places)):
            raise ValueError(f"expected finite points and box, got {self.points}, {self.box}")
        if self.box is not None and (self.box[0] > self.box[2] or self.box[1] > self.box[3]):
            raise ValueError(f"expected a box of left, top, right, bottom, got {self.box}")
        if self.mask is not None:
            object.__setattr__(self, "mask", checked(self.mask, (LOW_RES, LOW_RES), "float32"))


@dataclass(frozen=True, slots=True, eq=False)
class MaskLogits:
    """The decoder's answers to N prompts, four candidates each.

    ``logits`` is (N, 4, 256, 256) float32 over the padded square, above 0 inside. ``scores`` is
    (N, 4) float32: the IoU that the decoder predicts for each. Candidate 0 is SAM's single-mask
    answer; 1..3 are its whole, part and sub-part answers for ambiguous prompts.
    """

    logits: NDArray[np.float32]
    scores: NDArray[np.float32]


class Sam(Protocol):
    """One loaded model. Not shared between threads: the executor owns it."""

    name: str

    @property
    def device(self) -> str:
        """What it runs on: "cpu", "cuda", ..."""
        ...

    def encode(self, pixels: Pixels) -> Embedding:
        """Embed one picture, (height, width, 3) uint8 RGB of any size."""
        ...

    def encode_all(self, pictures: Sequence[Pixels]) -> list[Embedding]:
        """Embed pictures of any sizes, together where the device is faster so.

        Each is (height, width, 3) uint8 RGB.
        """
        ...

    def decode(self, embedding: Embedding, prompts: Sequence[Prompt]) -> MaskLogits:
        """Answer all ``prompts`` on one embedding in one run."""
        ...
