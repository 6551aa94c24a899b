"""The first minutes: /start with a picture and three buttons, a sample photo, two tips."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from bot.middlewares.rules import Rules
from tests.stands.bot import Person, Stand, open_stand
from tests.unit.test_chat_photos import corner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest_asyncio.fixture
async def tipping(tmp_path: Path) -> AsyncIterator[Stand]:
    async with open_stand(tmp_path, Rules(commands_a_minute=0, taps_a_minute=0)) as stand:
        yield stand


async def test_start_shows_what_comes_of_a_photo_and_three_ways_on(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.say("/start")
    shown = anna.last
    assert shown.kind == "photo"
    assert list(shown.buttons) == ["Показать на примере", "Как это работает", "Где я продаю"]
    await anna.say("/start")
    first, second = [c for c in stand.telegram.calls if type(c).__name__ == "SendPhoto"]
    assert not isinstance(first.photo, str)  # type: ignore[attr-defined]  # of a SendPhoto
    assert isinstance(second.photo, str), "by the id"  # type: ignore[attr-defined]  # likewise

    await anna.tap(shown, "Как это работает")
    assert "Что я умею" in anna.last.text
    await anna.tap(shown, "Где я продаю")
    assert "Где вы продаёте?" in anna.last.text
    assert "Ozon" in anna.last.buttons
    await anna.tap(anna.last, "Ozon")
    assert "Ozon" in anna.last.text, "the settings, in the same message"

    await anna.tap(shown, "Показать на примере")
    await stand.settle()
    sample = next(shown for shown in anna.shown if "Вот фото из примеров" in shown.text)
    offer = next(shown for shown in anna.shown if shown.file and shown.reply_to == sample.id)
    await anna.tap(offer, "Белый")
    await stand.settle()
    assert corner(offer) == [255, 255, 255]

    group = Person(stand, 1, group=-5)
    assert "лично" in await group.press("begin|sample", 5)
    assert not group.shown


async def test_a_tip_after_the_first_result_and_one_after_the_fifth(tipping: Stand) -> None:
    anna = Person(tipping, 1)
    for number in range(6):
        await anna.photo(words="белый")
        await tipping.settle()
        tips = [shown for shown in anna.shown if not shown.file]
        assert len(tips) == (1 if number < 4 else 2)
    assert "PNG без фона" in tips[0].text
    assert "/background" in tips[1].text
