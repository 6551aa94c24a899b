"""What a check of the installation found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How grave it is: only what is BAD keeps the bot from its work."""

    OK = "ok"
    WARN = "warn"
    BAD = "BAD"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's answer: what is there, and what to do where that is not well."""

    grade: Grade
    text: str


def ok(text: str) -> Finding:
    """Tell that all is well."""
    return Finding(Grade.OK, text)


def warn(text: str) -> Finding:
    """Tell that the bot works, but somebody should look."""
    return Finding(Grade.WARN, text)


def bad(text: str) -> Finding:
    """Tell that the bot cannot do its work."""
    return Finding(Grade.BAD, text)
