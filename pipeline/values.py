"""The values that travel between the steps: one per boundary, frozen, checked where they enter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels: TypeAlias = NDArray[np.uint8]
    """A picture: (height, width, 3) uint8, RGB, sRGB-encoded, upright."""
    Plane: TypeAlias = NDArray[np.float32]
    """One value per pixel: (height, width) float32; alpha and probability planes are 0..1."""

Box: TypeAlias = tuple[int, int, int, int]
"""XYXY in pixels; right and bottom are exclusive."""


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A seller's picture, decoded: upright, sRGB, without metadata.

    ``alpha`` is the picture's own transparency, (height, width) float32 in 0..1, where the file
    had one that hides anything; its hidden pixels are white in ``pixels``.
    """

    pixels: Pixels
    alpha: Plane | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]


@dataclass(frozen=True, slots=True, eq=False)
class CutOut:
    """The product lifted off its photo, at the photo's own resolution.

    ``foreground`` is (height, width, 3) uint8 RGB, straight (not premultiplied): where alpha is
    partial it holds the product's own colour with the old background taken out.
    ``alpha`` is (height, width) float32 in 0..1. ``confidence`` is 0..1: how sure the choice of
    the product is.
    """

    foreground: Pixels
    alpha: Plane
    confidence: float = 1.0

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.foreground.shape[1], self.foreground.shape[0]
