"""What is private in other packages and used here: the names are there, the versions bounded."""

from __future__ import annotations

import asyncio
import inspect
import tomllib
from pathlib import Path
from threading import Thread

import procrastinate
from procrastinate.testing import InMemoryConnector

from storage.procrastinate_jobs import PollingWorker
from storage.sqlite_connection import connect

ROOT = Path(__file__).parents[2]
BOUNDED = ("aiosqlite", "procrastinate")


async def test_aiosqlite_has_a_thread_a_connection_and_a_way_into_the_thread(
    tmp_path: Path,
) -> None:
    connection = await connect(str(tmp_path / "file"))
    assert isinstance(connection._thread, Thread)
    assert connection._thread.daemon
    assert inspect.iscoroutinefunction(connection._execute)
    assert connection._conn is not None
    await connection.close()


async def test_procrastinate_workers_wait_for_an_event_and_can_be_stopped() -> None:
    worker = PollingWorker(procrastinate.App(connector=InMemoryConnector()), queues=["a"])
    assert isinstance(worker._new_job_event, asyncio.Event)
    worker.poll_now()
    assert worker._new_job_event.is_set()
    assert hasattr(worker, "shutdown_graceful_timeout")
    assert hasattr(worker, "worker_id")
    assert callable(worker.stop)


def test_both_are_bounded_from_above() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for name in BOUNDED:
        (required,) = (one for one in project["dependencies"] if one.startswith(name))
        assert "<" in required


def test_no_module_of_the_storage_reaches_into_another_package() -> None:
    for path in (ROOT / "storage").glob("*.py"):
        assert "SLF001" not in path.read_text(), path
