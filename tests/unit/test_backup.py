"""A backup taken while the bot writes, and the way back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from pipeline.errors import AlreadyRunningError, StorageError
from storage import sellers
from storage.backup import back_up, restore
from storage.database import FILE, Database
from storage.files import Files

if TYPE_CHECKING:
    from pathlib import Path


async def meet(database: Database, number: int) -> None:
    async with database.write() as connection:
        await sellers.get_or_create(connection, number, language="ru")


async def known(database: Database, number: int) -> bool:
    async with database.read() as connection:
        try:
            await sellers.get(connection, number)
        except StorageError:
            return False
        return True


async def test_a_running_bot_is_backed_up_and_restored(tmp_path: Path) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy"
    database, files = Database(data), Files(data / "files")
    await database.open()
    await meet(database, 1)
    picture = await files.put(b"picture")

    async def keep_writing() -> None:
        for number in range(100, 200):
            await meet(database, number)

    writing = asyncio.create_task(keep_writing())
    assert await asyncio.to_thread(back_up, data, copy) == 1
    await writing
    await meet(database, 2)
    assert await asyncio.to_thread(back_up, data, tmp_path / "copy") == 0, "files are there"
    await meet(database, 3)
    with pytest.raises(AlreadyRunningError):
        restore(copy, data, replace=True)
    await database.aclose()

    with pytest.raises(StorageError, match="--replace"):
        restore(copy, data, replace=False)
    await files.delete([picture])
    assert restore(copy, data, replace=True) == 1
    again = Database(data)
    await again.open()
    assert await known(again, 1)
    assert await known(again, 2)
    assert not await known(again, 3), "written after the backup"
    assert await Files(data / "files").get(picture) == b"picture"
    await again.aclose()


def test_a_damaged_backup_replaces_nothing(tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / FILE).write_bytes(b"SQLite format 3\0" + bytes(4096))
    with pytest.raises(StorageError):
        restore(tmp_path / "copy", tmp_path / "data", replace=True)
    assert not (tmp_path / "data" / FILE).exists()


def test_there_must_be_something_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no database"):
        back_up(tmp_path, tmp_path / "copy")
