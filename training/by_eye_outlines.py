"""Outlines of products on real photos that came without one: SAM asked by hand, seen by eye.

The photos are not kept here; ``by_eye/README.md`` tells where they come from.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TABLE = Path(__file__).parent / "by_eye" / "outlines.tsv"
UNIT = 1000
"""A polygon's coordinates are in thousandths of the photo's width and height."""
FRACTION_BITS = 4
"""Of a pixel, in which OpenCV draws."""


@dataclass(frozen=True, slots=True, eq=False)
class ByEye:
    """The outline of one photo's product.

    ``photo`` is the photo's path below the data's folder. Photos of one object or one scene share
    their ``split``; ``apart`` is never trained on. ``kinds`` tells what makes the choice hard.
    ``rings`` are (N, 2) int32, x and y in thousandths of width and height; what an odd number of
    rings go around is the product.
    """

    photo: str
    split: Literal["train", "apart"]
    kinds: frozenset[str]
    product: str
    rings: tuple[NDArray[np.int32], ...]

    def mask(self, size: tuple[int, int]) -> NDArray[np.bool_]:
        """Draw the product at ``size`` (width, height): (height, width), true inside."""
        plane = np.zeros((size[1], size[0]), np.uint8)
        # A pixel's middle is at a whole number for OpenCV, at a half for the polygon.
        scaled = [ring * (np.array(size) / UNIT) - 0.5 for ring in self.rings]
        corners = [np.round(ring * (1 << FRACTION_BITS)).astype(np.int32) for ring in scaled]
        cv2.fillPoly(plane, corners, 1, shift=FRACTION_BITS)
        return plane > 0


def by_eye(table: Path = TABLE) -> dict[str, ByEye]:
    """Read the outlines by the photo's path. Raises ValueError where a line is wrong."""
    with table.open(newline="") as file:
        found = [_outline(row) for row in csv.DictReader(file, delimiter="\t")]
    outlines = {outline.photo: outline for outline in found}
    if len(outlines) < len(found):
        raise ValueError(f"{table} has a photo twice")
    return outlines


def _outline(row: dict[str, str]) -> ByEye:
    """Read one line; its ``box``, ``points`` and ``by_hand`` only tell how it came to be."""
    match row["split"]:
        case "train" | "apart" as split:
            rings = tuple(_ring(corners) for corners in row["polygon"].split(";"))
            kinds = frozenset(row["kinds"].split())
            return ByEye(row["photo"], split, kinds, row["product"], rings)
        case other:
            raise ValueError(f"{row['photo']} has the split {other!r}")


def _ring(corners: str) -> NDArray[np.int32]:
    """Read "x,y x,y x,y"."""
    ring = np.array([corner.split(",") for corner in corners.split()], np.int32)
    if ring.ndim != 2 or ring.shape[0] < 3 or ring.shape[1] != 2:
        raise ValueError(f"expected corners x,y of a ring, got {corners[:40]!r}")
    if ring.min() < 0 or ring.max() > UNIT:
        raise ValueError(f"expected 0 to {UNIT}, got {ring.min()} to {ring.max()}")
    return ring
