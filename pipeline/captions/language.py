"""Languages: found by their names, named in a prompt, known by the letters they are written in.

Names and scripts come from CLDR, through Babel.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Final

from babel import Locale, localedata
from babel.core import get_global

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME_AT_MOST: Final = 40
_CODE_AT_MOST: Final = 3
_NAMED_IN: Final = ("en", "ru")
# Those that sellers here may name in the language itself; each takes milliseconds to read.
_OWN: Final = (
    "uk",
    "be",
    "kk",
    "ky",
    "uz",
    "tg",
    "az",
    "hy",
    "ka",
    "mn",
    "ro",
    "tr",
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "pl",
    "cs",
    "sr",
    "fi",
    "lt",
    "lv",
    "et",
    "zh",
    "ja",
    "ko",
    "ar",
    "fa",
    "he",
    "hi",
    "vi",
)
_SCRIPTS: Final = {
    "Cyrl": ("CYRILLIC",), "Latn": ("LATIN",), "Arab": ("ARABIC",), "Hebr": ("HEBREW",),
    "Grek": ("GREEK",), "Geor": ("GEORGIAN",), "Armn": ("ARMENIAN",), "Deva": ("DEVANAGARI",),
    "Thai": ("THAI",), "Hans": ("CJK",), "Hant": ("CJK",), "Kore": ("HANGUL", "CJK"),
    "Jpan": ("HIRAGANA", "KATAKANA", "CJK"),
}  # fmt: skip
# Seller's words in a neighbouring language tempt a model to answer in it.
_FOREIGN: Final = {"ru": "іїєґў", "uk": "ыэъё"}
_FOREIGN_AT_MOST: Final = 0.01
# A brand, a model's name and a fabric in foreign letters still leave a text in its own.
_SHARE: Final = 0.6
_LATIN_SHARE: Final = 0.85
# What a model falls back to when it forgets which language it was asked for.
_ENGLISH: Final = frozenset(
    [
        "the",
        "and",
        "with",
        "of",
        "for",
        "is",
        "this",
        "your",
        "you",
        "it",
        "that",
        "are",
        "from",
        "on",
    ]
)
_ENGLISH_AT_MOST: Final = 0.12


def find_language(words: str) -> str | None:
    """Find a language's code by its code or its name, in English, in Russian or in itself.

    Returns None for what is no language's name. The first look-up of a name reads files, for some
    tenths of a second; codes are known at once.
    """
    words = " ".join(words.casefold().replace("_", "-").split())
    if not words:
        return None
    code = words.partition("-")[0]
    if len(code) <= _CODE_AT_MOST and localedata.exists(code):
        return code
    known = _names()
    return known.get(words) or known.get(words.removesuffix(" язык").removesuffix(" language"))


def name_of(language: str) -> str:
    """Name the language as a prompt does; what is not known here stays as it is."""
    code = find_language(language)
    if code is None:
        return " ".join(language.split())[:_NAME_AT_MOST]
    return str(Locale("en").languages.get(code, language))


def is_written_in(text: str, language: str) -> bool:
    """Tell whether the letters can be that language's; true where its script is not known here."""
    code = find_language(language)
    if code is None:
        return True
    letters = [letter for letter in text.casefold() if letter.isalpha()]
    foreign = sum(letter in _FOREIGN.get(code, "") for letter in letters)
    if foreign > len(letters) * _FOREIGN_AT_MOST:
        return False
    if code not in {"en", "ru"} and _share_of_english(text) > _ENGLISH_AT_MOST:
        return False
    scripts = _SCRIPTS.get(_script(code))
    if scripts is None:
        return True
    return _share(letters, scripts) >= (_LATIN_SHARE if scripts == ("LATIN",) else _SHARE)


@cache
def _names() -> Mapping[str, str]:
    """Map names in lower case to codes, for languages that have a locale of their own in CLDR."""
    names: dict[str, str] = {}
    for told in (*_NAMED_IN, *_OWN):
        languages = Locale.parse(told).languages
        for code in languages if told in _NAMED_IN else (told,):
            if localedata.exists(str(code)):
                names.setdefault(str(languages[code]).casefold(), str(code))
    return names


def _script(code: str) -> str:
    likely = str(get_global("likely_subtags").get(code, ""))
    return next((part for part in likely.split("_") if len(part) == 4), "")  # noqa: PLR2004 - ISO 15924 codes have four letters


def _share(letters: list[str], scripts: tuple[str, ...]) -> float:
    ours = sum(unicodedata.name(letter, "").startswith(scripts) for letter in letters)
    return ours / len(letters) if letters else 0.0


def _share_of_english(text: str) -> float:
    words = re.findall(r"[^\W\d_]+", text.casefold())
    return sum(word in _ENGLISH for word in words) / len(words) if words else 0.0
