"""Rows about what a process stands on: PostgreSQL, Telegram, captions, the disk, the clock."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from playground.api.faults import Fault, FaultKind
from tests.chaos.captions import MOODS, Captions
from tests.chaos.scene import POSTGRES, SQLITE, Outcome, scene
from tests.chaos.telegram import PICTURES
from tests.stands.server import Message

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stands.postgres import Cluster


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


MOODS_OF_TELEGRAM = (
    Fault(FaultKind.TOO_MANY, PICTURES),
    Fault(FaultKind.SERVER_ERROR, PICTURES),
    Fault(FaultKind.CUT_OFF, PICTURES),
    Fault(FaultKind.SLOW, PICTURES, seconds=300.0),
)


async def telegram_moods() -> Outcome:
    """Answer the sending of a picture in every bad way, one after the other."""
    async with scene(None) as s:
        await s.start(SQLITE)
        for fault in MOODS_OF_TELEGRAM:
            s.telegram.server.faults.add(replace(fault))
        number = s.send(1)
        seconds = await s.until(lambda: not s.lost, 150)
        await asyncio.sleep(2)
        said = [said for said in s.telegram.chats.sent if said.chat_id == 1]
        first = next((at for at, one in enumerate(said) if one.shows_picture), None)
        in_order = first is not None and not any("caption" in one.message for one in said[:first])
        return Outcome(
            f"Telegram answers {', '.join(fault.kind for fault in MOODS_OF_TELEGRAM)}",
            f"sent {len(s.telegram.chats.pictures[number])} time after {seconds:.0f} s; "
            f"{s.telegram.count(*PICTURES)} tries; in order: {in_order}",
            len(s.telegram.chats.pictures[number]) == 1 and in_order,
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
            began = len(s.telegram.chats.sent)
            photos = {mood: s.send(1 + i, words=f"mood-{mood}") for i, mood in enumerate(MOODS)}
            on_time = await s.until(lambda: not s.lost, 60)

            def followed(mood: str) -> bool:
                answered = [
                    Message(s.telegram.chats, said.message)
                    for said in s.telegram.chats.sent[began:]
                    if said.chat_id == 1 + list(photos).index(mood)
                ]
                return any(message.title for message in answered)

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
            # Something is postponed by the old clock.
            s.telegram.server.faults.add(Fault(FaultKind.SERVER_ERROR, PICTURES))
            for number in range(8):
                s.send(1 + number)
            await s.until(lambda: not s.telegram.server.faults.waiting(), 60)
            clock.write_text(jump)
            before = s.telegram.count("getUpdates")
            shown_after.append(await s.until_shown(60))
            await asyncio.sleep(2)
            polls.append(s.telegram.count("getUpdates") - before)
        return Outcome(
            "the clock jumps an hour ahead, back, and back again",
            f"{len(s.lost)} lost, {s.duplicates} duplicates; shown after"
            f" {', '.join(f'{seconds:.0f}' for seconds in shown_after)} s; calls of getUpdates"
            f" {polls}",
            not s.lost and not s.duplicates and max(polls) < 100,
        )
