"""The row that holds the simulation of docs/scale.md against the real processes."""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import time
from typing import TYPE_CHECKING

import psycopg

from benchmarks.queueing import Machines, Stage, percentile, poisson, waits
from bot.worker import FRONT_END_POOLS, WORKER_POOLS
from storage.jobs import JobKind
from tests.chaos.scene import Outcome, scene
from tests.chaos.stand import cpu_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.chaos.stand import Stand
    from tests.stands.postgres import Cluster


async def scale(cluster: Cluster, *, photos: int = 40, model: float = 2.0) -> Outcome:
    """Measure waits at two thirds of one worker's rate; hold the simulation beside them.

    What goes into it is measured before, on photos that meet no other; what a photo costs each
    process, on a heap.
    """
    costs = await _costs(cluster)
    async with scene(cluster) as s:
        await s.start(["bot", "worker"], CHAOS_MODEL_SECONDS=str(model))
        await _one_by_one(s, 3)  # they warm it
        before, used = await s.job_seconds(), _cpu(cluster, s)
        await _one_by_one(s, 8)
        work = sum(_cpu(cluster, s, since=used).values()) / 8
        alone = statistics.median(_waits(s)[3:])
        stages = _stages(before, await s.job_seconds(), model, alone, work)
        chance = random.Random(7)
        arrivals = poisson(1 / model / 1.5, photos, chance)
        began = time.monotonic()
        for number, moment in enumerate(arrivals):
            await asyncio.sleep(max(0.0, began + moment - time.monotonic()))
            s.send(1 + number % 8)
        await s.until_shown()
        measured = _waits(s)[11:]
        here = {HERE: Machines(1, os.cpu_count() or 1)}
        drawn = [wait for _ in range(9) for wait in waits(arrivals, stages, here, chance)]
        pairs = [(percentile(measured, p), percentile(drawn, p)) for p in (0.5, 0.9)]
        return Outcome(
            "the simulation beside the real processes, PostgreSQL, one worker",
            f"{photos} photos at two thirds of the rate of a model of {model:g} s, {alone:.2f} s"
            f" and {work:.2f} s of a core alone: p50 {pairs[0][0]:.2f} s measured,"
            f" {pairs[0][1]:.2f} simulated; p90 {pairs[1][0]:.2f} s and {pairs[1][1]:.2f};"
            f" in a heap a photo costs {costs}",
            not s.lost and all(0.5 < real / told < 2 for real, told in pairs),
        )


HERE = "here"
PATH = (JobKind.FETCH, JobKind.CUT_OUT, JobKind.RENDER, JobKind.SHOW)
BESIDE = (JobKind.OFFER, JobKind.DESCRIBE, JobKind.SHOW_CAPTION)
ROOM = {kind: pool.concurrency for pool in (*FRONT_END_POOLS, *WORKER_POOLS) for kind in pool.kinds}


async def _one_by_one(s: Stand, photos: int) -> None:
    """Send photos that meet no other, nor what goes on after the picture of the one before."""
    for number in range(photos):
        s.send(1 + number % 8)
        await s.until(lambda: not s.lost, 60)
        await asyncio.sleep(1)


def _stages(
    before: Mapping[str, tuple[float, float]],
    after: Mapping[str, tuple[float, float]],
    model: float,
    alone: float,
    work: float,
) -> list[Stage]:
    """Make the simulation's stages from each kind's sum and count of seconds, twice asked.

    A photo takes ``alone`` seconds and ``work`` seconds of a core; the stub of a model takes none.
    """
    seconds = {}
    for kind in (*PATH, *BESIDE):
        (sum_before, runs_before), (total, runs) = before[kind], after[kind]
        seconds[kind] = (total - sum_before) / (runs - runs_before)
    seconds[JobKind.CUT_OUT] -= model
    cores = min(1.0, work / sum(seconds.values()))
    between = alone - model - sum(seconds[kind] for kind in PATH)
    drawn = {kind: Stage(kind, HERE, ROOM[kind], seconds[kind], cores) for kind in PATH}
    return [
        Stage("between", HERE, 64, max(0.0, between), 0.0),
        drawn[JobKind.FETCH],
        Stage("model", HERE, 1, model, 0.0, spread=0.0),
        *(drawn[kind] for kind in PATH[1:]),
        *(Stage(k, HERE, ROOM[k], seconds[k], cores, beside=True) for k in BESIDE),
    ]


async def _costs(cluster: Cluster, photos: int = 200) -> str:
    """Measure what a small photo takes of each process where many come at once."""
    async with scene(cluster) as s:
        await s.start(["bot", "worker"], CHAOS_MODEL_SECONDS="0.001")
        await _one_by_one(s, 3)
        await s.until_idle()
        before, commits = _cpu(cluster, s), _commits(cluster, s)
        for number in range(photos):
            s.send(1 + number % 8)
        await s.until_shown()
        await s.until_idle()
        used, commits = _cpu(cluster, s, since=before), _commits(cluster, s) - commits
        seconds = ", ".join(f"{name} {spent / photos:.3f} s" for name, spent in used.items())
        return f"{seconds} of a core, {commits / photos:.0f} commits"


def _cpu(
    cluster: Cluster, s: Stand, *, since: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Return the seconds of a core that each who takes part has used."""
    used = {
        "stand": time.process_time(),
        "PostgreSQL": sum(map(cpu_seconds, cluster.pids())),
        **{program.command: cpu_seconds(program.pid) for program in s.programs},
    }
    return {name: spent - (since[name] if since else 0.0) for name, spent in used.items()}


def _waits(s: Stand) -> list[float]:
    """Return how long each photo took to its first picture, in the order of their sending."""
    shown: dict[int, float] = {}
    for said in s.telegram.chats.sent:
        if said.shows_picture and said.reply_to:
            shown.setdefault(said.reply_to, said.at)
    return [shown[n] - s.telegram.sent_at[n] for n in s.photos if n in shown]


def _commits(cluster: Cluster, s: Stand) -> int:
    name = (s.url or "").rsplit("/", 1)[1]
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        row = connection.execute(
            "SELECT xact_commit FROM pg_stat_database WHERE datname = %s", (name,)
        ).fetchone()
    assert row is not None
    return int(row[0])
