"""What the editor works with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.editor_links import EditorLinks
    from bot.services import Services, WorkerContext


@dataclass(frozen=True, slots=True)
class EditorContext:
    """Both of the bot's sides, as only this room sees them, and the addresses.

    ``frames`` are the origins whose pages may show the editor in a frame.
    """

    services: Services
    worker: WorkerContext
    links: EditorLinks
    frames: tuple[str, ...]
