"""File permissions: folders 0700, files 0600, those that an earlier version wrote too."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from pathlib import Path

UMASK: Final = 0o077

log = structlog.get_logger(__name__)


def set_umask() -> None:
    """Have this process and its children make files that nobody else may read."""
    os.umask(UMASK)


def make(folder: Path) -> None:
    """Make a private folder, or make one private with what lies directly in it.

    Deeper files are out of reach then, whatever their own mode.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path in (folder, *folder.iterdir()):
        tighten(path)


def tighten(path: Path) -> None:
    """Take everybody else's rights away. What belongs to another user stays, with a warning."""
    try:
        mode = path.stat(follow_symlinks=False).st_mode
        if mode & UMASK and not path.is_symlink():
            path.chmod(mode & 0o777 & ~UMASK)
    except FileNotFoundError:  # a log of the database comes and goes
        pass
    except PermissionError as error:
        log.warning("others may read this", path=str(path), reason=str(error))
