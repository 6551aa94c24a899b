"""Rows about many sellers at once: how soon taps are answered, who waits for whom."""

from __future__ import annotations

import asyncio
import json
import random
import time
from typing import TYPE_CHECKING

from benchmarks.queueing import percentile
from tests.chaos.scene import SQLITE, Outcome, engine, scene
from tests.stands.sockets import free_port

if TYPE_CHECKING:
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
        await _warm(s)
        warm = _memory(s)
        events = ["photo"] * photos + ["tap"] * taps
        random.shuffle(events)
        began, middle = time.monotonic(), 0
        for number, event in enumerate(events):
            await asyncio.sleep(max(0.0, began + seconds * number / len(events) - time.monotonic()))
            if event == "photo":
                s.send(1 + number % sellers)
            else:
                seller = random.choice(list(s.telegram.chats.places))
                s.telegram.tap(seller, random.choice(s.telegram.chats.places[seller]))
            if number == len(events) // 2:
                middle = _memory(s)
        took = time.monotonic() - began
        await s.until(lambda: len(s.telegram.chats.answer_times) == taps, 60)
        answered = sorted(
            at - s.telegram.tapped[q] for q, at in s.telegram.chats.answer_times.items()
        )
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
            f" {warm / 1e6:.0f} MB before, {middle / 1e6:.0f} MB in the middle of that,"
            f" {half / 1e6:.0f} MB with half of them shown, {end / 1e6:.0f} MB in the end",
            len(answered) == taps
            and p99 < 1
            and not s.lost
            and end - middle < 100e6
            and end < 1.1 * half,
        )


LARGE = 60
"""Photos of the size that Telegram sends: 12 of their cut-outs fill a process's cache of 128 MB."""
EARLY = 100
"""Photos that are shown before the minute begins: there must be something to tap on."""


async def _warm(s: Stand) -> None:
    """Bring the caches of every process to their bounds: from then on memory is to be flat.

    A small photo's cut-out takes 65 kB: without this the cache would grow in the whole row.
    """
    for number in range(LARGE):
        s.send(1 + number, file="large")
    await s.until_shown()
    s.telegram.chats.places.clear()
    for number in range(EARLY):
        s.send(1 + number)
    await s.until_shown()
    for seller, places in s.telegram.chats.places.items():
        s.telegram.tap(seller, random.choice(places))
    await s.until(lambda: len(s.telegram.chats.answer_times) == EARLY, 60)
    await s.until_idle()
    s.telegram.tapped.clear()
    s.telegram.chats.answer_times.clear()


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
    await s.until(lambda: bool(s.telegram.server.context.webhook.secret), 20)


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
        took = await s.until(lambda: bool(s.telegram.chats.pictures[other]), 120)
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
