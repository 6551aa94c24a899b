"""A copy of the data folder that is whole, taken while the bot runs; and the way back."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from pipeline.errors import StorageError
from storage import private
from storage.database import FILE
from storage.sqlite import FolderLock

if TYPE_CHECKING:
    from pathlib import Path

FILES = "files"
WAL = ("-wal", "-shm")


def back_up(data: Path, target: Path) -> int:
    """Copy ``data`` into ``target`` and return how many files were new there.

    The database goes first, as one consistent snapshot (``VACUUM INTO``); files are only ever
    added under their SHA-256, so those it names can be copied afterwards. A second backup into
    the same folder copies what is new. Raises StorageError.
    """
    source, copy = data / FILE, target / FILE
    if not source.is_file():
        raise StorageError(f"there is no database in {data}")
    aside = target / f"{FILE}.part"
    try:
        target.mkdir(parents=True, exist_ok=True)
        private.make(target / FILES)
        aside.unlink(missing_ok=True)
        with closing(sqlite3.connect(source.absolute().as_uri() + "?mode=ro", uri=True)) as plain:
            plain.execute("VACUUM INTO ?", (str(aside),))
        _sync(aside)
        private.tighten(aside)
        aside.replace(copy)
        return _copy_files(data / FILES, target / FILES)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"the backup into {target} failed: {error}") from error


def restore(source: Path, data: Path, *, replace: bool) -> int:
    """Put a backup back into ``data``; return how many files were missing there.

    What lies in ``data`` is replaced only if ``replace``. Raises AlreadyRunningError while a bot
    runs on it, StorageError where the backup is damaged or the place is taken.
    """
    backup, database = source / FILE, data / FILE
    if not backup.is_file():
        raise StorageError(f"there is no backup in {source}")
    lock = FolderLock(data)
    lock.take()
    try:
        if database.exists() and not replace:
            raise StorageError(f"{data} holds a database; --replace puts the backup in its place")
        _check(backup)
        count = _copy_files(source / FILES, data / FILES)
        aside = data / f"{FILE}.part"
        shutil.copyfile(backup, aside)
        private.tighten(aside)
        _sync(aside)
        for suffix in WAL:  # a log of the old database would be played into the new one
            (data / (FILE + suffix)).unlink(missing_ok=True)
        aside.replace(database)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"{source} cannot be restored: {error}") from error
    else:
        return count
    finally:
        lock.release()


def _check(database: Path) -> None:
    with closing(sqlite3.connect(database.absolute().as_uri() + "?mode=ro", uri=True)) as plain:
        (found,) = plain.execute("PRAGMA integrity_check").fetchone()
    if found != "ok":
        raise StorageError(f"{database} is damaged: {found}")


def _copy_files(source: Path, target: Path) -> int:
    """Copy the files that are missing; a file that the sweep takes meanwhile is passed over."""
    count = 0
    for path in source.glob("??/*"):
        copy = target / path.relative_to(source)
        if path.suffix == ".part" or copy.exists():
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        aside = copy.with_suffix(".part")
        try:
            shutil.copy2(path, aside)
            private.tighten(aside)
        except FileNotFoundError:
            continue
        aside.replace(copy)
        count += 1
    return count


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
