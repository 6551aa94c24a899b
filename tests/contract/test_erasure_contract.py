"""Two workers on one PostgreSQL: what one of them erases, the other drops from memory and disk."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, cast

from bot.cutout_cache import CutOutCache
from bot.erasure_poller import ErasurePoller
from bot.services import WorkerContext
from bot.steps import erase as step
from pipeline.model.embedding_cache import Embeddings
from pipeline.selection import Selection
from storage.database import Database
from storage.files import Files
from storage.jobs import Job, JobKind
from storage.sqlite_jobs import SqliteJobs
from tests.stands.bot import open_studio
from tests.stands.model import picture

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.stands.postgres import Cluster


async def test_every_worker_drops_what_one_erases(
    postgres: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step, "UNTOUCHED_SECONDS", -1)
    url, files = postgres.new_database(), Files(tmp_path / "files")
    mine, other = picture((10, 90, 10)), picture((90, 10, 10))
    async with AsyncExitStack() as stack:
        contexts = []
        for name in ("a", "b"):
            database = Database(tmp_path / name, url)
            await database.open()
            stack.push_async_callback(database.aclose)
            studio = stack.enter_context(open_studio(Embeddings(tmp_path / name / "embeddings")))
            cut_outs = CutOutCache(studio, files)
            context = WorkerContext(
                database, files, SqliteJobs(database, ()), studio, cast("Any", None), cut_outs
            )
            for number, data in ((7, mine), (8, other)):
                photo = studio.decode(data)
                choice = await studio.choose(photo)
                if number == 7:
                    cut_outs.put(number, "m", studio.cut_out(photo, Selection.of(choice)))
            contexts.append(context)
        first, second = contexts

        def kept(name: str) -> int:
            return len(list((tmp_path / name / "embeddings").glob("*.npz")))

        assert (kept("a"), kept("b")) == (2, 2)
        payload = {"photos": [7], "files": [await files.put(mine)], "wished_at": time.time()}
        await step.erase(first, Job(JobKind.ERASE, 0, payload))
        assert (kept("a"), kept("b")) == (1, 2)
        poller = ErasurePoller(second)
        await poller.poll()
        assert (kept("a"), kept("b")) == (1, 1)
        assert len(second.studio._embeddings._latest) == 1
        assert second.cut_outs._kept == {}
        await poller.poll()
        assert kept("b") == 1
