"""One function a row of the table: what is done to the processes, and whether it held."""

from __future__ import annotations

import asyncio
import hashlib
import random
import shutil
import sqlite3
import statistics
import time
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import psycopg

from benchmarks.scale import Stage, percentile, poisson, waits
from tests.chaos.captions import MOODS, Captions
from tests.chaos.stand import stand
from tests.chaos.telegram import PICTURE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.chaos.stand import Program, Stand
    from tests.stands.postgres import Cluster

SQLITE = ["bot"]
POSTGRES = ["bot", "worker", "worker"]
LEASE = 30.0
"""Seconds after which a silent worker's jobs are taken up; two looks come on top."""
LOOKS = 12.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a row found: the figures in words, and whether what must hold held."""

    row: str
    figures: str
    held: bool


@asynccontextmanager
async def scene(cluster: Cluster | None, sellers: int = 8) -> AsyncIterator[Stand]:
    """Make a stand on a new database of the engine."""
    url = None if cluster is None else cluster.new_database()
    with TemporaryDirectory(prefix="vitrina-chaos-") as folder:
        async with stand(Path(folder), url, sellers) as made:
            yield made


def engine(cluster: Cluster | None) -> str:
    return "SQLite" if cluster is None else "PostgreSQL"


async def killed(cluster: Cluster | None, *, photos: int = 200, kills: int = 20) -> Outcome:
    """Kill processes at random moments while photos keep coming."""
    async with scene(cluster) as s:
        await s.start(SQLITE if cluster is None else POSTGRES)
        done = 0

        async def feed() -> None:
            for number in range(photos):
                s.send(1 + number % 8)
                await asyncio.sleep(random.uniform(0, 2.0 * kills / photos))

        feeding = asyncio.create_task(feed())
        while done < kills:
            await asyncio.sleep(random.uniform(0.1, 2.0))
            victim = random.choice(s.programs)
            await victim.kill()
            await victim.start()
            done += 1
            if random.random() < 0.5:  # the other half is killed while it starts, or soon after
                await victim.until_ready()
        await feeding
        seconds = await s.until_shown()
        await asyncio.sleep(1)
        return Outcome(
            f"{photos} photos, {kills} times kill -9, {engine(cluster)}",
            f"{len(s.lost)} lost, {s.duplicates} duplicates, all shown {seconds:.0f} s after",
            not s.lost and s.duplicates <= kills,
        )


async def worker_gone(cluster: Cluster, *, photos: int = 60) -> Outcome:
    """Kill one of two workers for good while both are at work."""
    async with scene(cluster) as s:
        await s.start(POSTGRES, CHAOS_MODEL_SECONDS="0.2")
        for number in range(photos):
            s.send(1 + number % 8)
        await s.until(lambda: len(s.lost) < photos - 8, 60)
        await s.programs[1].kill()
        left = len(s.lost)
        work = left * 0.5 + 10
        seconds = await s.until(lambda: not s.lost, LEASE + LOOKS + 2 * work)
        return Outcome(
            "two workers, one killed and never back, PostgreSQL",
            f"{len(s.lost)} lost, {s.duplicates} duplicates; {left} left were shown in"
            f" {seconds:.0f} s (lease {LEASE:.0f} s)",
            not s.lost and seconds < LEASE + LOOKS + work,
        )


async def database_stopped(cluster: Cluster, *, photos: int = 60, away: float = 10.0) -> Outcome:
    """Stop PostgreSQL in mid-run, and start it again."""
    async with scene(cluster) as s:
        await s.start(POSTGRES, CHAOS_MODEL_SECONDS="0.1")
        for number in range(photos // 2):
            s.send(1 + number % 8)
        await s.until(lambda: len(s.lost) < photos // 2 - 5, 60)
        await asyncio.to_thread(cluster.stop, "immediate")
        await asyncio.sleep(away)
        await asyncio.to_thread(cluster.start)
        for number in range(photos // 2):
            s.send(1 + number % 8)
        seconds = await s.until_shown()
        running = sum(p.running for p in s.programs)
        return Outcome(
            f"PostgreSQL stopped for {away:.0f} s in mid-run",
            f"{len(s.lost)} lost, {s.duplicates} duplicates, {running} of {len(s.programs)}"
            f" processes still run, all shown {seconds:.0f} s after",
            not s.lost and running == len(s.programs),
        )


async def poison(cluster: Cluster | None, *, photos: int = 20) -> Outcome:
    """Send a photo that kills its worker every time, among others."""
    async with scene(cluster) as s:
        await s.start(SQLITE if cluster is None else ["bot", "worker"])
        victim = s.programs[-1]
        bad = s.telegram.send_photo(1, file="poison")
        for number in range(photos):
            s.send(2 + number % 7)

        def told() -> bool:
            return any(
                said.chat_id == 1
                and (said.reply_to == bad or said.method == "editMessageText")
                and "J" in said.text
                for said in s.telegram.sent
            )

        keeping = asyncio.create_task(_keep_alive(victim))
        seconds = await s.until(lambda: told() and not s.lost, 400)
        keeping.cancel()
        if not victim.running:
            await victim.start()
        await victim.until_ready()
        return Outcome(
            f"a photo that kills its worker every time, {engine(cluster)}",
            f"seller told: {told()}, after {victim.deaths} deaths; {len(s.lost)} of {photos} others"
            f" lost; {seconds:.0f} s",
            told() and not s.lost and victim.deaths <= 6,
        )


async def _keep_alive(program: Program) -> None:
    """Start a process again when it dies, as systemd does."""
    while True:
        if not program.running:
            program.deaths += 1
            await program.start()
        await asyncio.sleep(0.1)


async def telegram_moods(*, faults: tuple[str, ...] = ("429", "502", "cut", "hang")) -> Outcome:
    """Answer the sending of a picture in every bad way, one after the other."""
    async with scene(None) as s:
        await s.start(SQLITE)
        s.telegram.faults[PICTURE] = list(faults)
        number = s.send(1)
        seconds = await s.until(lambda: not s.lost, 150)
        await asyncio.sleep(2)
        order = [
            PICTURE if said.shows_picture else said.method
            for said in s.telegram.sent
            if said.chat_id == 1
        ]
        in_order = PICTURE in order and "editMessageCaption" not in order[: order.index(PICTURE)]
        return Outcome(
            f"Telegram answers {', '.join(faults)}",
            f"sent {s.telegram.pictures()[number]} time after {seconds:.0f} s; "
            f"{s.telegram.calls[PICTURE]} tries; in order: {in_order}",
            s.telegram.pictures()[number] == 1 and in_order,
        )


async def disk_full() -> Outcome:
    """Fill the disk under the data folder while results are written; then make room again."""
    async with scene(None) as s:
        data = s.folder / "data"
        await s.start(SQLITE, CHAOS_FULL=str(s.folder / "full"))
        (s.folder / "full").touch()
        for number in range(10):
            s.send(1 + number % 8)
        await asyncio.sleep(8)
        while_full = 10 - len(s.lost)
        whole = all(_is_whole(path) for path in (data / "files").glob("??/*"))
        (s.folder / "full").unlink()
        seconds = await s.until_shown()
        return Outcome(
            "disk full while writing results",
            f"{while_full} of 10 shown meanwhile, nothing half-written: {whole};"
            f" {len(s.lost)} lost, all shown {seconds:.0f} s after there was room",
            whole and not s.lost and s.programs[0].running,
        )


def _is_whole(path: Path) -> bool:
    return path.parent.name + path.name == hashlib.sha256(path.read_bytes()).hexdigest()


async def database_locked(*, seconds: float = 10.0) -> Outcome:
    """Hold SQLite's write lock from outside while photos come."""
    async with scene(None) as s:
        await s.start(SQLITE)
        s.send(1)
        await s.until(lambda: not s.lost, 30)
        with closing(sqlite3.connect(s.folder / "data" / "vitrina.sqlite3")) as other:
            other.isolation_level = None
            other.execute("BEGIN IMMEDIATE")
            for number in range(10):
                s.send(1 + number % 8)
            await asyncio.sleep(seconds)
            other.execute("ROLLBACK")
        after = await s.until_shown()
        return Outcome(
            f"database locked for {seconds:.0f} s",
            f"{len(s.lost)} lost, {s.duplicates} duplicates, all shown {after:.0f} s after",
            not s.lost and s.programs[0].running,
        )


