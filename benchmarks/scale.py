"""How many front ends and workers: a queueing simulation of a photo's way through the system.

    python -m benchmarks.scale

The peak hour's photos arrive at random and pass the `stages`. `python -m tests.chaos
scale` holds the simulation against the real processes.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from benchmarks.queueing import Machines, Stage, percentile, poisson, waits

PEAK = 2.5
"""The busiest hour has this many times the day's mean; measure your own."""
DAY = 86_400.0
TARGET = 10.0
"""Seconds within which 99 of 100 photos are to be back."""
DRAWN = 10_000
"""Photos drawn per trial: enough for a steady 99th percentile."""
FRONT, WORKER = "front end", "worker"
BUSY = 0.6
"""The share of its one core that a front end may use: beside photos there are taps."""
BOT_RATE = 10.0
"""Photos a second that one bot may answer: Telegram takes some 30 calls a second of it."""


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds of a core for one photo; what waits for Telegram; its transactions and calls."""

    accept: float = 0.027
    find: float = 2.24
    cut_out: float = 0.17
    compose: float = 0.33
    talk: float = 0.6
    show: float = 0.016
    beside: float = 0.044
    database: float = 0.05
    transactions: float = 131
    calls: float = 5
    cores: int = 2


def stages(costs: Costs) -> list[Stage]:
    """Return a photo's way: accepted and fetched, cut out, composed, shown; then the caption."""
    return [
        Stage("accept", FRONT, 8, costs.accept),
        Stage("fetch", FRONT, 5, costs.talk / 2, 0.0),
        Stage("find", WORKER, 1, costs.find / costs.cores, costs.cores),
        Stage("cut out", WORKER, 2, costs.cut_out),
        Stage("compose", WORKER, 2, costs.compose),
        Stage("show", FRONT, 8, costs.show),
        Stage("send", FRONT, 8, costs.talk / 2, 0.0),
        Stage("caption", FRONT, 4, costs.beside, beside=True),
    ]


@dataclass(frozen=True, slots=True)
class House:
    """How many of each are needed, and what they then are like at the peak."""

    a_day: int
    rate: float
    bots: int
    front_ends: int
    workers: int
    p50: float
    p99: float


def size(a_day: int, costs: Costs, *, seed: int = 1) -> House:
    """Find the fewest workers whose 99th percentile at the peak is within the target.

    Past what Telegram takes of one bot there are several, each with machines of its own.
    """
    rate = a_day / DAY * PEAK
    bots = math.ceil(rate / BOT_RATE)
    share = rate / bots
    front_ends = math.ceil(share * (costs.accept + costs.show + costs.beside) / BUSY)
    workers = math.ceil(share * (costs.find + costs.cut_out + costs.compose) / costs.cores)
    while True:
        chance = random.Random(seed)  # noqa: S311 no secret
        machines = {FRONT: Machines(front_ends, 1), WORKER: Machines(workers, costs.cores)}
        took = waits(poisson(share, DRAWN, chance), stages(costs), machines, chance)
        p50, p99 = percentile(took, 0.5), percentile(took, 0.99)
        if p99 <= TARGET:
            return House(a_day, rate, bots, bots * front_ends, bots * workers, p50, p99)
        workers += 1


def main() -> None:
    """Print the table of docs/scale.md."""
    costs = Costs()
    table = Table(
        "photos a day",
        "a second at the peak",
        "bots",
        "front ends",
        "workers",
        "p50 s",
        "p99 s",
        "cores of PostgreSQL",
        "transactions a second",
        "Telegram calls a second",
    )
    for a_day in (1_000, 100_000, 10_000_000):
        found = size(a_day, costs)
        table.add_row(
            f"{found.a_day:,}",
            f"{found.rate:.2f}",
            str(found.bots),
            str(found.front_ends),
            str(found.workers),
            f"{found.p50:.1f}",
            f"{found.p99:.1f}",
            f"{found.rate * costs.database:.2f}",
            f"{found.rate * costs.transactions:,.0f}",
            f"{found.rate * costs.calls:,.0f}",
        )
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
