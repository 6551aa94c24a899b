"""The words a seller reads: one gettext catalogue per language, looked up by key."""

from __future__ import annotations

import html
from gettext import c2py
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.pofile import read_po

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).parent
RUSSIAN, ENGLISH = "ru", "en"
READS_RUSSIAN = {"ru", "be", "kk", "ky", "uz", "tg"}
"""Telegram interface languages whose sellers are greeted in Russian."""


class Texts:
    """All catalogues of a folder, ``LANGUAGE.po`` each; raises KeyError for an unknown key."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Read the catalogues."""
        self._catalogues = {path.stem: Catalogue(path) for path in sorted(folder.glob("*.po"))}

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages there are."""
        return tuple(self._catalogues)

    def keys(self, language: str) -> frozenset[str]:
        """Return all keys of one language."""
        return frozenset(self._catalogues[language].forms)

    def forms(self, language: str, key: str) -> tuple[str, ...]:
        """Return a sentence's forms as the catalogue has them: one, or one per plural."""
        return self._catalogues[language].forms[key]

    def __call__(self, language: str, key: str, /, **details: str | int) -> str:
        """Return the sentence as Telegram HTML, its placeholders filled with ``details``.

        Where it has plurals, ``count`` chooses among them.
        """
        catalogue = self._catalogues[language]
        forms = catalogue.forms[key]
        form = catalogue.plural(int(details["count"])) if len(forms) > 1 else 0
        return forms[form].format(**{k: html.escape(str(v)) for k, v in details.items()})


class Catalogue:
    """One language: the forms of each sentence by key, and the rule that chooses among them.

    ``plural`` is the expression of the file's ``Plural-Forms``, as gettext defines it:
    https://www.gnu.org/software/gettext/manual/html_node/Plural-forms.html
    """

    def __init__(self, path: Path) -> None:
        """Read one file."""
        with path.open("rb") as file:
            read = read_po(file, locale=path.stem, abort_invalid=True)
        self.plural: Callable[[int], int] = c2py(read.plural_expr)
        self.number: int = read.num_plurals
        self.forms: dict[str, tuple[str, ...]] = {}
        for message in read:
            key = message.id if isinstance(message.id, str) else message.id[0]
            if key:
                string = message.string or ""
                self.forms[key] = (string,) if isinstance(string, str) else tuple(string)


def language_of(telegram_code: str | None) -> str:
    """Choose the catalogue for a Telegram interface language; unknown ones get Russian."""
    if telegram_code is None or telegram_code.split("-")[0] in READS_RUSSIAN:
        return RUSSIAN
    return ENGLISH
