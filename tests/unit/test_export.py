"""/export goes part by part: on the disk, on from where it was, one at a time, a few a day."""

from __future__ import annotations

import asyncio
import io
import json
import os
import tracemalloc
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
import sqlalchemy as sa
from aiogram.exceptions import TelegramNetworkError

from bot.middlewares.rules import Rules
from bot.steps import export as step
from storage import job_rows, photos, sellers, tables
from storage.jobs import Job, JobKind, RetryLaterError
from storage.photos import Arrival, PhotoState
from tests.stands.bot import Person, Stand, open_stand

if TYPE_CHECKING:
    from aiogram import Bot
    from aiogram.types import FSInputFile

MEGABYTE = 1024 * 1024


@dataclass
class Post:
    """Takes documents as Telegram does: a chunk at a time; ``broken`` says how often not."""

    parts: list[list[str]] = field(default_factory=list)
    broken: int = 0
    folders: set[Path] = field(default_factory=set)

    async def send_document(self, chat_id: int, document: FSInputFile, **more: Any) -> None:
        del chat_id, more
        if self.broken:
            self.broken -= 1
            raise TelegramNetworkError(cast("Any", None), "gone")
        path = Path(document.path)
        self.folders.add(path.parent)
        self.parts.append(await asyncio.to_thread(names_in, path))


def names_in(path: Path) -> list[str]:
    assert path.stat().st_size < 50 * MEGABYTE
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return archive.namelist()


async def holding(stand: Stand, files: int, size: int) -> None:
    """Let seller 7 have photos whose files take so many bytes."""
    async with stand.services.database.write() as connection:
        await sellers.get_or_create(connection, 7, language="en")
    for _ in range(files):
        key = await stand.services.files.put(os.urandom(size))
        async with stand.services.database.write() as connection:
            number = await photos.accept(connection, Arrival(7, 7, 1, "F"), wanted_backdrop=None)
            await photos.update(connection, number, source_file=key, state=PhotoState.READY)


async def claim(stand: Stand) -> Job:
    """Start the export as the engine does."""
    async with stand.services.database.write() as connection:
        number = await connection.scalar(sa.select(tables.jobs.c.id))
        if number is None:
            values = {"not_before": 1e12, "kind": "export", "seller_id": 7, "payload": {}}
            more = {"state": "queued", "backlog": 0, "attempts": 0, "created_at": 0.0}
            result = await connection.execute(
                sa.insert(tables.jobs).values(**values, **more).returning(tables.jobs.c.id)
            )
            number = result.scalar_one()
        job = await job_rows.start(connection, number)
    assert job is not None
    return job


async def test_200_megabytes_take_the_memory_of_one_file_and_a_retry_goes_on(
    stand: Stand,
) -> None:
    await holding(stand, 20, 10 * MEGABYTE)
    post = Post()
    services = replace(stand.services, bot=cast("Bot", post))
    tracemalloc.start()
    for _ in range(4):
        with pytest.raises(RetryLaterError):
            await step.export(services, await claim(stand))
        post.broken = 1
        with pytest.raises(TelegramNetworkError):
            await step.export(services, await claim(stand))
    await step.export(services, await claim(stand))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 35 * MEGABYTE, f"{peak / MEGABYTE:.0f} MB for files of 10 MB"
    assert [len(part) for part in post.parts] == [5, 4, 4, 4, 4]
    assert post.parts[0][0] == "data.json"
    names = [name for part in post.parts for name in part]
    assert len(set(names)) == len(names) == 21
    assert not any(folder.exists() for folder in post.folders)


async def test_a_second_one_waits_for_the_first_and_a_third_for_tomorrow(tmp_path: Path) -> None:
    async with open_stand(tmp_path, Rules(exports_a_day=2)) as stand:
        anna = Person(stand, 7, "en")
        await anna.say("/start")
        async with stand.services.database.write() as connection:
            await connection.execute(
                sa.insert(tables.jobs).values(
                    kind="export",
                    seller_id=7,
                    payload={},
                    state="queued",
                    backlog=0,
                    attempts=0,
                    not_before=1e12,
                    created_at=0.0,
                )
            )
        await anna.say("/export")
        assert "still packing" in anna.last.text
        async with stand.services.database.write() as connection:
            await connection.execute(sa.delete(tables.jobs))
        for _ in range(2):
            await anna.say("/export")
            await stand.settle()
            assert anna.last.kind == "document"
        await anna.say("/export")
        await stand.settle()
        assert "2 times a day" in anna.last.text
        await anna.say("/forget")
        await anna.tap(anna.last, "Yes, delete it all")
        await anna.say("/export")
        assert "2 times a day" in anna.last.text


async def test_who_is_forgotten_meanwhile_is_sent_nothing(stand: Stand) -> None:
    post = Post()
    await step.export(
        replace(stand.services, bot=cast("Bot", post)), Job(JobKind.EXPORT, 7, {"part": 2})
    )
    assert post.parts == []


async def test_the_counts_are_handed_out_too(stand: Stand) -> None:
    anna = Person(stand, 7, "en")
    await anna.photo()
    await anna.say("/export")
    await stand.settle()
    (handed_out,) = [shown.file for shown in anna.shown if shown.kind == "document"]
    assert handed_out is not None
    told = json.loads(zipfile.ZipFile(io.BytesIO(handed_out)).read("data.json"))
    assert {row["what"] for row in told["usage"]} >= {"picture", "export"}
