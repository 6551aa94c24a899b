"""Every keyboard that a chat shows, in every language: short labels, few in a row, in words."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest

from bot.keyboards.callbacks import OpenSettings, Preference
from bot.keyboards.preferences import SWITCHES
from bot.middlewares.rules import Rules
from tests.stands.bot import Person, Stand, open_stand

if TYPE_CHECKING:
    from tests.stands.server import Message

MOST_LETTERS, MOST_A_ROW = 20, 3
SKIPPED = ("prefer|language", "forget|1", "begin|sample")
"""Buttons that a walk leaves alone: another language, the end, one more photo."""


def check(shown: Message) -> None:
    for row in shown.keyboard:
        assert len(row) <= MOST_A_ROW, row
        for label, data in row:
            assert len(label) <= MOST_LETTERS, label
            assert any(unicodedata.category(c)[0] in "LN" for c in label), f"no words in {label!r}"
            assert len(data.encode()) <= 64


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_the_settings(stand: Stand, language: str) -> None:
    person = Person(stand, 1, language)
    await person.say("/settings")
    menu = person.last
    check(menu)
    for what in Preference:
        if what not in SWITCHES:
            await person.press(OpenSettings(what=what).pack(), menu.id)
            check(menu)
            assert len(menu.buttons) > 1, what
    for what in SWITCHES:
        await person.press(OpenSettings().pack(), menu.id)
        await person.press(next(d for d in menu.buttons.values() if f"|{what}|" in d), menu.id)
        check(menu)


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_every_keyboard_that_a_walk_meets(
    language: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Follow every button of every message, breadth first, as far as buttons lead."""
    rules = Rules(0, 0, 0, 0, 0, 0, operators=frozenset({1}))
    async with open_stand(tmp_path_factory.mktemp("walk"), rules) as stand:
        person = Person(stand, 1, language)
        for said in ("/start", "/background", "/forget", "/broadcast Hi", "/settings"):
            await person.say(said)
        await person.photo()
        await stand.settle()
        followed: set[str] = set()
        for _ in range(120):
            for shown in person.shown:
                check(shown)
            at, data = next(
                (
                    (shown, data)
                    for shown in person.shown
                    for data in shown.buttons.values()
                    if data not in followed and not data.startswith(SKIPPED)
                ),
                (None, ""),
            )
            if at is None:
                break
            followed.add(data)
            await person.press(data, at.id)
            await stand.settle()
        assert len(followed) > 40
