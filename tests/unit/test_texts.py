"""The catalogues: every key in both languages, every key used, every placeholder the same."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from string import Formatter

import pytest

from bot.texts import Texts, language_of
from pipeline import errors
from pipeline.captions import Tone
from pipeline.markets import PictureRules

ROOT = Path(__file__).resolve().parents[2]
TEXTS = Texts()
BUILT = (
    {f"tone-{tone}" for tone in Tone}
    | {f"language-{code}" for code in TEXTS.languages}
    | {f"rule-{field.name}" for field in fields(PictureRules)}
)


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_languages_have_the_same_keys() -> None:
    assert TEXTS.keys("ru") == TEXTS.keys("en")


def test_every_error_has_its_sentence() -> None:
    for name in dir(errors):
        error = getattr(errors, name)
        if isinstance(error, type) and issubclass(error, errors.VitrinaError):
            assert error.text_key in TEXTS.keys("ru"), name


def test_no_key_is_unused() -> None:
    code = "".join(
        path.read_text() for folder in ("bot", "pipeline") for path in (ROOT / folder).rglob("*.py")
    )
    commands = set(re.findall(r'"(\w+)"', (ROOT / "bot/runner.py").read_text()))
    built = BUILT | {f"command-{name}" for name in commands}
    unused = {key for key in TEXTS.keys("ru") - built if f'"{key}"' not in code}
    assert not unused


@pytest.mark.parametrize("key", sorted(TEXTS.keys("ru")))
def test_placeholders_agree(key: str) -> None:
    assert placeholders(TEXTS._catalogues["ru"][key]) == placeholders(TEXTS._catalogues["en"][key])


@pytest.mark.parametrize("language", TEXTS.languages)
def test_buttons_fit(language: str) -> None:
    for key in TEXTS.keys(language):
        if key.startswith(("button-", "tone-", "language-")):
            assert len(TEXTS(language, key)) <= 20, key


def test_details_are_escaped() -> None:
    assert "&lt;b&gt;" in TEXTS("en", "error-photo-too-large", limit="<b>")


@pytest.mark.parametrize(
    ("code", "language"),
    [("ru", "ru"), ("en", "en"), ("en-US", "en"), ("de", "en"), ("be", "ru"), (None, "ru")],
)
def test_language_of_the_phone(code: str | None, language: str) -> None:
    assert language_of(code) == language
