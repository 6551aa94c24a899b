"""The private port: what Prometheus reads, and whether the process lives and takes photos."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

import aiohttp
import pytest
import pytest_asyncio
import sqlalchemy as sa

from bot.process.health import Health
from bot.process.metrics import Metrics
from bot.process.monitor import Monitor
from pipeline.captions import Spending
from storage.database import Database
from storage.files import Files
from storage.jobs import Job, JobKind
from storage.sqlite_jobs import SqliteJobs
from storage.tables import jobs
from tests.stands.sockets import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    Ask = Callable[[str], Awaitable[tuple[int, str]]]


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(tmp_path)
    await database.open()
    yield database
    await database.aclose()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "files")


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest_asyncio.fixture
async def ask(database: Database, files: Files, metrics: Metrics) -> AsyncIterator[Ask]:
    port = free_port()
    monitor = Monitor(Health(database, files), metrics, host="127.0.0.1", port=port)
    async with monitor.answering(), aiohttp.ClientSession() as session:

        async def asked(path: str) -> tuple[int, str]:
            async with session.get(f"http://127.0.0.1:{port}{path}") as answer:
                return answer.status, await answer.text()

        yield asked


async def test_ready_is_who_takes_photos(ask: Ask, database: Database, files: Files) -> None:
    assert await ask("/readyz") == (200, "ok\n")
    files.is_full = True
    assert await ask("/readyz") == (503, "the disk is full\n")
    files.is_full = False
    async with database.write() as connection:
        await connection.execute(sa.text("ALTER TABLE jobs RENAME TO lost"))
    assert await ask("/readyz") == (503, "the database does not answer\n")
    assert await ask("/healthz") == (200, "ok\n"), "alive all the same"


async def test_every_figure_is_counted(ask: Ask, database: Database, metrics: Metrics) -> None:
    engine = SqliteJobs(database, ())
    async with database.write() as connection:
        for _ in range(3):
            await engine.submit(connection, Job(JobKind.CUT_OUT, 1))
        await connection.execute(sa.update(jobs).values(created_at=jobs.c.created_at - 100))
    metrics.delivered(accepted_at=0.0)
    metrics.job_ended(Job(JobKind.SHOW, 1, attempts=2), "done")
    metrics.job_timed(Job(JobKind.SHOW, 1), 0.75)
    metrics.job_reaped()
    metrics.job_started(Job(JobKind.RENDER, 1, id=7))
    metrics.poll_failed("409")
    metrics.model_ran("encode", 4, 0.5)
    metrics.told_to_wait("SendPhoto")
    metrics.spent([Spending("gpt-4o", tokens_in=900, tokens_out=100, cost=Decimal("0.25"))])
    _, text = await ask("/metrics")
    told = dict(re.findall(r"^(vitrina_\S+) (\S+)$", text, re.MULTILINE))
    assert 100 <= float(told.pop('vitrina_queue_oldest_seconds{kind="cut-out"}')) < 1000
    expected = {
        "vitrina_accept_to_delivered_seconds_count": 1,
        'vitrina_queue_depth{kind="cut-out"}': 3,
        'vitrina_job_runs_total{end="done",kind="show"}': 1,
        'vitrina_job_seconds_sum{kind="show"}': 0.75,
        "vitrina_job_attempts_sum": 2,
        "vitrina_jobs_reaped_total": 1,
        'vitrina_workers_busy{kind="render"}': 1,
        'vitrina_telegram_poll_errors_total{code="409"}': 1,
        'vitrina_model_batch_size_sum{work="encode"}': 4,
        'vitrina_model_seconds_sum{work="encode"}': 0.5,
        'vitrina_telegram_429_total{method="SendPhoto"}': 1,
        'vitrina_caption_tokens_total{model="gpt-4o",way="in"}': 900,
        'vitrina_caption_tokens_total{model="gpt-4o",way="out"}': 100,
        'vitrina_caption_cost_dollars_total{model="gpt-4o"}': 0.25,
    }
    assert {name: float(told[name]) for name in expected} == expected
