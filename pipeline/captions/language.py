"""Languages: what they are called in a prompt, and in which letters they are written."""

from __future__ import annotations

import unicodedata

_NAMES = {"ru": "Russian", "en": "English"}
_NAME_AT_MOST = 40
_SCRIPTS = {
    "CYRILLIC": ("ru", "russian", "uk", "ukrainian", "be", "belarusian", "bg", "bulgarian"),
    "LATIN": ("en", "english", "de", "german", "fr", "french", "es", "spanish", "it", "italian",
              "pt", "portuguese", "pl", "polish", "tr", "turkish"),
}  # fmt: skip
# Seller's words in a neighbouring language tempt a model to answer in it.
_FOREIGN = {"ru": "іїєґў", "russian": "іїєґў", "uk": "ыэъё", "ukrainian": "ыэъё"}
_FOREIGN_AT_MOST = 0.01
# A brand, a model's name and a fabric in foreign letters still leave a text in its own.
_SHARE = {"CYRILLIC": 0.6, "LATIN": 0.85}


def name_of(language: str) -> str:
    """Name the language as a prompt does; an unknown code, or a name, stays as it is."""
    return _NAMES.get(_code(language), " ".join(language.split())[:_NAME_AT_MOST])


def is_written_in(text: str, language: str) -> bool:
    """Tell whether the letters can be that language's; true where its script is not known here."""
    code = _code(language)
    letters = [letter for letter in text.casefold() if letter.isalpha()]
    foreign = sum(letter in _FOREIGN.get(code, "") for letter in letters)
    if foreign > len(letters) * _FOREIGN_AT_MOST:
        return False
    for script, languages in _SCRIPTS.items():
        if code in languages:
            return _share(letters, script) >= _SHARE[script]
    return True


def _code(language: str) -> str:
    return language.strip().casefold().replace("_", "-").partition("-")[0]


def _share(letters: list[str], script: str) -> float:
    ours = sum(unicodedata.name(letter, "").startswith(script) for letter in letters)
    return ours / len(letters) if letters else 0.0
