"""Names that are too long for a button or a title end with a whole word."""

from __future__ import annotations

import pytest

from bot.keyboards.callbacks import Cancel
from bot.keyboards.grid import MAX_LABEL, button
from storage.backdrops import MAX_TITLE, shortened


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("Дерево", "Дерево"),
        ("Белый  мраморный\nстол", "Белый мраморный"),
        ("Льняная скатерть, синяя", "Льняная скатерть"),
        ("Тёмно-коричневый дуб", "Тёмно-коричневый"),
        ("Суперширокоформатный", "Суперширокоформа"),
        ("", ""),
        (" " * 500, ""),
    ],
)
def test_a_title_keeps_whole_words(words: str, kept: str) -> None:
    assert shortened(words, MAX_TITLE) == kept


def test_a_label_keeps_whole_words() -> None:
    label = button("Мраморная столешница у окна", Cancel()).text
    assert label == "Мраморная…"
    assert len(button("Ш" * 90, Cancel()).text) == MAX_LABEL
