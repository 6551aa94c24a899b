"""Processes to kill, on either engine, and the count of what came of it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
import time
from collections import defaultdict
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from storage import sellers
from storage.database import Database
from tests.chaos.telegram import Telegram
from tests.stands.server import TOKEN
from tests.stands.sockets import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
END_SECONDS = 60.0
WAITING = re.compile(r"^vitrina_queue_depth\{", re.MULTILINE)
JOB_SECONDS = re.compile(r'^vitrina_job_seconds_(sum|count)\{kind="(.+?)"\} (\S+)$', re.MULTILINE)


class Parent:
    """Forks the program's processes; see `program`."""

    def __init__(self) -> None:
        self._started: asyncio.Queue[int] = asyncio.Queue()
        self._ended: dict[int, asyncio.Future[int]] = {}

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.chaos.program",
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._reading = asyncio.create_task(self._read())

    async def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        async with asyncio.timeout(END_SECONDS):
            await self._process.wait()
            await self._reading

    async def fork(self, order: dict[str, object]) -> tuple[int, asyncio.Future[int]]:
        """Start a process; return its pid and its exit status to come."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        pid = await self._started.get()
        return pid, self._ended[pid]

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            told = json.loads(line)
            if "started" in told:
                self._ended[told["started"]] = asyncio.get_running_loop().create_future()
                self._started.put_nowait(told["started"])
            else:
                self._ended.pop(told["ended"]).set_result(told["status"])


@dataclass
class Program:
    """One process of the real program, with a private port to ask whether it is ready."""

    parent: Parent
    command: str
    environment: dict[str, str]
    log: Path
    port: int = 0
    pid: int = 0
    ended: asyncio.Future[int] | None = None
    deaths: int = 0

    async def start(self) -> None:
        self.port = free_port()
        self.pid, self.ended = await self.parent.fork(
            {
                "command": self.command,
                "environment": {**self.environment, "METRICS_PORT": str(self.port)},
                "log": str(self.log),
            }
        )

    async def until_ready(self, seconds: float = START_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        async with aiohttp.ClientSession() as session:
            while True:
                try:
                    async with session.get(f"http://127.0.0.1:{self.port}/readyz") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                assert self.running, self.log.read_text()[-3000:]
                assert time.monotonic() < deadline, self.log.read_text()[-3000:]
                await asyncio.sleep(0.05)

    @property
    def running(self) -> bool:
        return self.ended is not None and not self.ended.done()

    async def kill(self) -> None:
        """Kill it by `kill -9`; also where it has just died by itself."""
        assert self.ended is not None
        if self.running:
            os.kill(self.pid, signal.SIGKILL)
        # Nobody tells of its end where a time-out has ended the loop's other tasks.
        async with asyncio.timeout(END_SECONDS):
            await self.ended
        self.deaths += 1

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.ended is not None
        if self.running:
            os.kill(self.pid, number)
        async with asyncio.timeout(END_SECONDS):
            return await self.ended

    def pause(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def memory(self) -> int:
        """Bytes of resident memory."""
        pages = Path(f"/proc/{self.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


@dataclass
class Stand:
    """A Telegram, a database with sellers that know their background, and the processes."""

    folder: Path
    url: str | None
    telegram: Telegram
    parent: Parent
    environment: dict[str, str]
    programs: list[Program] = field(default_factory=list)
    photos: list[int] = field(default_factory=list)

    def program(self, command: str, **environment: str) -> Program:
        made = Program(
            self.parent,
            command,
            {**self.environment, **environment},
            self.folder / f"{command}-{len(self.programs)}.log",
        )
        self.programs.append(made)
        return made

    async def start(self, commands: list[str], **environment: str) -> None:
        for command in commands:
            await self.program(command, **environment).start()
        for program in self.programs:
            await program.until_ready()

    def send(self, seller: int, *, file: str = "plain", words: str = "") -> int:
        number = self.telegram.send_photo(seller, file=file, words=words)
        self.photos.append(number)
        return number

    @property
    def lost(self) -> list[int]:
        shown = self.telegram.chats.pictures
        return [number for number in self.photos if number not in shown]

    @property
    def duplicates(self) -> int:
        return sum(len(shown) - 1 for shown in self.telegram.chats.pictures.values() if shown)

    async def until_shown(self, stall: float = 120.0, *, but: int = 0) -> float:
        """Wait for every photo ``but`` so many, and return how long.

        Gives up when ``stall`` seconds bring none.
        """
        began = progress = time.monotonic()
        left = len(self.lost)
        while left > but and time.monotonic() < progress + stall:
            await asyncio.sleep(0.2)
            if len(self.lost) != left:
                left, progress = len(self.lost), time.monotonic()
        return time.monotonic() - began

    async def until_idle(self, seconds: float = 600.0) -> None:
        """Wait until no job is open."""
        deadline = time.monotonic() + seconds
        async with aiohttp.ClientSession() as session:
            while True:
                asking = session.get(f"http://127.0.0.1:{self.programs[0].port}/metrics")
                async with asking as answer:
                    if not WAITING.search(await answer.text()):
                        return
                assert time.monotonic() < deadline, "jobs are still open"
                await asyncio.sleep(0.5)

    async def job_seconds(self) -> dict[str, tuple[float, float]]:
        """Ask all processes how many seconds the runs of each kind took, and how many ran."""
        found: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        async with aiohttp.ClientSession() as session:
            for program in self.programs:
                async with session.get(f"http://127.0.0.1:{program.port}/metrics") as answer:
                    for what, kind, value in JOB_SECONDS.findall(await answer.text()):
                        found[kind][what == "count"] += float(value)
        return {kind: (seconds, runs) for kind, (seconds, runs) in found.items()}

    async def until(self, holds: Callable[[], bool], seconds: float) -> float:
        """Wait, and return how long it took; give up silently after ``seconds``."""
        began = time.monotonic()
        # What holds is counted from many places: it has to be asked.
        while not holds() and time.monotonic() < began + seconds:  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.05)
        return time.monotonic() - began


@asynccontextmanager
async def stand(folder: Path, url: str | None, sellers_count: int = 8) -> AsyncIterator[Stand]:
    """Make a stand; at its end every process is stopped, by SIGTERM, and must exit with 0."""
    telegram = Telegram()
    await telegram.start()
    forking = Parent()
    await forking.start()
    database = Database(folder / "data", url)
    await database.open()
    async with database.write() as connection:
        for number in range(1, sellers_count + 1):
            await sellers.get_or_create(connection, number, language="ru")
            await sellers.update(connection, number, default_backdrop="preset:white")
    await database.aclose()
    made = Stand(
        folder,
        url,
        telegram,
        forking,
        {
            "BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": telegram.url,
            "DATA_DIR": str(folder / "data"),
            "DATABASE_URL": url or "",
            "OPENAI_API_KEY": "",
            "OPENAI_BASE_URL": "",
            "WEBHOOK_URL": "",
            "FILES_URL": "",
            "PHOTOS_A_MINUTE": "100000",
            "PHOTOS_A_DAY": "100000",
            "PHOTOS_AT_ONCE": "0",
            "LOG_FORMAT": "json",
        },
    )
    try:
        yield made
        statuses = await asyncio.gather(*(p.stop() for p in made.programs if p.running))
        assert not any(statuses), statuses
    finally:
        for program in made.programs:
            if program.running:
                await program.kill()
        await forking.stop()
        await telegram.stop()


def cpu_seconds(pid: int) -> float:
    """Return the seconds of a core that a process has used: proc(5), fields 14 and 15."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
