"""`make chaos`: every row with its measured figures, on both engines."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from tests.chaos import heavy, hostile, kills, load, memory, outages, packs, scale
from tests.stands.postgres import Cluster

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.chaos.scene import Outcome


def plan(cluster: Cluster) -> dict[str, Callable[[], Awaitable[Outcome]]]:
    """Name every row."""
    return {
        "killed-sqlite": lambda: kills.killed(None),
        "killed-postgres": lambda: kills.killed(cluster),
        "card-killed-sqlite": lambda: packs.card_killed(None),
        "card-killed-postgres": lambda: packs.card_killed(cluster, kills=2),
        "set-killed-sqlite": lambda: packs.set_killed(None),
        "set-killed-postgres": lambda: packs.set_killed(cluster, kills=2),
        "worker-gone": lambda: kills.worker_gone(cluster),
        "database-stopped": lambda: outages.database_stopped(cluster),
        "poison-sqlite": lambda: kills.poison(None),
        "poison-postgres": lambda: kills.poison(cluster),
        "telegram": outages.telegram_moods,
        "captions": outages.caption_moods,
        "poison-update": hostile.poison_update,
        "forged-callbacks": hostile.forged_callbacks,
        "hostile-captions": hostile.hostile_captions,
        "disk-full": outages.disk_full,
        "database-locked": outages.database_locked,
        "clock": outages.clock_jumps,
        "overload-sqlite": lambda: load.overload(None),
        "overload-postgres": lambda: load.overload(cluster),
        "fairness-sqlite": lambda: load.fairness(None),
        "fairness-postgres": lambda: load.fairness(cluster),
        "copied": kills.copied,
        "scan-bombs": heavy.scan_bombs,
        "memory-2gb": memory.in_2gb,
        "memory-500": memory.over_500,
        "scale": lambda: scale.scale(cluster),
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
            console.print(f"{name} begins", highlight=False)
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
