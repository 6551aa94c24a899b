"""Rows about dying: processes killed at random moments, for good, and by the photo itself."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from tests.chaos.scene import POSTGRES, SQLITE, Outcome, engine, scene

if TYPE_CHECKING:
    from tests.chaos.stand import Program
    from tests.stands.postgres import Cluster

LEASE = 30.0
"""Seconds after which a silent worker's jobs are taken up; two looks come on top."""
LOOKS = 12.0


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
                said.chat_id == 1 and (said.reply_to == bad or said.is_edited) and "J" in said.text
                for said in s.telegram.chats.sent
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
