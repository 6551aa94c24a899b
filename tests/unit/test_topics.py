"""In a forum every message of the bot stays in the topic that it answers in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import GetFile

from pipeline.errors import CaptionServiceError
from tests.stands.bot import Person
from tests.stands.server import BOT_NAME

if TYPE_CHECKING:
    from tests.stands.bot import Stand

FORUM, TOPIC = -1001234, 55


class Poster(Person):
    """Someone who writes in a topic."""

    def __init__(self, stand: Stand, number: int) -> None:
        super().__init__(stand, number, group=FORUM)
        self.chat["is_forum"] = True
        self.place = {"message_thread_id": TOPIC, "is_topic_message": True}


@pytest.fixture
def anna(stand: Stand) -> Poster:
    return Poster(stand, 801)


def strays(stand: Stand) -> list[Any]:
    """Return what was sent to the forum without naming the topic.

    An answer alone does not do: where the message that it answers is deleted, it goes to General.
    """
    return [
        call
        for call in stand.telegram.calls
        if type(call).__name__.startswith("Send")
        and type(call).__name__ != "SendChatAction"
        and getattr(call, "chat_id", None) == FORUM
        and getattr(call, "message_thread_id", None) != TOPIC
    ]


async def test_a_thread_of_answers_is_no_topic(stand: Stand) -> None:
    """In other groups an answer's thread cannot be sent to."""
    anna = Person(stand, 801, group=FORUM)
    anna.place = {"message_thread_id": TOPIC}
    await anna.photo(words=f"@{BOT_NAME} белый")
    await stand.settle()
    assert anna.shown
    assert all(getattr(c, "message_thread_id", None) is None for c in stand.telegram.calls)


async def album(anna: Poster, words: str) -> None:
    await anna.photo(words=f"@{BOT_NAME} {words}", media_group_id="a")
    await anna.photo(media_group_id="a")


@pytest.mark.parametrize("words", ["белый", ""])
async def test_an_album(stand: Stand, anna: Poster, words: str) -> None:
    await album(anna, words)
    await stand.settle()
    if not words:
        await anna.press("all|1|preset:white", anna.last.id)
        await stand.settle()
    assert sum(shown.kind == "photo" for shown in anna.shown) >= 2
    assert strays(stand) == []


async def test_words_photos_and_files(stand: Stand, anna: Poster) -> None:
    await anna.say(f"/help@{BOT_NAME}")
    await anna.say(f"/settings@{BOT_NAME}")
    await anna.photo(words=f"@{BOT_NAME} белый")
    await stand.settle()
    panel = anna.last.id
    for data in ("get|1|png", "get|1|copy", "caption|1", "own|1", "see|1|choices"):
        await anna.press(data, panel)
        await stand.settle()
    await anna.photo(words=f"@{BOT_NAME} лён")  # the background that was asked for
    await stand.settle()
    assert len(anna.shown) > 5
    assert strays(stand) == []


async def test_what_goes_wrong(stand: Stand, anna: Poster) -> None:
    await anna.photo(b"no picture", f"@{BOT_NAME}")
    stand.telegram.faults["GetFile"].append(TelegramBadRequest(GetFile(file_id="x"), "too big"))
    await anna.photo(words=f"@{BOT_NAME}")
    await stand.settle()
    await anna.press("own|1", 5)
    await anna.photo(words=f"@{BOT_NAME} белый")
    await stand.settle()
    stand.scribe.error = CaptionServiceError("down")
    await anna.press("caption|3", anna.last.id)
    await stand.settle()
    await anna.press("own|0", 5)
    await anna.photo(b"no picture", f"@{BOT_NAME}")
    await stand.settle()
    assert len(anna.shown) > 3
    assert strays(stand) == []
