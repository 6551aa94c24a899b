"""Put one photo's product into another photo's embedding: clutter that costs no encoding.

Cells of MobileSAM's embedding are mostly about their own neighbourhood, so a product's cells set
among another photo's are close to what encoding the pasted picture would give. It cannot scale or
relight, which is what ``training.compose`` is for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from pipeline.sam import GRID, LOW_RES

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELL = LOW_RES // GRID
MAX_EXTENT = 0.8
"""A product that takes more of the frame than this, in height or width, is not moved."""
CLEARER = 1.3
"""So much larger must the new product be for the old one to count as clutter."""


class Row(NamedTuple):
    """One example: features (256, 64, 64), place (3, 64, 64), product and known (1, 256, 256)."""

    features: NDArray[np.float32]
    place: NDArray[np.float32]
    product: NDArray[np.float32]
    known: NDArray[np.float32]


def mirror(row: Row) -> Row:
    """Turn left and right round within the picture."""
    columns = int(row.place[2].any(0).sum())
    features, product, known = (plane.copy() for plane in (row.features, row.product, row.known))
    features[:, :, :columns] = features[:, :, columns - 1 :: -1]
    for plane in (product, known):
        plane[:, :, : columns * CELL] = plane[:, :, columns * CELL - 1 :: -1]
    return Row(features, row.place, product, known)


def mix(draw: np.random.Generator, base: Row, above: Row) -> Row:
    """Return ``base`` with the product of ``above`` set somewhere near its middle."""
    cells = cv2.resize(above.product[0], (GRID, GRID), interpolation=cv2.INTER_AREA) > 0.1
    cells = cv2.dilate(cells.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    cells &= above.place[2] > 0
    if not cells.any():
        return base
    rows, columns = int(base.place[2].any(1).sum()), int(base.place[2].any(0).sum())
    own_rows, own_columns = np.flatnonzero(cells.any(1)), np.flatnonzero(cells.any(0))
    high, wide = int(np.ptp(own_rows)) + 1, int(np.ptp(own_columns)) + 1
    if high > MAX_EXTENT * rows or wide > MAX_EXTENT * columns:
        return base
    top = int(np.clip(draw.normal((rows - high) / 2, rows / 10), 0, rows - high))
    left = int(np.clip(draw.normal((columns - wide) / 2, columns / 10), 0, columns - wide))
    here = np.s_[top : top + high, left : left + wide]
    there = np.s_[own_rows[0] : own_rows[0] + high, own_columns[0] : own_columns[0] + wide]

    moved = cells[there]
    fine = np.kron(moved, np.ones((CELL, CELL), np.bool_))
    fine_here, fine_there = _finer(here), _finer(there)
    features, known, product = base.features.copy(), base.known.copy(), base.product.copy()
    features[:, *here][:, moved] = above.features[:, *there][:, moved]
    product[0, *fine_here][fine] = 0
    larger = above.product.sum() > CLEARER * product.sum()
    known[product > 0.1] *= np.float32(larger)
    product[:] = 0
    product[0, *fine_here][fine] = above.product[0, *fine_there][fine]
    known[0, *fine_here][fine] = above.known[0, *fine_there][fine]
    return Row(features, base.place, product, known)


def _finer(cells: tuple[slice, slice]) -> tuple[slice, slice]:
    rows, columns = cells
    return (
        slice(rows.start * CELL, rows.stop * CELL),
        slice(columns.start * CELL, columns.stop * CELL),
    )
