"""Updates and answers of Telegram."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import GetFile

from bot.handlers.check import verdict
from bot.steps import fetch
from bot.texts import Texts
from tests.cases.conftest import data_of
from tests.stands.bot import Person
from tests.stands.model import picture
from tests.stands.server import BOT_NAME
from tests.unit.test_incoming import GOOD, good, polled, until_answered

if TYPE_CHECKING:
    import pytest

    from tests.stands.bot import Stand

ANSWERS: dict[str, Any] = json.loads(data_of("telegram-answers.json"))


async def an_album_in_a_topic_stays_there(stand: Stand) -> None:
    for update in json.loads(data_of("telegram-topic-album.json")):
        message = update["message"]
        for size in message["photo"]:
            stand.telegram.hold(size["file_id"], picture())
        if "caption" in message:
            message["caption"] = message["caption"].replace("vitrina_bot", BOT_NAME)
        await stand.feed(message=message)
    await stand.settle()
    sent = [
        call
        for call in stand.telegram.calls
        if type(call).__name__.startswith("Send") and type(call).__name__ != "SendChatAction"
    ]
    assert sent
    assert {getattr(call, "message_thread_id", None) for call in sent} == {55}


async def a_file_that_is_not_there_for_a_moment(stand: Stand) -> None:
    told = ANSWERS["getFile-temporary"]["description"]
    stand.telegram.faults["GetFile"] += [TelegramBadRequest(GetFile(file_id="x"), told)]
    anna = Person(stand, 1)
    await anna.photo(words="белый")
    await stand.settle()
    assert [shown for shown in anna.shown if shown.file is not None]


async def a_group_that_became_a_supergroup(stand: Stand) -> None:
    new = ANSWERS["migrated"]["parameters"]["migrate_to_chat_id"]
    anna = Person(stand, 2, group=-4242)
    await anna.photo(words=f"@{BOT_NAME} белый")
    stand.telegram.chats.migrated[-4242] = new
    await stand.settle()
    assert [shown for shown in stand.telegram.shown(new) if shown.file is not None]


async def the_words_around_a_mention_are_whole(stand: Stand) -> None:
    anna = Person(stand, 3, group=-4243)
    await anna.photo(words=f"İİİ кепка @{BOT_NAME} мятый")
    await stand.settle()
    async with stand.services.database.read() as connection:
        (photo,) = await connection.scalars(sa.text("SELECT id FROM photos WHERE chat_id = -4243"))
    await anna.press(f"caption|{photo}", anna.last.id)
    await stand.settle()
    assert "İİİ кепка  мятый" in {request.facts for request in stand.scribe.requests}


def test_words_to_check_take_no_time_of_the_loop() -> None:
    words = "Red shirt\nCotton" + "  a" * 60 + " Z."
    texts = Texts()
    verdict(texts, "en", "wildberries", "Red shirt")  # what is read and made once
    began = time.process_time()
    verdict(texts, "en", "wildberries", words)
    assert time.process_time() - began < 0.02 * 5, "20 ms, of a slow machine's five times as much"


async def an_update_of_a_new_kind_stops_none(stand: Stand) -> None:
    chat = {"id": 5, "type": "private", "first_name": "A"}
    said = {"message_id": 1, "date": 1, "chat": chat, "from": {**GOOD, "id": 5}, "text": "x"}
    odd = {"update_id": 1, "message": {**said, "forward_origin": {"type": "new_kind", "date": 0}}}
    stand.telegram.updates += [(1, json.dumps(odd)), (2, good(2))]
    async with polled(stand):
        await until_answered(stand)


async def a_number_beyond_the_database(stand: Stand) -> None:
    anna = Person(stand, 1)
    for kind in ("v", "get", "caption", "own", "see", "place", "pack"):
        told = await anna.press(f"{kind}|{2**63}|main", anna.last.id)
        assert told, kind


async def test_what_telegram_sends(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    """One bot after another case; the album is the first, so that all that was sent is its."""
    monkeypatch.setattr(fetch, "PAUSE_SECONDS", 0.01)
    for case in (
        an_album_in_a_topic_stays_there,
        a_file_that_is_not_there_for_a_moment,
        a_group_that_became_a_supergroup,
        the_words_around_a_mention_are_whole,
        an_update_of_a_new_kind_stops_none,
        a_number_beyond_the_database,
    ):
        await case(stand)
