"""What is answered to a seller's words, as values that a job can keep."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Under(StrEnum):
    """The buttons under an answer."""

    UNDO = "undo"
    PLACE = "place"
    BACKDROPS = "backdrops"


@dataclass(frozen=True, slots=True)
class Answer:
    """A sentence in Telegram HTML, and the buttons ``under`` it, which are about an ``edit``."""

    text: str
    edit: int = 0
    under: Under | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    """Where words stand: what is done by them is answered there."""

    chat: int
    message: int
    thread: int | None = None
