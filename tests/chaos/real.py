"""The program itself, with the real model, and the memory that it and its decoders take."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.chaos.stand import Program
from tests.stands.sockets import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.chaos.stand import Stand

READY_SECONDS = 240.0
"""For a real start, which imports everything and warms the model up, on a busy machine."""
CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Group:
    """A memory cgroup, of either version, by its folder."""

    path: Path

    @property
    def peak(self) -> int:
        """Return the most bytes that were charged, pages of files that were read and all."""
        for name in ("memory.max_usage_in_bytes", "memory.peak"):
            if (self.path / name).exists():
                return int((self.path / name).read_text())
        return 0

    @property
    def held(self) -> int:
        """Return the bytes that the kernel cannot take back: anonymous and shared memory."""
        stat = self._numbers("memory.stat")
        return stat.get("anon", stat.get("rss", 0)) + stat.get("shmem", 0)

    @property
    def ended(self) -> int:
        """Return how many processes were ended for want of memory."""
        for name in ("memory.oom_control", "memory.events"):
            if (self.path / name).exists():
                return self._numbers(name)["oom_kill"]
        return 0

    def _numbers(self, name: str) -> dict[str, int]:
        lines = (self.path / name).read_text().splitlines()
        return {key: int(value) for key, value in (line.split() for line in lines)}


@contextmanager
def cgroup(limit: int) -> Iterator[Group | None]:
    """Make a group with the limit in bytes; None where that is not allowed."""
    first = (CGROUP / "memory").is_dir()
    group = CGROUP / ("memory" if first else ".") / f"vitrina-{os.getpid()}"
    try:
        group.mkdir()
        (group / ("memory.limit_in_bytes" if first else "memory.max")).write_text(str(limit))
    except OSError:
        if group.is_dir():
            group.rmdir()
        yield None
        return
    try:
        yield Group(group)
    finally:
        group.rmdir()


class Real(Program):
    """The program itself, not a fork with a stub of a model, in a cgroup where there is one."""

    group: Group | None = None

    async def start(self) -> None:
        self.port = free_port()
        join = "" if self.group is None else f"echo $$ > {self.group.path}/cgroup.procs && "
        program = shlex.join([sys.executable, "-m", "vitrina", self.command])
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *("sh", "-c", f"{join}exec {program}"),
                env={**os.environ, **self.environment, "METRICS_PORT": str(self.port)},
                stdout=log,
                stderr=log,
            )
        self.pid, self.ended = process.pid, asyncio.ensure_future(process.wait())

    def with_decoders(self) -> int:
        """Bytes of the process and its decoders; what they share is counted once."""
        return sum(_proportional(pid) for pid in (self.pid, *children(self.pid)))


@asynccontextmanager
async def real(stand: Stand, group: Group | None = None) -> AsyncIterator[Real]:
    """Start the bot on a stand's Telegram and data, ready; kill it where it still runs."""
    bot = Real(stand.parent, "bot", stand.environment, stand.folder / "bot.log")
    bot.group = group
    await bot.start()
    try:
        await bot.until_ready(READY_SECONDS)
        yield bot
    finally:
        if bot.running:
            await bot.kill()


def children(pid: int) -> list[int]:
    """Return the processes that any thread of a process has started."""
    found: set[int] = set()
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
