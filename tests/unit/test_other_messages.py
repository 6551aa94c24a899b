"""What the bot has no use for: a helpful sentence, each time, in every kind."""

from __future__ import annotations

from typing import Any

import pytest

from bot.middlewares.hints import Hints
from tests.stands.bot import MOMENT, Person, Stand

FILE = {"file_id": "f", "file_unique_id": "f"}
KINDS: dict[str, tuple[dict[str, Any], str]] = {
    "text": ({"text": "платье, лён"}, "Пришлите фото товара, а слова"),
    "command": ({"text": "/sell"}, "Такой команды нет"),
    "sticker": (
        {
            "sticker": {
                **FILE,
                "type": "regular",
                "width": 9,
                "height": 9,
                "is_animated": False,
                "is_video": False,
            }
        },
        "пришлите фото товара",
    ),
    "voice": ({"voice": {**FILE, "duration": 3}}, "Голосовые и аудио"),
    "audio": ({"audio": {**FILE, "duration": 3}}, "Голосовые и аудио"),
    "video": ({"video": {**FILE, "width": 9, "height": 9, "duration": 3}}, "кадр из видео"),
    "video note": ({"video_note": {**FILE, "length": 9, "duration": 3}}, "кадр из видео"),
    "contact": ({"contact": {"phone_number": "1", "first_name": "A"}}, "С таким я не работаю"),
    "location": ({"location": {"latitude": 1.0, "longitude": 1.0}}, "С таким я не работаю"),
    "dice": ({"dice": {"emoji": "x", "value": 1}}, "пришлите фото товара"),
    "poll": (
        {
            "poll": {
                "id": "1",
                "question": "?",
                "options": [],
                "total_voter_count": 0,
                "is_closed": False,
                "is_anonymous": True,
                "type": "regular",
                "allows_multiple_answers": False,
                "allows_revoting": False,
                "members_only": False,
            }
        },
        "С таким я не работаю",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_each_message_of_each_kind_gets_its_sentence(stand: Stand, kind: str) -> None:
    content, sentence = KINDS[kind]
    anna, boris = Person(stand, 1), Person(stand, 2)
    sent = await anna.send(**content)
    assert sentence in anna.last.text
    assert anna.last.reply_to == sent
    await anna.send(**content)
    assert len(anna.shown) == 2, "nothing is met with silence"
    await boris.send(**content)
    assert len(boris.shown) == 1


async def test_the_minute_ends() -> None:
    now = 0.0
    hints = Hints(clock=lambda: now)
    assert hints.due(1)
    now = 59.9
    assert not hints.due(1)
    now = 60.0
    assert hints.due(1)


async def test_an_edited_message_gets_a_sentence(stand: Stand) -> None:
    anna = Person(stand, 1, "en")
    number = await anna.say("/start")
    await anna.edit(number, text="/settings")
    assert "can't see edits" in anna.last.text


async def test_what_the_chat_tells_of_itself_is_not_answered(stand: Stand) -> None:
    anna = Person(stand, 1)
    pinned = {"message_id": 5, "date": MOMENT, "chat": anna.chat, "text": "x"}
    await anna.send(pinned_message=pinned)
    assert anna.shown == []


@pytest.mark.parametrize("data", ["", "place|x|y", "who|1", "prefer|age|7", "\x00", "place|1"])
async def test_a_button_that_is_not_ours_is_answered(stand: Stand, data: str) -> None:
    anna = Person(stand, 1)
    assert "больше не работает" in await anna.press(data, 77)
