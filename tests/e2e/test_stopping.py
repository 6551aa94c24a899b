"""SIGTERM once, SIGTERM twice, and a second process on the same folder."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from bot.process.runner import GRACE_SECONDS
from tests.chaos.stand import stand

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow
PHOTOS = 6


async def test_stopping_in_the_middle_of_work_loses_nothing(tmp_path: Path) -> None:
    async with stand(tmp_path, None) as s:
        await s.start(["bot"], CHAOS_MODEL_SECONDS="1.5")
        (bot,) = s.programs
        for number in range(PHOTOS):
            s.send(1 + number)
        await s.until(lambda: s.telegram.count("getFile") >= PHOTOS, 30)

        assert await bot.stop() == 0, "what runs is finished, the rest is kept"

        await bot.start()
        await bot.until_ready()
        await s.until(lambda: s.telegram.count("getUpdates") > 1, 20)
        os.kill(bot.pid, signal.SIGTERM)
        await asyncio.sleep(0.2)
        began = time.monotonic()
        assert await bot.stop() in {0, 1}
        assert time.monotonic() - began < GRACE_SECONDS / 2, "the second signal does not wait"

        await bot.start()
        await bot.until_ready()
        await s.until_shown(60)
        assert not s.lost
        assert not s.duplicates

        second = s.program("bot")
        await second.start()
        assert second.ended is not None
        assert await second.ended == 1
        assert "another vitrina process" in second.log.read_text()
