"""The words a seller reads: one gettext catalogue per language, looked up by key."""

from __future__ import annotations

import html
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.pofile import read_po

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).parent
RUSSIAN, ENGLISH = "ru", "en"
READS_RUSSIAN = {"ru", "be", "kk", "ky", "uz", "tg"}
"""Telegram interface languages whose sellers are greeted in Russian."""


class Texts:
    """All catalogues of a folder, ``LANGUAGE.po`` each; raises KeyError for an unknown key."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Read the catalogues."""
        self._catalogues = {path.stem: _read(path) for path in sorted(folder.glob("*.po"))}

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages there are."""
        return tuple(self._catalogues)

    def keys(self, language: str) -> frozenset[str]:
        """Return all keys of one language."""
        return frozenset(self._catalogues[language])

    def __call__(self, language: str, key: str, /, **details: str | int) -> str:
        """Return the sentence as Telegram HTML, its placeholders filled with ``details``."""
        sentence = self._catalogues[language][key]
        return sentence.format(**{k: html.escape(str(v)) for k, v in details.items()})


def language_of(telegram_code: str | None) -> str:
    """Choose the catalogue for a Telegram interface language; unknown ones get Russian."""
    if telegram_code is None or telegram_code.split("-")[0] in READS_RUSSIAN:
        return RUSSIAN
    return ENGLISH


def _read(path: Path) -> Mapping[str, str]:
    with path.open("rb") as file:
        catalogue = read_po(file)
    return {str(message.id): str(message.string) for message in catalogue if message.id}
