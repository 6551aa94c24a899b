"""What a prompt's tokens add to the cells; `pipeline/sam/lowrank.py` has the algebra."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.sam.blocks import HEAD, HEADS, SCALE, WIDTH
from pipeline.sam.cells import Unbuilt
from pipeline.sam.shared import TO_TOKENS, centred

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.sam.graph import Value

MOST = 80.0
"""A cell's likeness to a token above that to the last one: e^80 of them can still be added up."""


@dataclass(frozen=True, slots=True)
class Told:
    """What tokens tell the cells: their values' difference from the last one's, apart, and that.

    ``last`` is (N, 1, 128); ``vectors`` U, (N, rows, 256), is what both become, added to the cells.
    """

    apart: Value
    last: Value
    vectors: Value


class Updates(Unbuilt):
    """Cells that attend to ``others`` tokens, and a last one; ``one`` is (N, 1, 1)."""

    others: Value
    one: Value

    def known(self, layer: str, queries: Value, tokens: Value) -> Value:
        """Return what tokens are known by, apart: the difference from the last one.

        Its likeness is thereby taken from all: what is left needs no search for the largest.
        """
        g = self.g
        added = g.linear(g("Add", queries, tokens), self.weights, f"{layer}.k_proj")
        return self.split(g("Mul", self.relative(added)[0], SCALE))

    def shares(self, likeness: Value) -> Value:
        """Turn a part of the cells' likeness to tokens into shares of them, both (.., .., T, C)."""
        g = self.g
        power = g("Exp", g("Min", likeness, MOST))
        whole = g("Add", g("ReduceSum", power, np.array([2])), 1.0)
        return g("Mul", power, g("Reciprocal", whole))

    def with_ones(self, shares: Value, part: int) -> Value:
        """Return shares (N, 8, T, C) as A: rows, and one of ones."""
        ones = self.g("Expand", self.one, np.array([1, 1, self.sizes[part]]))
        return self.g("Concat", self.rows(shares, part), ones, axis=1)

    def told(self, number: int, queries: Value, always: NDArray[np.float32]) -> Told:
        """Turn what the tokens tell the cells, and what is ``always`` added, into vectors.

        The vectors' mean over the channels is taken out.
        """
        g, layer = self.g, TO_TOKENS[number]
        matrix = centred(self.weight(f"{layer}.out_proj").T)
        apart, last = self.relative(g.linear(queries, self.weights, f"{layer}.v_proj"))
        apart = self.split(apart)
        rest = g("MatMul", apart, matrix.reshape(HEADS, HEAD, WIDTH))
        added = g("Add", g("MatMul", last, matrix), centred(always))
        return Told(apart, last, g("Concat", g.reshape(rest, 0, -1, WIDTH), added, axis=1))

    def relative(self, tokens: Value) -> tuple[Value, Value]:
        """Return by what tokens (N, T, C) differ from the last one, (N, T - 1, C), and that one."""
        g = self.g
        last = g("Gather", tokens, np.array([-1]), axis=1)
        rest = g("Slice", tokens, np.array([0]), np.array([-1]), np.array([1]))
        return g("Sub", rest, last), last

    def met(self, name: str, part: int, told: Told, merged: Value) -> Value:
        """Return what is shared of a part of the cells, times what the tokens tell them: (N, 1, C).

        ``merged`` are the shares of the tokens in that, (8, N, T, C).
        """
        g = self.g
        shared = self.shared(name, part)
        products = self.parted(g("MatMul", self.merged(told.apart), shared), self.others)
        rest = g("ReduceSum", g("Mul", merged, products), np.array([2]), keepdims=0)
        last = g("MatMul", self.merged(self.split(told.last)), shared)
        whole = g("ReduceSum", g("Add", rest, last), np.array([0]), keepdims=0)
        return g("Unsqueeze", whole, np.array([1]))

    def squared(self, shares: Value, moved: Value) -> Value:
        """Return an update's part of the variance, (N, 1, C)."""
        return self.g("ReduceSum", self.g("Mul", shares, moved), np.array([1]))

    def inverse(self, variance: Value) -> Value:
        """Return one by the deviation."""
        return self.g("Reciprocal", self.g("Sqrt", variance))

    def gram(self, one: Value, other: Value) -> Value:
        """Return U U' / 256."""
        g = self.g
        return g("Mul", g("MatMul", one, g.transpose(other, 0, 2, 1)), 1 / WIDTH)

    def centred(self, value: Value) -> Value:
        """Take the mean over the channels out."""
        return self.g("Sub", value, self.g("ReduceMean", value, np.array([2])))
