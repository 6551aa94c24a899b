"""`vitrina backup` and `vitrina restore`: the data folder of a bot on SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from pipeline.errors import SettingsError
from storage.backup import back_up, restore

if TYPE_CHECKING:
    from pathlib import Path

    from vitrina.settings import Settings


def run_backup(settings: Settings, target: Path) -> None:
    """Back up and say what was copied."""
    _need_sqlite(settings)
    count = back_up(settings.data_dir, target)
    typer.echo(f"{settings.data_dir} is backed up in {target}: the database and {count} new files")


def run_restore(settings: Settings, source: Path, *, replace: bool) -> None:
    """Restore and say what was put back."""
    _need_sqlite(settings)
    count = restore(source, settings.data_dir, replace=replace)
    typer.echo(f"{source} is restored into {settings.data_dir}: the database and {count} files")


def _need_sqlite(settings: Settings) -> None:
    if settings.database_url is not None:
        raise SettingsError("DATABASE_URL is set: PostgreSQL is backed up with pg_dump")
