"""What a benchmark found: figures, each with the bound that it must keep."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: ``ratio`` is to what ``name`` says, ``target`` what it must reach."""

    name: str
    seconds: float
    ratio: float | None = None
    target: str = ""
    holds: bool | None = None


@dataclass(slots=True)
class Report:
    """All figures of one run."""

    rows: list[Row] = field(default_factory=list)
    machine: dict[str, Any] = field(default_factory=dict)

    def add(
        self,
        name: str,
        seconds: float,
        ratio: float | None = None,
        *,
        most: float | None = None,
        least: float | None = None,
    ) -> None:
        """Add a figure, and whether its ratio is within its bound."""
        bound, target = most or least, ""
        if bound is not None:
            target = f"{'≤' if most else '≥'} {bound:g}"
        holds = None
        if ratio is not None and bound is not None:
            holds = ratio <= bound if most else ratio >= bound
        self.rows.append(Row(name, seconds, ratio, target, holds))

    def table(self) -> Table:
        """Draw the figures."""
        table = Table("what", "seconds", "ratio", "target", "", box=None)
        words = {None: "", True: "holds", False: "MISSED"}
        for row in self.rows:
            ratio = "" if row.ratio is None else f"{row.ratio:.3g}"
            table.add_row(row.name, f"{row.seconds:.4g}", ratio, row.target, words[row.holds])
        return table


def seconds(call: Callable[[], object], repeats: int) -> float:
    """Return the median of some runs, after one to warm up."""
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return median(times)
