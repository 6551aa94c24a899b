"""Who waits for the turn of a photo's message is looked for as soon as it is free."""

from __future__ import annotations

import procrastinate
from procrastinate.jobs import Status
from procrastinate.testing import InMemoryConnector

from storage.procrastinate_jobs import SerialJobManager


async def finished(lock: str | None) -> int:
    """Run a job through the manager; count how often it told that a turn is free."""
    told = list[None]()
    connector = InMemoryConnector()
    app = procrastinate.App(connector=connector)
    manager = SerialJobManager(connector, lambda: told.append(None))
    await app.configure_task("step", allow_unknown=True, lock=lock).defer_async()
    worker = await manager.register_worker()
    job = await manager.fetch_job(queues=None, worker_id=worker)
    assert job is not None
    await manager.finish_job(job, Status.SUCCEEDED, delete_job=True)
    return len(told)


async def test_the_end_of_a_job_with_a_turn_is_told() -> None:
    assert await finished("photo:1") == 1


async def test_the_end_of_another_is_not() -> None:
    assert await finished(None) == 0
