"""What the parts of the health tell: Telegram, the workers, the model, the threads, systemd."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from aiogram.exceptions import (
    TelegramConflictError,
    TelegramNetworkError,
    TelegramUnauthorizedError,
)
from aiogram.methods import GetMe, GetUpdates, SendMessage
from aiogram.types import WebhookInfo
from aiohttp import web

from bot.process import health
from bot.process.health import Health, Trouble, stuck_model, stuck_pools
from bot.process.metrics import Metrics
from bot.process.systemd import Systemd
from bot.telegram import connection_health as connection
from bot.telegram.connection_health import ConnectionHealth, undelivered
from bot.telegram.listen import listen
from pipeline.errors import SettingsError
from pipeline.model.executor import Executor
from pipeline.model.hosts import InProcessHost, Work
from storage.database import Database
from storage.files import Files
from storage.job_run import Limits
from storage.jobs import Job, JobKind, JobPool
from storage.sqlite_jobs import SqliteJobs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aiogram import Bot
    from aiogram.methods import TelegramMethod

URL = "https://example.org/telegram"
POLL = GetUpdates()
CONFLICT = TelegramConflictError(POLL, "Conflict: terminated by other getUpdates request")


async def ended(
    noted: ConnectionHealth, method: TelegramMethod[Any], error: Exception | None
) -> None:
    async def request(bot: Bot, method: TelegramMethod[Any]) -> Any:
        del bot, method
        if error is not None:
            raise error

    if error is None:
        await noted(request, cast("Bot", None), method)
        return
    with pytest.raises(type(error)):
        await noted(request, cast("Bot", None), method)


async def until(asked: Health, *expected: Trouble) -> None:
    for _ in range(1000):
        if await asked.troubles() == list(expected):
            return
        await asyncio.sleep(0.02)
    raise AssertionError(await asked.troubles())


async def test_who_polls_is_well_while_telegram_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    noted = ConnectionHealth(Metrics())
    assert noted.trouble() == Trouble("Telegram has not answered yet")
    await ended(noted, POLL, None)
    assert noted.trouble() is None
    await ended(noted, POLL, TelegramNetworkError(POLL, "no route"))
    assert noted.trouble() is None, "not for 2 minutes yet"
    monkeypatch.setattr(connection, "SILENCE_SECONDS", 0.05)
    await asyncio.sleep(0.1)
    await ended(noted, POLL, TelegramNetworkError(POLL, "no route"))
    told = noted.trouble()
    assert told is not None
    assert "has not answered" in told.text
    assert not told.restart, "the network is away: a new process would be no better"
    await asyncio.sleep(0.1)
    told = noted.trouble()
    assert told is not None
    assert told.restart, "no call ends any more, not even with an error"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (CONFLICT, "another process takes this bot's updates"),
        (TelegramUnauthorizedError(POLL, "Unauthorized"), "refuses the token"),
    ],
)
async def test_a_refusal_counts_at_once_and_until_a_poll_succeeds(
    error: Exception, text: str
) -> None:
    noted = ConnectionHealth(Metrics())
    await ended(noted, POLL, None)
    await ended(noted, POLL, error)
    await ended(noted, GetMe(), None)
    await ended(noted, SendMessage(chat_id=1, text="x"), None)
    told = noted.trouble()
    assert told is not None
    assert text in told.text
    await ended(noted, POLL, None)
    assert noted.trouble() is None


async def test_errors_are_counted_by_code() -> None:
    metrics = Metrics()
    noted = ConnectionHealth(metrics)
    await ended(noted, POLL, CONFLICT)
    await ended(noted, POLL, TelegramNetworkError(POLL, "no route"))
    text = metrics.expose(()).decode()
    assert 'vitrina_telegram_poll_errors_total{code="409"} 1.0' in text
    assert 'vitrina_telegram_poll_errors_total{code="network"} 1.0' in text
    assert "vitrina_telegram_poll_age_seconds" in text


def test_an_idle_webhook_is_well_and_one_that_fails_is_not() -> None:
    def told(url: str = URL, age: float = 10, waiting: int = 3) -> str | None:
        info = WebhookInfo(
            url=url,
            has_custom_certificate=False,
            pending_update_count=waiting,
            last_error_date=datetime.now(UTC) - timedelta(seconds=age),
            last_error_message="Connection refused",
        )
        return undelivered(info, URL)

    assert told(waiting=0) is None, "what failed has come since"
    assert told(age=3600) is None, "Telegram tells of failures long after"
    assert "cannot deliver 3 updates: Connection refused" in (told() or "")
    assert "another address" in (told(url="") or "")


def test_workers_are_stuck_where_all_of_a_lane_are() -> None:
    pool = JobPool("cut-out", frozenset({JobKind.CUT_OUT}), 2, reserved=1)
    runs: dict[JobKind, Sequence[float]] = {JobKind.CUT_OUT: [500.0, 1.0], JobKind.SHOW: [500.0]}
    check = stuck_pools([pool], lambda: runs)
    assert check() is None
    runs[JobKind.CUT_OUT] = [500.0, 500.0]
    assert check() == Trouble("all workers of cut-out are stuck", restart=True)


async def test_a_run_that_cannot_be_cancelled_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "JOB_SECONDS", 0.2)
    database, metrics, release = Database(tmp_path), Metrics(), asyncio.Event()
    await database.open()
    pools = [JobPool("show", frozenset({JobKind.SHOW}), 1)]
    engine = SqliteJobs(database, pools, limits=Limits(seconds_per_job=0.05), observer=metrics)

    class Deaf:
        async def run(self, job: Job) -> None:
            del job
            while not release.is_set():
                try:
                    await asyncio.sleep(0.02)
                except asyncio.CancelledError:  # what a library that swallows it does
                    continue

        async def give_up(self, job: Job, error: BaseException | None) -> None:
            """Nobody waits."""

    asked = Health(database, Files(tmp_path / "files"), stuck_pools(pools, metrics.running))
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.run(Deaf()))
        async with database.write() as connection:
            await engine.submit(connection, Job(JobKind.SHOW, 1, {"photo": 1}))
        await until(asked, Trouble("all workers of show are stuck", restart=True))
        release.set()
        await until(asked)
        await engine.aclose(seconds=5)
    await database.aclose()


def test_a_model_that_hangs_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "MODEL_SECONDS", 0.1)
    release = threading.Event()

    def hang(_model: str, items: Sequence[int]) -> Sequence[int]:
        release.wait(20)
        return items

    with Executor(InProcessHost(lambda: "model")) as executor:
        check = stuck_model(lambda: executor.busy_seconds)
        assert check() is None
        waiting = executor.submit(Work(hang), 1)
        deadline = time.monotonic() + 20
        while check() is None:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        told = check()
        assert told is not None
        assert told.restart
        release.set()
        assert waiting.result(20) == 1
        while check() is not None:
            assert time.monotonic() < deadline
            time.sleep(0.02)


async def test_threads_that_are_all_taken_are_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "THREAD_SECONDS", 0.2)
    monkeypatch.setattr(health, "PROBE_SECONDS", 0.01)
    database, release = Database(tmp_path), threading.Event()
    await database.open()
    asked = Health(database, Files(tmp_path / "files"))
    async with asked.probing():
        await until(asked)
        jobs = [asyncio.create_task(asyncio.to_thread(release.wait, 20)) for _ in range(64)]
        await until(asked, Trouble("all threads are stuck", restart=True))
        release.set()
        await asyncio.gather(*jobs)
        await until(asked)
    await database.aclose()


async def test_systemd_is_told_and_gets_no_sign_of_life_where_a_restart_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, troubles = Database(tmp_path), list[Trouble]()
    await database.open()
    checks = Health(database, Files(tmp_path / "files"), lambda: troubles[0] if troubles else None)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "60000")
        loop = asyncio.get_running_loop()

        async def heard() -> set[str]:
            return set((await loop.sock_recv(listener, 4096)).decode().splitlines())

        systemd = Systemd(checks)
        async with asyncio.timeout(20), systemd.notifying():
            assert await heard() == {"STATUS=ok", "EXTEND_TIMEOUT_USEC=60000000"}
            systemd.ready()
            while "READY=1" not in await heard():
                pass
            assert await heard() == {"STATUS=ok", "WATCHDOG=1"}
            troubles[:] = [Trouble("Telegram has not answered for 130 seconds")]
            told: set[str] = set()
            while "STATUS=ok" in (told := await heard()):
                pass
            assert "WATCHDOG=1" in told, "a new process would not reach it either"
            troubles[:] = [Trouble("all threads are stuck", restart=True)]
            while "STATUS=all threads are stuck" not in (told := await heard()):
                pass
            assert "WATCHDOG=1" not in told
        last = set[str]()
        while "STOPPING=1" not in last:
            last = await asyncio.wait_for(heard(), 5)
    await database.aclose()


async def test_a_taken_port_is_told_by_its_setting() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        runner = web.AppRunner(web.Application())
        with pytest.raises(SettingsError, match=f"METRICS_PORT: cannot listen at .*:{port}"):
            async with listen(runner, "127.0.0.1", port, setting="METRICS_PORT"):
                pass
