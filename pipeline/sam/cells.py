"""Cells that are never built: the picture's, shared, and what a prompt's tokens add to them.

`pipeline/sam/lowrank.py` has the algebra. Values named ``rows`` are (N, rows, 4096), of a head its
tokens; ``apart`` (N, 8, T, 16).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.sam.blocks import CELLS, HEAD, HEADS, SCALE, WIDTH
from pipeline.sam.shared import Halves

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.sam.graph import Operand, Value


@dataclass(frozen=True, slots=True)
class Update:
    """What a layer adds to the cells: A' U.

    ``shares`` A, rows, the last of which is of what is added to all cells alike; ``vectors`` U,
    (N, rows, 256).
    """

    shares: Value
    vectors: Value


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells after layer norm ``number``: gain (K inner + sum of updates) outer + shift.

    ``inner``, 1 where it is None, and ``outer`` are (N, 1, 4096).
    """

    number: int
    updates: tuple[Update, ...]
    outer: Value
    inner: Value | None = None


@dataclass(frozen=True, slots=True)
class Meeting:
    """Where tokens and cells meet: a projection of the cells, and what of it is shared.

    ``layer`` names the projection, ``shared`` its product with K; ``length`` is the number of
    tokens.
    """

    layer: str
    shared: Value
    length: Operand


class Unbuilt(Halves):
    """Tokens that look at cells which are not there; ``many`` is the number of prompts."""

    many: Value

    def likeness(
        self, asked: Value, meeting: Meeting, cells: Cells, places: NDArray[np.float32]
    ) -> Value:
        """Return the likeness of tokens, apart, to cells: rows.

        ``places`` (4096, 128) is what is added to the cells' projection.
        """
        g = self.g
        matrix = self.weight(meeting.layer) * self.gain(cells.number)
        through = g("MatMul", asked, matrix.reshape(HEADS, HEAD, WIDTH))
        through = g.reshape(through, 0, -1, WIDTH)
        merged = self.merged(asked)
        shared = self.parted(g("MatMul", merged, meeting.shared), meeting.length)
        place = self.parted(g("MatMul", merged, by_head(places)), meeting.length)
        if cells.inner is not None:
            shared = g("Mul", shared, g("Unsqueeze", cells.inner, np.array([0])))
        seen = self.rows(g.transpose(shared, 1, 0, 2, 3))
        for update in cells.updates:
            known = g("MatMul", through, g.transpose(update.vectors, 0, 2, 1))
            seen = g("Add", seen, g("MatMul", known, update.shares))
        place = self.rows(g.transpose(place, 1, 0, 2, 3))
        return g("Add", g("Mul", seen, cells.outer), place)

    def found(self, likeness: Value, meeting: Meeting, cells: Cells) -> Value:
        """Let tokens attend to cells by a likeness, rows: their values, apart."""
        g = self.g
        share = g("Mul", g("Softmax", likeness, axis=-1), cells.outer)
        matrix = self.weight(meeting.layer)
        told = (matrix * self.gain(cells.number)).reshape(HEADS, HEAD, WIDTH).transpose(0, 2, 1)
        always = matrix @ self.shift(cells.number) + self.bias(meeting.layer)
        seen = [
            g("MatMul", g("MatMul", share, g.transpose(one.shares, 0, 2, 1)), one.vectors)
            for one in cells.updates
        ]
        own = seen[0] if len(seen) == 1 else g("Add", *seen)
        own = g("MatMul", g("Reshape", own, np.array([0, HEADS, -1, WIDTH])), told)
        if cells.inner is not None:
            share = g("Mul", share, cells.inner)
        shared = g.reshape(g.transpose(self.by_head(share), 1, 0, 2, 3), HEADS, -1, CELLS)
        shared = self.unmerged(g("MatMul", shared, meeting.shared), meeting.length)
        return g("Add", g("Add", shared, own), always.reshape(HEADS, 1, HEAD))

    def asking(self, layer: str, queries: Value, tokens: Value) -> Value:
        """Project what the tokens ask, apart."""
        asked = self.g.linear(self.g("Add", queries, tokens), self.weights, f"{layer}.q_proj")
        return self.split(self.g("Mul", asked, SCALE))

    def rows(self, value: Value) -> Value:
        """Return (N, 8, T, 4096) as rows."""
        return self.g.reshape(value, 0, -1, CELLS)

    def by_head(self, rows: Value) -> Value:
        """Return rows as (N, 8, T, 4096)."""
        return self.g("Reshape", rows, np.array([0, HEADS, -1, CELLS]))

    def merged(self, apart: Value) -> Value:
        """Put the prompts' tokens in one column, (8, N T, 16): few large products, not many."""
        return self.g.reshape(self.g.transpose(apart, 1, 0, 2, 3), HEADS, -1, HEAD)

    def parted(self, merged: Value, length: Operand) -> Value:
        """Tell the prompts apart again: (8, N, T, ...)."""
        g = self.g
        shape = g("Concat", np.array([HEADS]), self.many, length, np.array([-1]), axis=0)
        return g("Reshape", merged, shape)

    def unmerged(self, merged: Value, length: Operand) -> Value:
        """Undo `merged`: (N, 8, T, ...)."""
        return self.g.transpose(self.parted(merged, length), 1, 0, 2, 3)


def by_head(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (4096, 128) as keys, (8, 16, 4096)."""
    return np.ascontiguousarray(cells.reshape(CELLS, HEADS, HEAD).transpose(1, 2, 0))
