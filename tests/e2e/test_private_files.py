"""Nobody but the owner can read what the real programs write, nor what earlier ones left open."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.e2e.bot import Bot
from tests.e2e.seller import Seller
from tests.stands.server import Served

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


def open_to_others(folder: Path) -> list[str]:
    """Name what somebody else could read or enter, with its mode."""
    return [
        f"{path.relative_to(folder.parent)} {path.stat().st_mode & 0o777:o}"
        for path in (folder, *folder.rglob("*"))
        if path.stat().st_mode & 0o077
    ]


def backed_up(folder: Path, copy: Path) -> None:
    program = [sys.executable, "-m", "vitrina", "backup", str(copy)]
    environment = {"DATA_DIR": str(folder / "data"), "PATH": "/usr/bin:/bin"}
    subprocess.run(program, env=environment, cwd=folder, check=True, umask=0o022)


async def test_all_that_is_written_is_the_owners(tmp_path: Path, shirt: bytes) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    left = data / "left-by-an-earlier-version"
    left.write_text("words")
    left.chmod(0o644)
    telegram = Served()
    await telegram.start()
    bot = Bot(tmp_path, telegram, None)
    await bot.start()
    seller = Seller(telegram, 9001)
    await seller.send_photo(shirt)
    await seller.tap(await seller.sees(lambda m: bool(m.buttons)), "Белый")
    await seller.sees(lambda m: m.file is None and "выключены" in m.text)
    written = {path.name.rpartition("-")[2] for path in data.iterdir()}
    assert {"vitrina.sqlite3", "wal", "shm", "files", "embeddings", "vitrina.lock"} <= written
    assert open_to_others(data) == []
    copy = tmp_path / "copy"
    for path in (data / "files").rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)  # as an earlier version wrote them
    await asyncio.to_thread(backed_up, tmp_path, copy)
    assert open_to_others(copy) == []
    assert await bot.stop() == 0
    await telegram.stop()
