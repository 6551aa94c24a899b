"""`make chaos`: every row with its measured figures, on both engines."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from tests.chaos import rows
from tests.stands.postgres import Cluster

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def plan(cluster: Cluster) -> dict[str, Callable[[], Awaitable[rows.Outcome]]]:
    """Name every row."""
    return {
        "killed-sqlite": lambda: rows.killed(None),
        "killed-postgres": lambda: rows.killed(cluster),
        "worker-gone": lambda: rows.worker_gone(cluster),
        "database-stopped": lambda: rows.database_stopped(cluster),
        "poison-sqlite": lambda: rows.poison(None),
        "poison-postgres": lambda: rows.poison(cluster),
        "telegram": rows.telegram_moods,
        "captions": rows.caption_moods,
        "disk-full": rows.disk_full,
        "database-locked": rows.database_locked,
        "clock": rows.clock_jumps,
        "overload-sqlite": lambda: rows.overload(None),
        "overload-postgres": lambda: rows.overload(cluster),
        "fairness-sqlite": lambda: rows.fairness(None),
        "fairness-postgres": lambda: rows.fairness(cluster),
        "copied": rows.copied,
        "scale": lambda: rows.scale(cluster),
    }


async def run(names: list[str]) -> bool:
    """Run the rows called ``names``, all where there is none; print the table."""
    table = Table("row", "measured", "held", show_lines=True)
    console = Console(width=160)
    cluster = Cluster()
    cluster.start()
    held = True
    try:
        for name, row in plan(cluster).items():
            if names and name not in names:
                continue
            outcome = await row()
            held &= outcome.held
            table.add_row(outcome.row, outcome.figures, "yes" if outcome.held else "NO")
            console.print(f"{name}: {outcome.figures}", highlight=False, markup=False)
    finally:
        cluster.remove()
    console.print(table)
    return held


if __name__ == "__main__":
    sys.exit(not asyncio.run(run(sys.argv[1:])))
