"""Cells that are never built: the picture's, shared, and what a prompt's tokens add to them.

`pipeline/sam/lowrank.py` has the algebra. The cells come in parts of C. Values named ``rows`` are
(N, rows, C), of a head its tokens; ``apart`` (N, 8, T, 16); ``merged`` (8, N T, 16), the prompts'
tokens in one column, so that there are few large products and not many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.sam.blocks import HEAD, HEADS, WIDTH
from pipeline.sam.graph import part_of
from pipeline.sam.shared import CELLS, SHARED, Halves

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.sam.graph import Operand, Value, Weights


@dataclass(frozen=True, slots=True)
class Cells:
    """A part of the cells after layer norm ``number``: gain (K scale + A' U) + shift.

    ``shares`` are A, rows, the last of a layer's for what is added to all cells alike; ``scale`` is
    (N, 1, C), ``merged`` the tokens' shares before they were scaled, (8, N, T, C).
    """

    part: int
    number: int
    scale: Value
    shares: Value
    merged: Value


@dataclass(frozen=True, slots=True)
class Question:
    """What tokens ask of cells by a projection of these.

    ``keys`` names the projection's product with K, ``places`` what else it gives; ``merged`` is
    what is asked, ``known`` what it gives of the updates, and ``length`` the number of tokens.
    """

    keys: str
    places: str
    length: Operand
    merged: Value
    known: Value


@dataclass(frozen=True, slots=True)
class Glance:
    """What tokens saw of a part of the cells.

    ``most`` is the largest likeness; ``sums`` are the powers' sum and what they weigh, one
    after the other in the last dimension.
    """

    most: Value
    sums: Value


class Unbuilt(Halves):
    """Tokens that look at cells which are not there.

    ``many`` is the number of prompts, ``sizes`` that of the cells of each part. Where these stand
    for several ones each, or for none, ``counts`` (1, C) are asked for and tell for how many.
    """

    many: Value

    def __init__(self, weights: Weights, sizes: Sequence[int], *, counted: bool) -> None:
        super().__init__(weights)
        self.sizes = sizes
        self.counted = counted

    def shared(self, name: str, part: int) -> Value:
        """Declare what the prompts share, where it is needed first."""
        shape = [self.sizes[part] if size is CELLS else size for size in SHARED[name]]
        return self.g.shared_input(part_of(name, part), shape)

    def question(
        self,
        layer: str,
        keys: str,
        asked: Value,
        length: Operand,
        *,
        number: int,
        vectors: Value,
        places: str,
    ) -> Question:
        """Project what tokens, apart, ask through a layer onto the vectors U of the updates."""
        g, matrix = self.g, self.weight(layer) * self.gain(number)
        through = g("MatMul", asked, matrix.reshape(HEADS, HEAD, WIDTH))
        through = g.reshape(through, 0, -1, WIDTH)
        known = g("MatMul", through, g.transpose(vectors, 0, 2, 1))
        return Question(keys, places, length, self.merged(asked), known)

    def likeness(self, question: Question, cells: Cells) -> Value:
        """Return the likeness of tokens to a part of the cells: rows."""
        g, part = self.g, cells.part
        keys = self.shared(question.keys, part)
        shared = self.parted(g("MatMul", question.merged, keys), question.length)
        places = self.shared(question.places, part)
        place = self.parted(g("MatMul", question.merged, places), question.length)
        seen = g("Add", g("Mul", shared, g("Unsqueeze", cells.scale, np.array([0]))), place)
        seen = self.rows(g.transpose(seen, 1, 0, 2, 3), part)
        return g("Add", seen, g("MatMul", question.known, cells.shares))

    def look(
        self,
        question: Question,
        layer: str,
        values: str,
        cells: Sequence[Cells],
        vectors: Value,
    ) -> Value:
        """Let tokens attend to cells, part by part: what a projection tells them, apart."""
        g, matrix, number = self.g, self.weight(layer), cells[0].number
        told = (matrix * self.gain(number)).reshape(HEADS, HEAD, WIDTH).transpose(0, 2, 1)
        always = matrix @ self.shift(number) + self.bias(layer)
        sums = self.together([self.glance(question, values, part) for part in cells])
        whole, start = self.columns(sums, 0, 1), 1 + HEAD
        own = g("MatMul", self.columns(sums, start), vectors)
        own = g("MatMul", g("Reshape", own, np.array([0, HEADS, -1, WIDTH])), told)
        found = g("Add", self.by_head(self.columns(sums, 1, start)), own)
        return g("Add", g("Div", found, self.by_head(whole)), always.reshape(HEADS, 1, HEAD))

    def glance(self, question: Question, values: str, cells: Cells) -> Glance:
        """Look at a part of the cells: the sums of 1, K's projection and the A, (N, rows, ...)."""
        g = self.g
        most, power, whole = self.powers(self.likeness(question, cells), cells.part)
        share = g.transpose(self.by_head(g("Mul", power, cells.scale)), 1, 0, 2, 3)
        share = g.reshape(share, HEADS, -1, self.sizes[cells.part])
        told = self.unmerged(g("MatMul", share, self.shared(values, cells.part)), question.length)
        told = g.reshape(told, 0, -1, HEAD)
        seen = g("MatMul", power, g.transpose(cells.shares, 0, 2, 1))
        return Glance(most, g("Concat", whole, told, seen, axis=2))

    def powers(self, likeness: Value, part: int) -> tuple[Value, Value, Value]:
        """Return the largest of the last dimension, e to the difference from it, its sum."""
        g = self.g
        most = g("ReduceMax", likeness, np.array([-1]))
        power = g("Exp", g("Sub", likeness, most))
        if self.counted:
            counts = g.shared_input(part_of("counts", part), (1, self.sizes[part]))
            power = g("Mul", power, counts)
        return most, power, g("ReduceSum", power, np.array([-1]))

    def together(self, glances: Sequence[Glance]) -> Value:
        """Add up what was seen of all parts, each by how far its largest is from the largest."""
        g = self.g
        most = g("Max", *(one.most for one in glances))
        return g(
            "Sum", *(g("Mul", one.sums, g("Exp", g("Sub", one.most, most))) for one in glances)
        )

    def columns(self, value: Value, start: int, end: int = 1 << 30) -> Value:
        """Return some of the last dimension of (N, rows, ...)."""
        return self.g("Slice", value, np.array([start]), np.array([end]), np.array([2]))

    def rows(self, value: Value, part: int) -> Value:
        """Return (N, 8, T, C) as rows."""
        return self.g.reshape(value, 0, -1, self.sizes[part])

    def by_head(self, rows: Value) -> Value:
        """Return rows as (N, 8, T, ...)."""
        g = self.g
        shape = g("Concat", np.array([0, HEADS, -1]), g("Shape", rows, start=2), axis=0)
        return g("Reshape", rows, shape)

    def merged(self, apart: Value) -> Value:
        """Put the prompts' tokens in one column."""
        return self.g.reshape(self.g.transpose(apart, 1, 0, 2, 3), HEADS, -1, HEAD)

    def parted(self, merged: Value, length: Operand) -> Value:
        """Tell the prompts apart again: (8, N, T, ...)."""
        g = self.g
        shape = g("Concat", np.array([HEADS]), self.many, length, np.array([-1]), axis=0)
        return g("Reshape", merged, shape)

    def unmerged(self, merged: Value, length: Operand) -> Value:
        """Undo `merged`: (N, 8, T, ...)."""
        return self.g.transpose(self.parted(merged, length), 1, 0, 2, 3)
