"""How many front ends and workers: a queueing simulation of a photo's way through the house.

    python -m benchmarks.scale

A photo passes the stages one after the other; each stage serves first come, first served, with
as many places as there are. This is the exact sample path of the tandem G/G/c queue, drawn for
Poisson arrivals of the peak hour. `python -m tests.chaos scale` runs the real processes beside it.
"""

from __future__ import annotations

import heapq
import math
import random
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

PEAK = 2.5
"""The busiest hour has this many times the day's mean; measure your own."""
HOUR = 3600.0
DAY = 86_400.0
TARGET = 10.0
"""Seconds within which 99 of 100 photos are to be back."""
MOST = 20_000
"""Photos drawn per trial: enough for a steady 99th percentile."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Places that serve side by side, and how long one of them takes for a photo."""

    name: str
    places: int
    seconds: float
    spread: float = 0.3
    """Half of the range around ``seconds``, as a share of it."""


def waits(arrivals: list[float], stages: list[Stage], chance: random.Random) -> list[float]:
    """Return for each arrival (ascending seconds) how long it takes through all stages."""
    ready = list(arrivals)
    for stage in stages:
        free = [0.0] * stage.places
        order = sorted(range(len(ready)), key=ready.__getitem__)
        for photo in order:
            begin = max(ready[photo], heapq.heappop(free))
            spread = chance.uniform(1 - stage.spread, 1 + stage.spread)
            ready[photo] = begin + stage.seconds * spread
            heapq.heappush(free, ready[photo])
    return [done - came for done, came in zip(ready, arrivals, strict=True)]


def poisson(rate: float, seconds: float, chance: random.Random) -> list[float]:
    """Draw arrivals of ``rate`` a second, at most MOST of them."""
    moments: list[float] = []
    now = 0.0
    while now < seconds and len(moments) < MOST:
        now += chance.expovariate(rate)
        moments.append(now)
    return moments


def percentile(values: list[float], share: float) -> float:
    """Return the value that ``share`` of all are not above."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds of one place for one photo; transactions and calls a photo takes."""

    accept: float
    cut_out: float
    compose: float
    talk: float
    commits: float
    calls: float


CPU = Costs(accept=0.02, cut_out=1.0, compose=0.4, talk=0.6, commits=26, calls=5)
"""A worker of two CPU cores with MobileSAM; see docs/scale.md for where each figure is from."""


@dataclass(frozen=True, slots=True)
class House:
    """How many of each are needed, and what they then are like at the peak."""

    a_day: int
    rate: float
    front_ends: int
    workers: int
    p50: float
    p99: float
    commits: float
    calls: float


def size(a_day: int, costs: Costs, *, seed: int = 1) -> House:
    """Find the fewest workers whose 99th percentile at the peak is within the target."""
    rate = a_day / DAY * PEAK
    front_ends = max(1, math.ceil(rate * costs.accept / 0.5), math.ceil(rate * costs.talk / 8))
    workers = max(1, math.ceil(rate * max(costs.cut_out, costs.compose)))
    while True:
        chance = random.Random(seed)  # noqa: S311 no secret
        stages = [
            Stage("accept", front_ends, costs.accept),
            Stage("cut out", workers, costs.cut_out),
            Stage("compose", workers * 2, costs.compose),
            Stage("talk", front_ends * 16, costs.talk),
        ]
        took = waits(poisson(rate, 10 * HOUR, chance), stages, chance)
        if percentile(took, 0.99) <= TARGET:
            return House(
                a_day,
                rate,
                front_ends,
                workers,
                percentile(took, 0.5),
                percentile(took, 0.99),
                rate * costs.commits,
                rate * costs.calls,
            )
        workers += max(1, workers // 50)


def main() -> None:
    """Print the table of docs/scale.md."""
    table = Table(
        "photos a day",
        "a second at the peak",
        "front ends",
        "workers",
        "p50 s",
        "p99 s",
        "commits a second",
        "Telegram calls a second",
    )
    for a_day in (1_000, 100_000, 10_000_000):
        house = size(a_day, CPU)
        table.add_row(
            f"{house.a_day:,}",
            f"{house.rate:.2f}",
            str(house.front_ends),
            str(house.workers),
            f"{house.p50:.1f}",
            f"{house.p99:.1f}",
            f"{house.commits:,.0f}",
            f"{house.calls:,.0f}",
        )
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
