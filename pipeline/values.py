"""The values that travel between the steps: one per boundary, frozen, checked once when made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = TypeVar("Array", bound=NDArray[Any])
    Pixels: TypeAlias = NDArray[np.uint8]
    """A picture: (height, width, 3) uint8, RGB, sRGB-encoded, upright."""
    Plane: TypeAlias = NDArray[np.float32]
    """One value per pixel: (height, width) float32; alpha and probability planes are 0..1."""

Box: TypeAlias = tuple[int, int, int, int]
"""XYXY in pixels; right and bottom are exclusive."""


def checked(array: Array, shape: tuple[int | str, ...], dtype: str) -> Array:
    """Return a read-only view of an array of any shape and dtype, if they are as they should be.

    Sides of ``shape`` that are named, such as "h", are of any length from 1. Raises ValueError.
    """
    fits = array.dtype == dtype and array.ndim == len(shape)
    if not fits or any(
        found < 1 if isinstance(side, str) else found != side
        for found, side in zip(array.shape, shape, strict=True)
    ):
        wanted = ", ".join(map(str, shape))
        raise ValueError(f"expected ({wanted}) {dtype}, got {array.shape} {array.dtype}")
    view = array.view()
    view.setflags(write=False)
    return view


def checked_alpha(alpha: Plane, pixels: Pixels) -> Plane:
    """Return a read-only view of ``alpha``, (h, w) float32 in 0..1, of the size of ``pixels``.

    ``pixels`` is (h, w, 3) uint8 RGB. Raises ValueError.
    """
    view = checked(alpha, pixels.shape[:2], "float32")
    low, high = float(alpha.min()), float(alpha.max())
    if not (low >= 0 and high <= 1):  # nor where one is not a number
        raise ValueError(f"expected alpha in 0..1, got {low}..{high}")
    return view


def check_confidence(confidence: float) -> None:
    """Raise ValueError where a confidence is not in 0..1."""
    if not 0 <= confidence <= 1:
        raise ValueError(f"expected a confidence in 0..1, got {confidence}")


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A seller's picture, decoded: upright, sRGB, without metadata.

    ``alpha`` is the picture's own transparency, (height, width) float32 in 0..1, where the file
    had one that hides anything; its hidden pixels are white in ``pixels``. Both are read-only.
    Raises ValueError where they are something else.
    """

    pixels: Pixels
    alpha: Plane | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "pixels", checked(self.pixels, ("h", "w", 3), "uint8"))
        if self.alpha is not None:
            object.__setattr__(self, "alpha", checked_alpha(self.alpha, self.pixels))

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
    the product is. ``flat_lay`` tells that it was seen from above, lying. The arrays are read-only.
    Raises ValueError where they are something else.
    """

    foreground: Pixels
    alpha: Plane
    confidence: float = 1.0
    flat_lay: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "foreground", checked(self.foreground, ("h", "w", 3), "uint8"))
        object.__setattr__(self, "alpha", checked_alpha(self.alpha, self.foreground))
        check_confidence(self.confidence)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.foreground.shape[1], self.foreground.shape[0]
