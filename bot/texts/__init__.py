"""The words a seller reads: one gettext catalogue per language, looked up by key."""

from __future__ import annotations

import html
from gettext import c2py
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.pofile import read_po

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FOLDER = Path(__file__).parent
RUSSIAN, ENGLISH = "ru", "en"
READS_RUSSIAN = {"ru", "ky", "tg"}
"""Telegram interface languages without a catalogue whose sellers are greeted in Russian."""
NEXT_BEST = {"be": RUSSIAN, "kk": RUSSIAN, "uz": RUSSIAN, "uk": ENGLISH}
"""Where a catalogue lacks a sentence, the language that its readers know best.

Ukrainian readers know Russian too, but many would not be addressed in it.
"""


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

    def title(self, language: str, titles: Mapping[str, str], name: str) -> str:
        """Return a title of the data files in a language, or the one that stands in for it."""
        return titles.get(language) or titles.get(_stand_in(language)) or name

    def forms(self, language: str, key: str) -> tuple[str, ...]:
        """Return a sentence's forms as the catalogue has them: one, or one per plural."""
        return self._catalogues[language].forms[key]

    def beginning(self, language: str, prefix: str) -> dict[str, str]:
        """Return all sentences whose keys begin with ``prefix``, as the catalogue has them."""
        own, other = (self._catalogues[one].forms for one in (language, _stand_in(language)))
        keys = [key for key in self._catalogues[ENGLISH].forms if key.startswith(prefix)]
        return {key: (own.get(key) or other[key])[0] for key in keys}

    def __call__(self, language: str, key: str, /, **details: str | int) -> str:
        """Return the sentence as Telegram HTML, its placeholders filled with ``details``.

        Where it has plurals, ``count`` chooses among them. What a translation lacks is said in the
        language that `NEXT_BEST` names.
        """
        catalogue = self._catalogues[language]
        if key not in catalogue.forms and language in NEXT_BEST:
            catalogue = self._catalogues[_stand_in(language)]
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
    code = RUSSIAN if telegram_code is None else telegram_code.split("-")[0]
    if code in NEXT_BEST:
        return code
    return RUSSIAN if code in READS_RUSSIAN else ENGLISH


def _stand_in(language: str) -> str:
    return NEXT_BEST.get(language, ENGLISH)
