"""The catalogues: whole in Russian and English, every key used, every placeholder the same."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from bot.keyboards.callbacks import Preference
from bot.keyboards.preferences import CODES, SWITCHES
from bot.texts import FOLDER, NEXT_BEST, Texts, language_of
from pipeline import errors

ROOT = Path(__file__).resolve().parents[2]
TEXTS = Texts()
CODE = [
    node
    for folder in ("bot", "editor", "pipeline")
    for path in (ROOT / folder).rglob("*.py")
    for node in ast.walk(ast.parse(path.read_text()))
]
LITERALS = {n.value for n in CODE if isinstance(n, ast.Constant) and isinstance(n.value, str)}
NAMED = {f"{what.key}-{code or 'default'}" for what, codes in CODES.items() for code in codes}
"""What the menu of settings calls its values."""
PREFIXES = {
    str(part.value)
    for node in CODE
    if isinstance(node, ast.JoinedStr)
    and isinstance(part := node.values[0], ast.Constant)
    and re.fullmatch(r"[a-z]+-", str(part.value))
}
"""What keys begin with that are put together, such as ``command-{name}``."""
ASKED = {
    str(arg.value)
    for node in CODE
    if isinstance(node, ast.Call)
    and getattr(node.func, "attr", getattr(node.func, "id", "")) in {"texts", "_texts", "toast"}
    for arg in node.args
    if isinstance(arg, ast.Constant)
}
"""The keys that are asked for by their whole name."""
EDITOR = {
    f"editor-{name}"
    for path in (ROOT / "editor" / "static").glob("*.js")
    for name in re.findall(r'\bt\("([a-z-]+)"\)', path.read_text())
}
"""What the editor's page says."""


LONG = {"automatic-1", "album-captions-one", "album-captions-each"}
"""Names of values that stand in the settings' text, never on a button."""


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_languages_have_the_same_keys() -> None:
    assert TEXTS.keys("ru") == TEXTS.keys("en")


FIRST = {
    "start",
    "help",
    "offer",
    "offer-ready",
    "choices",
    "error-nothing-found",
    "photo-forgotten",
}
"""What a seller reads in the first minute, beside the buttons, toasts and names of commands."""


@pytest.mark.parametrize("language", sorted(NEXT_BEST))
def test_a_translation_covers_what_sellers_meet_first(language: str) -> None:
    keys = TEXTS.keys(language)
    assert keys <= TEXTS.keys("ru"), "no key of its own"
    missing = TEXTS.keys("ru") - keys
    wanted = ("button-", "command-", "toast-", "switch-", "set-", "fact-")
    operators = {"button-mute", "button-send", "button-drop"}
    assert {key for key in missing if key.startswith(wanted)} <= operators
    assert not missing & FIRST
    assert len(keys) / len(TEXTS.keys("ru") - EDITOR) > 0.5
    assert "not reviewed by a native speaker" in (FOLDER / f"{language}.po").read_text()


def test_what_a_translation_lacks_is_said_in_the_next_best_language() -> None:
    assert "stats" not in TEXTS.keys("kk") | TEXTS.keys("uk")
    for language, other in NEXT_BEST.items():
        assert TEXTS(language, "job-over", about="x") == TEXTS(other, "job-over", about="x")
        assert (
            TEXTS.title(language, {"ru": "Белый", "en": "White"}, "white")
            == {
                "ru": "Белый",
                "en": "White",
            }[other]
        )
    with pytest.raises(KeyError):
        TEXTS("ru", "no-such-key")


def test_every_error_has_its_sentence() -> None:
    for name in dir(errors):
        error = getattr(errors, name)
        if isinstance(error, type) and issubclass(error, errors.VitrinaError):
            assert error.text_key in TEXTS.keys("ru"), name


def test_no_key_is_missing() -> None:
    assert ASKED - TEXTS.keys("ru") == set()
    assert EDITOR - TEXTS.keys("ru") == set()
    assert NAMED - TEXTS.keys("ru") == set()


@pytest.mark.parametrize("what", Preference)
def test_every_preference_is_named(what: Preference) -> None:
    if what in SWITCHES:
        wanted = {f"switch-{what.key}-{code}" for code in SWITCHES[what]}
    elif what is Preference.BACKDROP:
        wanted = {f"set-{what.key}"}
    else:
        wanted = {f"set-{what.key}", f"ask-{what.key}"}
    assert wanted <= TEXTS.keys("ru")


def test_no_key_is_unused() -> None:
    unused = {
        key
        for key in TEXTS.keys("ru") - LITERALS - NAMED - EDITOR
        if not any(key.startswith(prefix) for prefix in PREFIXES)
    }
    assert not unused


@pytest.mark.parametrize("key", sorted(TEXTS.keys("ru")))
def test_placeholders_agree_in_every_language_and_form(key: str) -> None:
    found = [
        placeholders(form)
        for language in TEXTS.languages
        if key in TEXTS.keys(language)
        for form in TEXTS.forms(language, key)
    ]
    assert all(names == found[0] for names in found)


@pytest.mark.parametrize("language", TEXTS.languages)
def test_every_count_has_the_plurals_of_its_language(language: str) -> None:
    number = TEXTS._catalogues[language].number
    for key in TEXTS.keys(language):
        counted = any("count" in placeholders(form) for form in TEXTS.forms(language, key))
        assert len(TEXTS.forms(language, key)) == (number if counted else 1), key


@pytest.mark.parametrize(
    ("count", "russian", "english"),
    [
        (0, "0 подписей", "0 captions"),
        (1, "1 подпись", "1 caption"),
        (2, "2 подписи", "2 captions"),
        (5, "5 подписей", "5 captions"),
        (11, "11 подписей", "11 captions"),
        (12, "12 подписей", "12 captions"),
        (21, "21 подпись", "21 captions"),
        (22, "22 подписи", "22 captions"),
        (112, "112 подписей", "112 captions"),
        (1001, "1001 подпись", "1001 captions"),
    ],
)
def test_plurals_are_right(count: int, russian: str, english: str) -> None:
    assert TEXTS("ru", "count-captions", count=count) == russian
    assert TEXTS("en", "count-captions", count=count) == english


@pytest.mark.parametrize("language", TEXTS.languages)
def test_buttons_fit(language: str) -> None:
    for key in TEXTS.keys(language):
        if key.startswith(("button-", "switch-", "set-")) or key in NAMED - LONG:
            assert len(TEXTS(language, key)) <= 20, key


def test_details_are_escaped() -> None:
    assert "&lt;b&gt;" in TEXTS("en", "error-photo-too-large", limit="<b>")


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("ru", "ru"),
        ("en", "en"),
        ("en-US", "en"),
        ("de", "en"),
        ("be", "be"),
        ("kk", "kk"),
        ("uz-UZ", "uz"),
        ("uk", "uk"),
        ("ky", "ru"),
        (None, "ru"),
    ],
)
def test_language_of_the_phone(code: str | None, language: str) -> None:
    assert language_of(code) == language
