"""Rows about files that are small to send and heavy to open."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
import time
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.chaos.scene import SQLITE, Outcome, scene
from tests.chaos.stand import Program, free_port
from tests.chaos.telegram import HEAVY

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVED = 10.0
"""Seconds after which somebody beside the bombs must have the picture."""
QUEUED = 30.0
"""The same behind six honest photos of 64 megapixels, of which one is in work at a time."""
ENDED = 30.0
"""Seconds after SIGTERM: the grace that running jobs have, and some for the end itself."""
LIMIT = 2 * 1024**3
MOST = 1.6e9
"""Bytes of memory that the bot may take of that."""
READY_SECONDS = 240.0
"""For a real start, which imports everything and warms the model up, on a busy machine."""
CGROUP = Path("/sys/fs/cgroup")


async def scan_bombs(*, bombs: int = 6) -> Outcome:
    """Have sellers send bombs, refused by the header and not, and one an ordinary photo."""
    _make()
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
            return sum(any(said.reply_to == number for said in s.telegram.sent) for number in sent)

        await s.until_idle(120)
        answered = told()
        for seller in range(1, bombs + 1):
            s.telegram.send_photo(seller, file="slow")
        await asyncio.sleep(2)
        family = [program.pid, *_children(program.pid)]
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


async def memory_2gb(*, photos: int = 10) -> Outcome:
    """Give the real bot with the real model 2 GB, and the heaviest photos at once."""
    _make()
    async with scene(None, photos) as s:
        async with AsyncExitStack() as stack:
            group = stack.enter_context(_cgroup())
            bot = Real(s.parent, "bot", s.environment, s.folder / "bot.log", group=group)
            stack.push_async_callback(bot.end)
            await bot.start()
            await bot.until_ready(READY_SECONDS)
            ready, most = bot.memory(), 0
            sent = [
                s.telegram.send_photo(1 + number, file="clear" if number % 2 else "dear")
                for number in range(photos)
            ]

            def answered() -> int:
                pictures = s.telegram.pictures()
                return sum(pictures[number] > 0 for number in sent)

            began = time.monotonic()
            while answered() < photos and bot.running and time.monotonic() < began + 300:
                most = max(most, bot.memory())
                await asyncio.sleep(0.1)
            took, alive = time.monotonic() - began, bot.running
            charged = None if group is None else _charged(group)
            status = await bot.stop()
        by_cgroup = "no cgroup here" if charged is None else f"{charged / 1e6:.0f} MB by its cgroup"
        return Outcome(
            f"the real model in 2 GB, {photos} files of 64 megapixels at once",
            f"{answered()} of {photos} shown in {took:.0f} s; most memory of the process and its"
            f" decoders {most / 1e6:.0f} MB (PSS), {by_cgroup}; {ready / 1e6:.0f} MB when ready",
            alive and status == 0 and answered() == photos and max(most, charged or 0) < MOST,
        )


class Real(Program):
    """The program itself, not a fork with a stub of a model, in a cgroup where there is one."""

    def __init__(self, *given: object, group: Path | None) -> None:
        super().__init__(*given)  # type: ignore[arg-type]  # as they are
        self._group = group

    async def start(self) -> None:
        self.port = free_port()
        join = "" if self._group is None else f"echo $$ > {self._group}/cgroup.procs && "
        program = shlex.join([sys.executable, "-m", "vitrina", self.command])
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *("sh", "-c", f"{join}exec {program}"),
                env={**os.environ, **self.environment, "METRICS_PORT": str(self.port)},
                stdout=log,
                stderr=log,
            )
        self.pid, self.ended = process.pid, asyncio.ensure_future(process.wait())

    async def end(self) -> None:
        """Kill what still runs; its group of processes is removed after it."""
        if self.running:
            await self.kill()

    def memory(self) -> int:
        """Bytes of the process and its decoders; what they share is counted once."""
        return sum(_proportional(pid) for pid in (self.pid, *_children(self.pid)))


def _runs(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _make() -> None:
    """Make the files before the clock runs."""
    for file in HEAVY.values():
        file()


def _children(pid: int) -> list[int]:
    try:
        words = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return []
    found = {int(word) for word in words}
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found.update(map(int, task.read_text().split()))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return sorted(found)


def _proportional(pid: int) -> int:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return 1024 * int(rollup.split("\nPss:")[1].split()[0])


@contextmanager
def _cgroup() -> Iterator[Path | None]:
    """Make a group with the limit, by either version's files; None where that is not allowed."""
    first = (CGROUP / "memory").is_dir()
    group = CGROUP / ("memory" if first else ".") / f"vitrina-{os.getpid()}"
    limit = "memory.limit_in_bytes" if first else "memory.max"
    try:
        group.mkdir()
        (group / limit).write_text(str(LIMIT))
    except OSError:
        if group.is_dir():
            group.rmdir()
        yield None
        return
    try:
        yield group
    finally:
        group.rmdir()


def _charged(group: Path) -> int:
    """Return the most that was charged to a group, files' pages and all."""
    for name in ("memory.max_usage_in_bytes", "memory.peak"):
        if (group / name).exists():
            return int((group / name).read_text())
    return 0
