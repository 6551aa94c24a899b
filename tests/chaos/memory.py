"""Rows about the memory of the real bot with the real model."""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass
from statistics import mean

from bot.texts import Texts
from tests.chaos.photos import make_heavy
from tests.chaos.real import cgroup, real
from tests.chaos.scene import Outcome, scene
from vitrina.memory import TRIM_SECONDS

LIMIT = 2 * 1024**3
MAX_RSS = 1.6e9
"""Bytes that the bot may hold of that."""
LOT = 50
LOTS_COMPARED = 2
"""The last ones, against the second: more than these there must be."""
GROWTH = 0.03
"""What the last lots' figures may be above the second's."""
STALL = 300.0
"""Seconds in which some photo must be shown."""
MB = 1e6
TOO_HEAVY = Texts()("ru", "error-photo-too-heavy")


async def in_2gb(*, photos: int = 10) -> Outcome:
    """Give the real bot with the real model 2 GB, and the heaviest photos at once."""
    make_heavy()
    async with scene(None, photos) as s:

        def left() -> set[int]:
            """Which were neither shown nor refused in a sentence: on a busy machine some are."""
            told = {said.reply_to for said in s.telegram.chats.sent if said.text == TOO_HEAVY}
            return set(s.lost) - told

        with cgroup(LIMIT) as group:
            async with real(s, group) as bot:
                ready, most, held = bot.with_decoders(), 0, 0
                for number in range(photos):
                    s.send(1 + number, file="clear" if number % 2 else "dear")
                began = time.monotonic()
                while left() and bot.running and time.monotonic() < began + 300:
                    most = max(most, bot.with_decoders())
                    for _ in range(25):
                        held = max(held, group.held if group else 0)
                        await asyncio.sleep(0.02)
                took, alive = time.monotonic() - began, bot.running
                by_group = "no cgroup here"
                if group is not None:
                    by_group = (
                        f"by the cgroup {held / MB:.0f} MB that cannot be taken back,"
                        f" {group.peak / MB:.0f} MB with the pages of files,"
                        f" {group.ended} processes ended for want of memory"
                    )
                ended = group.ended if group else 0
                status = await bot.stop()
        return Outcome(
            f"the real model in 2 GB, {photos} files of 64 megapixels at once",
            f"{photos - len(s.lost)} of {photos} shown, {len(s.lost) - len(left())} refused as too"
            f" heavy by a machine as busy as this, in {took:.0f} s; at most {most / MB:.0f} MB"
            f" of the process and its decoders (PSS), {by_group}; {ready / MB:.0f} MB when ready",
            alive and not (status or left() or ended) and max(most, held) < MAX_RSS,
        )


@dataclass(frozen=True, slots=True)
class Mark:
    """Bytes of the bot's process over one lot of photos."""

    photos: int
    mean: float
    """Over the lot's time, looked at ten times a second."""
    most: int
    rest: int
    """When all were shown and the heap's free pages had been returned."""
    together: int
    """The same with the decoders; what is shared is counted once."""

    def __str__(self) -> str:
        figures = (self.mean, self.most, self.rest, self.together)
        return f"{self.photos}: " + ", ".join(f"{figure / MB:.0f}" for figure in figures)


async def over_500(*, lots: int = 10) -> Outcome:
    """Send the real bot with the real model photos in lots, each unlike all others."""
    async with scene(None) as s, real(s) as bot:
        ready = bot.memory()
        marks: list[Mark] = []
        began = time.monotonic()
        for lot in range(1, lots + 1):
            for number in range(LOT):
                s.send(1 + number % 8, file="sample")
            seen = [bot.memory()]
            progress, left = time.monotonic(), LOT
            while s.lost and time.monotonic() < progress + STALL:
                await asyncio.sleep(0.1)
                seen.append(bot.memory())
                if len(s.lost) < left:
                    progress, left = time.monotonic(), len(s.lost)
            await asyncio.sleep(TRIM_SECONDS + 2)
            mark = Mark(LOT * lot, mean(seen), max(seen), bot.memory(), bot.with_decoders())
            marks.append(mark)
            sys.stderr.write(f"photos: MB mean, at most, at rest, with decoders: {mark}\n")
            if s.lost:
                break
        took = time.monotonic() - began
        status = await bot.stop()
        # The first lot fills the caches. At rest it is one of two figures, by what ran last: so the
        # least of the later half is held against the second lot's.
        grown = rested = float("nan")
        if len(marks) == lots > LOTS_COMPARED:
            grown = mean(mark.mean for mark in marks[-LOTS_COMPARED:]) / marks[1].mean - 1
            rested = min(mark.rest for mark in marks[lots // 2 :]) / marks[1].rest - 1
        figures = "; ".join(map(str, marks))
        return Outcome(
            f"{LOT * lots} photos through the real bot with the real model, none like another",
            f"{len(s.lost)} lost, {took / len(s.photos):.1f} s a photo; RSS in MB:"
            f" {ready / MB:.0f} when ready; the mean of each {LOT}, the most, at rest after them,"
            f" and that with the decoders, after {figures}; the last {LOTS_COMPARED * LOT}"
            f" against the second {LOT}: {grown:+.1%} on the mean, {rested:+.1%} at rest,"
            " where it was least in the later half",
            not (s.lost or status) and grown <= GROWTH and rested <= GROWTH,
        )
