"""Pictures of our own: uploaded once, then sent by the id that Telegram has given them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aiogram.types import FSInputFile

if TYPE_CHECKING:
    from aiogram.types import Message

EXAMPLES = Path(__file__).parents[1] / "examples"
"""Drawn by `make bot/examples` from the sample photos, each beside its result."""
BEFORE_AND_AFTER = EXAMPLES / "yellow-cap.jpg"
SAMPLE = EXAMPLES / "sample" / "green-t-shirt.jpg"
"""A photo as a seller sends it."""


class Uploads:
    """Remembers the ids for as long as the process runs: they are this bot's only."""

    def __init__(self) -> None:
        """Know of none yet."""
        self._ids: dict[Path, str] = {}

    def file_of(self, path: Path) -> str | FSInputFile:
        """Return what to send: the id, or the file where Telegram does not have it yet."""
        return self._ids.get(path) or FSInputFile(path)

    def keep(self, path: Path, message: Message) -> None:
        """Remember the id of a picture that was sent in ``message``."""
        if message.photo:
            self._ids[path] = message.photo[-1].file_id
