"""The catalogues: every key in both languages, every key used, every placeholder the same."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from bot.callbacks import Preference
from bot.preferences import CODES, SWITCHES
from bot.texts import Texts, language_of
from pipeline import errors

ROOT = Path(__file__).resolve().parents[2]
TEXTS = Texts()
CODE = [
    node
    for folder in ("bot", "pipeline")
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


LONG = {"automatic-1", "album-captions-one", "album-captions-each"}
"""Names of values that stand in the settings' text, never on a button."""


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_languages_have_the_same_keys() -> None:
    assert TEXTS.keys("ru") == TEXTS.keys("en")


def test_every_error_has_its_sentence() -> None:
    for name in dir(errors):
        error = getattr(errors, name)
        if isinstance(error, type) and issubclass(error, errors.VitrinaError):
            assert error.text_key in TEXTS.keys("ru"), name


def test_no_key_is_missing() -> None:
    assert ASKED - TEXTS.keys("ru") == set()
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
        for key in TEXTS.keys("ru") - LITERALS - NAMED
        if not any(key.startswith(prefix) for prefix in PREFIXES)
    }
    assert not unused


@pytest.mark.parametrize("key", sorted(TEXTS.keys("ru")))
def test_placeholders_agree(key: str) -> None:
    assert placeholders(TEXTS._catalogues["ru"][key]) == placeholders(TEXTS._catalogues["en"][key])


@pytest.mark.parametrize("language", TEXTS.languages)
def test_buttons_fit(language: str) -> None:
    for key in TEXTS.keys(language):
        if key.startswith(("button-", "switch-", "set-")) or key in NAMED - LONG:
            assert len(TEXTS(language, key)) <= 20, key


def test_details_are_escaped() -> None:
    assert "&lt;b&gt;" in TEXTS("en", "error-photo-too-large", limit="<b>")


@pytest.mark.parametrize(
    ("code", "language"),
    [("ru", "ru"), ("en", "en"), ("en-US", "en"), ("de", "en"), ("be", "ru"), (None, "ru")],
)
def test_language_of_the_phone(code: str | None, language: str) -> None:
    assert language_of(code) == language
