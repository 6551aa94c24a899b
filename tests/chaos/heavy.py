"""Rows about files that are small to send and heavy to open."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from tests.chaos.photos import make_heavy
from tests.chaos.real import children
from tests.chaos.scene import SQLITE, Outcome, scene

SERVED = 10.0
"""Seconds after which somebody beside the bombs must have the picture."""
QUEUED = 30.0
"""The same behind six honest photos of 64 megapixels, of which one is in work at a time."""
ENDED = 30.0
"""Seconds after SIGTERM: the grace that running jobs have, and some for the end itself."""


async def scan_bombs(*, bombs: int = 6) -> Outcome:
    """Have sellers send bombs, refused by the header and not, and one an ordinary photo."""
    make_heavy()
    async with scene(None, bombs + 1) as s:
        await s.start(SQLITE)
        (program,) = s.programs
        sent: list[int] = []

        async def beside(file: str) -> float:
            """Send an ordinary photo behind everybody's ``file``; return when it was shown."""
            sellers = range(1, bombs + 1)
            sent.extend(s.telegram.send_photo(seller, file=file) for seller in sellers)
            await s.until(lambda: set(sent) <= set(s.telegram.accepted_at), 30)
            s.send(bombs + 1)
            return await s.until(lambda: not s.lost, 60)

        served = await beside("scans")
        behind = await beside("slow")

        def told() -> int:
            answers = {said.reply_to for said in s.telegram.chats.sent}
            return sum(number in answers for number in sent)

        await s.until_idle(120)
        answered = told()
        for seller in range(1, bombs + 1):
            s.telegram.send_photo(seller, file="slow")
        await asyncio.sleep(2)
        family = [program.pid, *children(program.pid)]
        began = time.monotonic()
        status = await program.stop()
        ended = time.monotonic() - began
        left = [pid for pid in family if _runs(pid)]
        return Outcome(
            f"{bombs} progressive JPEGs of 2,000 scans, then {bombs} of the most that is allowed,"
            " each of another seller; an ordinary photo behind them",
            f"the ordinary photo was shown after {served:.1f} s beside the first and {behind:.1f} s"
            f" beside the second, {answered} of {len(sent)} others"
            f" answered; SIGTERM with {bombs} more in work: ended after {ended:.1f} s with status"
            f" {status}, {len(left)} processes left",
            served < SERVED
            and behind < QUEUED
            and answered == len(sent)
            and ended < ENDED
            and not (status or left),
        )


def _runs(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
