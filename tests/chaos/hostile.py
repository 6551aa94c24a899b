"""The row about a caption server that never stops sending."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from tests.chaos.scene import SQLITE, Outcome, scene
from tests.stands.hostile import Hostile

MEGABYTE = 1_000_000
MORE_AT_MOST = 150 * MEGABYTE
"""What the process may grow by meanwhile; unbounded, one such answer took gigabytes."""


async def hostile_captions(*, photos: int = 12) -> Outcome:
    """Stream without an end to every caption asked for, while another seller sends a photo."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(Hostile("events").running())
        s = await stack.enter_async_context(scene(None))
        await s.start(
            SQLITE,
            OPENAI_API_KEY="sk-test-key-0123456789",
            OPENAI_BASE_URL=server.url,
            CAPTION_SECONDS="20",
        )
        [bot] = s.programs
        s.send(1)
        await s.until(lambda: not s.lost, 60)
        before = most = bot.memory()
        for number in range(photos):
            s.send(2 + number % 6)
        victim = s.send(8)
        watch = asyncio.create_task(s.until(lambda: s.telegram.pictures()[victim] > 0, 120))
        while not watch.done():
            most = max(most, bot.memory())
            await asyncio.sleep(0.1)
        served = await watch
        for _ in range(100):
            most = max(most, bot.memory())
            await asyncio.sleep(0.2)
        await s.until_shown()
        more = most - before
        return Outcome(
            f"a caption server streams without an end to {photos + 2} photos",
            f"the victim's picture after {served:.0f} s; {len(s.lost)} lost; memory"
            f" {before // MEGABYTE} MB before, {more // MEGABYTE} MB more at most;"
            f" {server.sent // MEGABYTE} MB sent to {server.calls} calls",
            not s.lost and bot.running and served < 30 and more < MORE_AT_MOST,
        )