async def clock_jumps() -> Outcome:
    """Set the clock of the process an hour ahead, then an hour back, with work under way."""
    async with scene(None) as s:
        clock = s.folder / "clock"
        clock.write_text("0")
        await s.start(SQLITE, CHAOS_CLOCK=str(clock))
        shown_after, polls = [], []
        for jump in ("0", "3600", "0", "-3600"):
            s.telegram.faults[PICTURE] = ["502"]  # something is postponed by the old clock
            for number in range(8):
                s.send(1 + number)
            await s.until(lambda: not s.telegram.faults[PICTURE], 60)
            clock.write_text(jump)
            before = s.telegram.calls["getUpdates"]
            shown_after.append(await s.until_shown(60))
            await asyncio.sleep(2)
            polls.append(s.telegram.calls["getUpdates"] - before)
        return Outcome(
            "the clock jumps an hour ahead, back, and back again",
            f"{len(s.lost)} lost, {s.duplicates} duplicates; shown after"
            f" {', '.join(f'{seconds:.0f}' for seconds in shown_after)} s; calls of getUpdates"
            f" {polls}",
            not s.lost and not s.duplicates and max(polls) < 100,
        )


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
        await s.start(SQLITE if cluster is None else POSTGRES, CHAOS_MODEL_SECONDS="0.001")
        began, memory = time.monotonic(), [s.programs[0].memory()]
        events = ["photo"] * photos + ["tap"] * taps
        random.shuffle(events)
        for number, event in enumerate(events):
            due = began + seconds * number / len(events)
            if due > time.monotonic():
                await asyncio.sleep(due - time.monotonic())
            seller = 1 + number % sellers
            if event == "photo":
                s.send(seller)
            else:
                s.telegram.tap(seller, f"place|{1 + number % 50}|preset:blue")
            if number % 500 == 0:
                memory.append(s.programs[0].memory())
        await s.until(lambda: len(s.telegram.answered) == taps, 60)
        waits = sorted(at - s.telegram.tapped[q] for q, at in s.telegram.answered.items())
        p99 = waits[int(len(waits) * 0.99) - 1] if waits else float("inf")
        after = await s.until_shown()
        memory.append(s.programs[0].memory())
        grown = (memory[-1] - memory[len(memory) // 2]) / 1e6
        return Outcome(
            f"{sellers} sellers, {photos} photos, {taps} taps in {seconds:.0f} s,"
            f" {engine(cluster)}",
            f"taps answered: {len(waits)}, p50 {waits[len(waits) // 2]:.2f} s, p99 {p99:.2f} s;"
            f" {len(s.lost)} lost, all shown {after:.0f} s after; memory {memory[-1] / 1e6:.0f} MB,"
            f" {grown:+.0f} MB since the middle",
            len(waits) == taps and p99 < 1 and not s.lost and grown < 100,
        )


async def fairness(cluster: Cluster | None, *, photos: int = 300, model: float = 0.2) -> Outcome:
    """Have one seller send a heap, and another one photo a little later."""
    async with scene(cluster) as s:
        commands = SQLITE if cluster is None else ["bot", "worker"]
        await s.start(commands, CHAOS_MODEL_SECONDS=str(model))
        for _ in range(photos):
            s.send(1)
        await s.until(lambda: len(s.lost) < photos - 10, 120)
        other = s.send(2)
        before = len(s.lost)
        began = time.monotonic()
        await s.until(lambda: s.telegram.pictures()[other] > 0, 120)
        took, overtaken = time.monotonic() - began, before - len(s.lost) - 1
        return Outcome(
            f"one seller sends {photos} photos, another one, {engine(cluster)}",
            f"the other's picture came after {took:.1f} s and {overtaken} of the heap's pictures",
            overtaken <= IN_FLIGHT + 2,
        )


IN_FLIGHT = 4
"""Pictures of the heap that are past the model when the other's photo comes: being composed,
stored or sent. Two may still be in the model's lane."""


async def copied(*, photos: int = 100, copies: int = 20) -> Outcome:
    """Stop the process for a moment, copy the database with its log as they lie, open the copy."""
    async with scene(None) as s:
        await s.start(SQLITE)
        data, missing, seen = s.folder / "data", 0, 0

        async def feed() -> None:
            for number in range(photos):
                s.send(1 + number % 8)
                await asyncio.sleep(random.uniform(0, 0.2))

        feeding = asyncio.create_task(feed())
        for number in range(copies):
            await asyncio.sleep(random.uniform(0, 1.0))
            confirmed = set(s.telegram.accepted_at)
            s.programs[0].pause()
            copy = s.folder / f"copy-{number}"
            copy.mkdir()
            for name in ("vitrina.sqlite3", "vitrina.sqlite3-wal"):
                shutil.copy(data / name, copy)
            s.programs[0].go_on()
            with closing(sqlite3.connect(copy / "vitrina.sqlite3")) as plain:
                assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                kept = {row[0] for row in plain.execute("SELECT message_id FROM photos")}
            missing += len(confirmed - kept)
            seen += len(confirmed)
        await feeding
        await s.until_shown()
        return Outcome(
            f"SQLite and its log copied at {copies} random moments",
            f"{missing} of {seen} confirmed photos missing in the copies; {len(s.lost)} lost",
            not missing and not s.lost and seen > 0,
        )


async def caption_moods() -> Outcome:
    """Have the caption service fail in every way; each seller's product fails another way."""
    service = Captions()
    await service.start()
    try:
        async with scene(None) as s:
            await s.start(
                SQLITE,
                OPENAI_API_KEY="sk-test-key-0123456789",
                OPENAI_BASE_URL=service.url,
                CAPTION_SECONDS="5",
            )
            for seller in range(1, 1 + len(MOODS)):
                s.send(seller)
            usual = await s.until(lambda: not s.lost, 60)
            began = len(s.telegram.sent)
            photos = {mood: s.send(1 + i, words=f"mood-{mood}") for i, mood in enumerate(MOODS)}
            on_time = await s.until(lambda: not s.lost, 60)

            def followed(mood: str) -> bool:
                answered = [
                    said.text
                    for said in s.telegram.sent[began:]
                    if said.chat_id == 1 + list(photos).index(mood)
                ]
                return any("<b>" in text for text in answered)

            seconds = await s.until(lambda: all(followed(m) for m in MOODS if m != "refusal"), 300)
            late = [mood for mood in MOODS if not followed(mood)]
            return Outcome(
                f"caption service: {', '.join(MOODS)}",
                f"all pictures after {on_time:.0f} s, as usual {usual:.0f} s; captions"
                f" followed within {seconds:.0f} s but for {late or 'none'}",
                on_time < 2 * usual + 2 and not set(late) - {"refusal"},
            )
    finally:
        await service.stop()


async def scale(cluster: Cluster, *, photos: int = 80, model: float = 0.4) -> Outcome:
    """Measure waits at two thirds of one worker's rate; hold the simulation beside them."""
    async with scene(cluster) as s:
        await s.start(["bot", "worker"], CHAOS_MODEL_SECONDS=str(model))
        for number in range(8):  # warm, and how long a photo takes that meets no other
            s.send(1 + number % 8)
            await s.until(lambda: not s.lost, 60)
        alone = statistics.median(_waits(s)[3:])
        chance = random.Random(7)
        arrivals = poisson(1 / model / 1.5, float("inf"), chance)[:photos]
        commits, began = _commits(cluster, s), time.monotonic()
        for number, moment in enumerate(arrivals):
            await asyncio.sleep(max(0.0, began + moment - time.monotonic()))
            s.send(1 + number % 8)
        await s.until_shown()
        measured = _waits(s)[8:]
        stages = [Stage("model", 1, model, 0.0), Stage("rest", 64, alone - model)]
        drawn = waits(arrivals, stages, chance)
        pairs = [(percentile(measured, p), percentile(drawn, p)) for p in (0.5, 0.9)]
        per_photo = (_commits(cluster, s) - commits) / photos
        return Outcome(
            "the simulation beside the real processes, PostgreSQL, one worker",
            f"{photos} photos at two thirds of the model's rate, {alone:.2f} s alone: p50"
            f" {pairs[0][0]:.2f} s measured, {pairs[0][1]:.2f} simulated; p90 {pairs[1][0]:.2f} s"
            f" and {pairs[1][1]:.2f}; {per_photo:.0f} commits a photo",
            not s.lost and all(0.5 < real / told < 2 for real, told in pairs),
        )


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
