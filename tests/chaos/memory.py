"""Rows about the memory of the real bot with the real model."""

from __future__ import annotations

import asyncio
import sys
import time

from bot.texts import Texts
from tests.chaos.real import cgroup, real
from tests.chaos.scene import Outcome, scene
from tests.chaos.telegram import make_heavy

LIMIT = 2 * 1024**3
MAX_RSS = 1.6e9
"""Bytes that the bot may hold of that."""
LOT = 50
GROWTH = 0.05
"""Of what the first lot left: what it may be more by after any later one."""
MB = 1e6
TOO_HEAVY = Texts()("ru", "error-photo-too-heavy")


async def in_2gb(*, photos: int = 10) -> Outcome:
    """Give the real bot with the real model 2 GB, and the heaviest photos at once."""
    make_heavy()
    async with scene(None, photos) as s:

        def left() -> set[int]:
            """Which were neither shown nor refused in a sentence: on a busy machine some are."""
            told = {said.reply_to for said in s.telegram.sent if said.text == TOO_HEAVY}
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


async def over_500(*, lots: int = 10) -> Outcome:
    """Send the real bot with the real model photos in lots, each unlike all others."""
    async with scene(None) as s, real(s) as bot:
        ready = bot.memory()
        marks: list[tuple[int, int, int, int]] = []
        began = time.monotonic()
        for lot in range(lots):
            for number in range(LOT):
                s.send(1 + number % 8, file="sample")
            most = 0
            stalled = time.monotonic() + 300
            while s.lost and time.monotonic() < stalled:
                most = max(most, bot.memory())
                await asyncio.sleep(0.1)
            await asyncio.sleep(1)
            marks.append((LOT * (lot + 1), bot.memory(), bot.with_decoders(), most))
            sys.stderr.write(f"photos, bytes, with decoders, at most: {marks[-1]}\n")
        took = time.monotonic() - began
        status = await bot.stop()
        _, first, first_with, _ = marks[0]
        grown = (
            max(max(alone / first, together / first_with) for _, alone, together, _ in marks) - 1
        )
        figures = ", ".join(
            f"{number}: {alone / MB:.0f} ({most / MB:.0f} at most meanwhile;"
            f" {together / MB:.0f} with its decoders)"
            for number, alone, together, most in marks
        )
        return Outcome(
            f"{LOT * lots} photos through the real bot with the real model, none like another",
            f"{len(s.lost)} lost, {took / len(s.photos):.1f} s a photo; RSS in MB:"
            f" {ready / MB:.0f} when ready, after {figures}; {grown:.1%} more than after the first"
            f" {LOT} at most",
            not (s.lost or status) and grown < GROWTH,
        )
