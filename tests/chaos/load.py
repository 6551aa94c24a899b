"""Rows about many sellers at once: how soon taps are answered, who waits for whom."""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import time
from typing import TYPE_CHECKING

import psycopg

from benchmarks.queueing import Machines, Stage, percentile, poisson, waits
from bot.worker import SHOW_LANES, WORK_LANES
from storage.jobs import JobKind
from tests.chaos.scene import SQLITE, Outcome, engine, scene
from tests.chaos.stand import cpu_seconds, free_port

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.chaos.stand import Stand
    from tests.stands.postgres import Cluster


async def overload(
    cluster: Cluster | None,
    *,
    sellers: int = 1000,
    photos: int = 2000,
    taps: int = 5000,
    seconds: float = 60.0,
) -> Outcome:
    """Have many sellers send and tap within a minute; measure how soon taps are answered."""
    async with scene(cluster, sellers) as s:
        if cluster is None:
            await s.start(SQLITE, CHAOS_MODEL_SECONDS="0.001")
        else:
            await _start_behind_webhooks(s, 2)
        for number in range(EARLY):
            s.send(1 + number)
        await s.until_shown()
        events = ["photo"] * photos + ["tap"] * taps
        random.shuffle(events)
        began, middle = time.monotonic(), 0
        for number, event in enumerate(events):
            await asyncio.sleep(max(0.0, began + seconds * number / len(events) - time.monotonic()))
            if event == "photo":
                s.send(1 + number % sellers)
            else:
                seller = random.choice(list(s.telegram.places))
                s.telegram.tap(seller, random.choice(s.telegram.places[seller]))
            if number == len(events) // 2:
                middle = _memory(s)
        took = time.monotonic() - began
        await s.until(lambda: len(s.telegram.answered) == taps, 60)
        answered = sorted(at - s.telegram.tapped[q] for q, at in s.telegram.answered.items())
        p50, p99 = percentile(answered, 0.5), percentile(answered, 0.99)
        await s.until_shown(but=photos // 2)
        half = _memory(s)
        await s.until_shown()
        after, end = time.monotonic() - began - took, _memory(s)
        return Outcome(
            f"{sellers} sellers, {photos} photos, {taps} taps in {seconds:.0f} s,"
            f" {engine(cluster)}",
            f"all sent in {took:.0f} s; {len(answered)} taps answered, p50 {p50:.2f} s, p99"
            f" {p99:.2f} s; {len(s.lost)} lost, all shown {after:.0f} s after; memory"
            f" {middle / 1e6:.0f} MB in the middle of that, {half / 1e6:.0f} MB with half of them"
            f" shown, {end / 1e6:.0f} MB in the end",
            len(answered) == taps
            and p99 < 1
            and not s.lost
            and end - middle < 100e6
            and end < 1.1 * half,
        )


EARLY = 100
"""Photos that are shown before the minute begins: there must be something to tap on."""


async def _start_behind_webhooks(s: Stand, front_ends: int) -> None:
    """Start front ends that Telegram calls in turn, and two workers."""
    ports = [free_port() for _ in range(front_ends)]
    for port in ports:
        await s.program(
            "bot",
            CHAOS_MODEL_SECONDS="0.001",
            WEBHOOK_URL="https://example.org/telegram",
            WEBHOOK_HOST="127.0.0.1",
            WEBHOOK_PORT=str(port),
        ).start()
    await s.start(["worker", "worker"], CHAOS_MODEL_SECONDS="0.001")
    s.telegram.webhooks = [f"http://127.0.0.1:{port}/telegram" for port in ports]
    await s.until(lambda: bool(s.telegram.secret), 20)


def _memory(s: Stand) -> int:
    return sum(program.memory() for program in s.programs)


async def fairness(cluster: Cluster | None, *, photos: int = 300, model: float = 1.0) -> Outcome:
    """Have one seller send a heap, and another one photo when that is in the queue."""
    async with scene(cluster) as s:
        commands, runs = SQLITE if cluster is None else ["bot", "worker"], s.folder / "runs"
        await s.start(commands, CHAOS_MODEL_SECONDS=str(model), CHAOS_RUNS=str(runs))
        for _ in range(photos):
            s.send(1)
        await s.until(lambda: len(s.telegram.accepted_at) == photos, 240)
        other = s.send(2, file="other")
        before = len(s.lost)
        took = await s.until(lambda: s.telegram.pictures()[other] > 0, 120)
        overtaken = before - len(s.lost) - 1
        ran = [json.loads(line) for line in runs.read_text().splitlines()]
        its = next((run["began"] for run in ran if run["other"]), float("inf"))
        sent = s.telegram.sent_at[other]
        ahead = sum(run["ended"] > sent and run["began"] < its for run in ran)
        return Outcome(
            f"one seller sends {photos} photos, another one, {engine(cluster)}",
            f"while {before - 1} of the heap waited the model saw {ahead} of them before the"
            " other's, with the one that it was at when that was sent; the picture came after"
            f" {took:.1f} s, {overtaken} others meanwhile",
            ahead <= 2 and before > photos // 4,
        )


async def scale(cluster: Cluster, *, photos: int = 40, model: float = 2.0) -> Outcome:
    """Measure waits at two thirds of one worker's rate; hold the simulation beside them.

    What goes into it is measured before, on photos that meet no other.
    """
    async with scene(cluster) as s:
        await s.start(["bot", "worker"], CHAOS_MODEL_SECONDS=str(model))
        await _one_by_one(s, 3)  # they warm it
        before, work = await s.job_seconds(), _cpu(cluster, s)
        await _one_by_one(s, 8)
        work = (_cpu(cluster, s) - work) / 8
        alone = statistics.median(_waits(s)[3:])
        stages = _stages(before, await s.job_seconds(), model, alone, work)
        chance = random.Random(7)
        arrivals = poisson(1 / model / 1.5, photos, chance)
        commits, began = _commits(cluster, s), time.monotonic()
        for number, moment in enumerate(arrivals):
            await asyncio.sleep(max(0.0, began + moment - time.monotonic()))
            s.send(1 + number % 8)
        await s.until_shown()
        measured = _waits(s)[11:]
        here = {HERE: Machines(1, os.cpu_count() or 1)}
        drawn = [wait for _ in range(9) for wait in waits(arrivals, stages, here, chance)]
        pairs = [(percentile(measured, p), percentile(drawn, p)) for p in (0.5, 0.9)]
        per_photo = (_commits(cluster, s) - commits) / photos
        return Outcome(
            "the simulation beside the real processes, PostgreSQL, one worker",
            f"{photos} photos at two thirds of the rate of a model of {model:g} s, {alone:.2f} s"
            f" and {work:.2f} s of a core alone: p50 {pairs[0][0]:.2f} s measured,"
            f" {pairs[0][1]:.2f} simulated; p90 {pairs[1][0]:.2f} s and {pairs[1][1]:.2f};"
            f" {per_photo:.0f} commits a photo",
            not s.lost and all(0.5 < real / told < 2 for real, told in pairs),
        )


HERE = "here"
PATH = (JobKind.FETCH, JobKind.CUT_OUT, JobKind.RENDER, JobKind.SHOW)
BESIDE = (JobKind.OFFER, JobKind.DESCRIBE, JobKind.SHOW_CAPTION)
ROOM = {kind: lane.room for lane in (*SHOW_LANES, *WORK_LANES) for kind in lane.kinds}


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


def _cpu(cluster: Cluster, s: Stand) -> float:
    """Return the seconds of a core that all who take part have used."""
    return time.process_time() + sum(map(cpu_seconds, [*s.pids, *cluster.pids()]))


def _waits(s: Stand) -> list[float]:
    """Return how long each photo took to its first picture, in the order of their sending."""
    shown: dict[int, float] = {}
    for said in s.telegram.sent:
        if said.shows_picture and said.reply_to is not None:
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
