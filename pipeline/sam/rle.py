"""Masks as run lengths, as the official automatic mask generator writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Rle(TypedDict):
    """Run lengths as the official generator gives them: down the columns, the first run outside."""

    size: list[int]
    counts: list[int]


def to_rle(mask: NDArray[np.bool_]) -> Rle:
    """Encode a (height, width) mask."""
    flat = mask.T.ravel()
    turns = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    counts = np.diff(np.concatenate([[0], turns, [flat.size]])).tolist()
    return {"size": list(mask.shape), "counts": [0, *counts] if flat[:1].any() else counts}


def from_rle(rle: Rle) -> NDArray[np.bool_]:
    """Decode to a (height, width) mask."""
    height, width = rle["size"]
    inside = np.arange(len(rle["counts"])) % 2 == 1
    return np.repeat(inside, rle["counts"]).reshape(width, height).T
