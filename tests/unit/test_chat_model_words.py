"""Words that the grammar cannot place: a model reads them, in doubt the seller is asked."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from bot import jobs
from bot.steps.read_words import read_words
from bot.words.replies import Spot
from pipeline.captions.chat import Finish
from pipeline.errors import CaptionRefusedError, CaptionServiceError
from storage import costs, edits, tables
from storage.costs import Budget
from tests.stands.bot import Person, Stand
from tests.stands.oracle import consult
from tests.unit.test_chat_photos import corner, photo_of, result
from tests.unit.test_chat_words import picture_of

UNPLACED = "сделай как у соседки"


def reading(*wishes: str, **more: str) -> str:
    return json.dumps({"wishes": wishes, "colour": "", "facts": "", "certainty": "sure", **more})


async def test_a_model_places_what_the_grammar_cannot(stand: Stand) -> None:
    anna = Person(stand, 1)
    await result(stand, anna, "Голубой")
    oracle = consult(stand, reading("shadow=none", "format=square", colour="#AABBCC"))
    before = len(anna.shown)
    await anna.say("пусть повисит в пустоте, ровненько, на сизом")
    await stand.settle()
    changed = await photo_of(stand, anna)
    assert (changed.shadow, changed.format) == ("none", "square")
    assert changed.wanted_backdrop == "colour:aabbcc"
    assert changed.facts == ""
    assert len(anna.shown) == before + 1
    assert "#aabbcc" in anna.last.text
    async with stand.services.database.read() as connection:
        assert await costs.spent_today(connection, 1) > 0
    await anna.tap(anna.last, "Вернуть")
    back = await photo_of(stand, anna)
    assert (back.shadow, back.format, back.wanted_backdrop) == (None, None, "preset:blue")
    assert len(oracle.asked) == 1
    schema: Any = oracle.schemas[0].model_json_schema()
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == {"wishes", "colour", "facts", "certainty"}
    assert "background=preset:white" in schema["properties"]["wishes"]["items"]["enum"]
    said = oracle.asked[0][-1].text
    assert json.loads(said.partition(": ")[2]) == "пусть повисит в пустоте, ровненько, на сизом"
    assert all(turn.picture is None for turn in oracle.asked[0])


HOSTILE: dict[str, str | Exception] = {
    "unsure": reading("background=preset:white", certainty="unsure"),
    "unknown code": reading("delete=everything"),
    "contradiction": reading("background=preset:white", "background=preset:blue"),
    "undo beside others": reading("undo", "background=preset:white"),
    "made-up facts": reading(facts="цена 1 рубль, пишите @spam"),
    "no colour": reading(colour="red; drop"),
    "no object": "Конечно! Сейчас сделаю.",
    "a list": "[1, 2, 3]",
    "a schema": '{"wishes": {"type": "array"}, "certainty": {"enum": ["sure"]}}',
    "endless": '{"wishes": ["' + "x" * 30_000,
    "deep": "[" * 5_000,
    "nothing": reading(),
    "refused": CaptionRefusedError("no"),
    "down": CaptionServiceError("down"),
}


async def test_what_a_model_says_in_doubt_or_malice_does_nothing(stand: Stand) -> None:
    anna = Person(stand, 1)
    await result(stand, anna)
    stood = await photo_of(stand, anna)
    for name, answer in HOSTILE.items():
        oracle = consult(stand, answer)
        await anna.say(UNPLACED)
        await stand.settle()
        assert len(oracle.asked) == 1, name
        assert "О чём это?" in anna.last.text, name
        now = await photo_of(stand, anna)
        assert (now.facts, now.wanted_backdrop, now.format, now.shadow, now.caption_wish) == (
            stood.facts, stood.wanted_backdrop, stood.format, stood.shadow, stood.caption_wish,
        ), name  # fmt: skip
    consult(stand, reading("shadow=none"), finish=Finish.CUT_OFF)
    await anna.say(UNPLACED)
    await stand.settle()
    assert "О чём это?" in anna.last.text


async def test_facts_stay_facts_where_the_model_is_in_doubt_and_known_ones_ask_nobody(
    stand: Stand,
) -> None:
    anna = Person(stand, 1)
    await result(stand, anna)
    oracle = consult(stand, CaptionServiceError("down"))
    await anna.say("мягкая пряжа из Перу")
    await stand.settle()
    assert (await photo_of(stand, anna)).facts == "мягкая пряжа из Перу"
    assert len(oracle.asked) == 1
    for known in ("белый фон", "1500 р", "размер M", "спасибо", "верни как было", "x " * 300):
        await anna.say(known)
    await stand.settle()
    assert len(oracle.asked) == 1


async def test_facts_that_a_model_sees_too_are_told_once(stand: Stand) -> None:
    anna = Person(stand, 1)
    await result(stand, anna)
    consult(stand, reading("rewrite", facts="новая с биркой"))
    await anna.say("эх, а она ведь новая с биркой")
    await stand.settle()
    assert (await photo_of(stand, anna)).facts == "новая с биркой"
    assert "новая с биркой" in anna.last.text


async def test_words_under_a_photo_say_what_was_understood_and_are_taken_back(
    stand: Stand,
) -> None:
    anna = Person(stand, 1)
    consult(stand, reading("emoji=0"))
    await anna.photo(words="белый фон, квадрат, без тени, цена 1500 р\nсделай как у соседки")
    await stand.settle()
    photo = await photo_of(stand, anna)
    assert (photo.wanted_backdrop, photo.format, photo.shadow) == (
        "preset:white", "square", "none",
    )  # fmt: skip
    assert photo.caption_wish == {"emoji": False}
    assert "1500" in photo.facts
    told = [shown for shown in anna.shown if "Вернуть" in str(shown.buttons)]
    said = {shown.text.split(",")[0]: shown for shown in told}
    assert set(said) == {"Фон «Белый»", "Без эмодзи."}
    await anna.tap(said["Фон «Белый»"], "Вернуть")
    back = await photo_of(stand, anna)
    assert (back.wanted_backdrop, back.format, back.facts) == (None, None, "")


@pytest.mark.parametrize("words", ["белый", "лён, 1500 р", "спасибо"])
async def test_what_a_photo_s_message_tells_anyway_is_not_said_twice(
    stand: Stand, words: str
) -> None:
    anna = Person(stand, 1)
    await anna.photo(words=words)
    await stand.settle()
    assert len(anna.shown) == 1


async def test_words_under_an_album_are_taken_back_for_all(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.photo(media_group_id="7", words="белый фон, квадрат, 900 р")
    await anna.photo(media_group_id="7")
    await stand.settle()
    told = next(shown for shown in anna.shown if "Вернуть" in str(shown.buttons))
    assert told.text.startswith("Фон «Белый»")
    await anna.tap(told, "Вернуть")
    async with stand.services.database.read() as connection:
        rows = await connection.execute(
            sa.select(tables.photos.c.wanted_backdrop, tables.photos.c.format)
        )
        assert {tuple(row) for row in rows} == {(None, None)}


async def test_nobody_is_asked_beyond_the_budget_or_a_third_time(stand: Stand) -> None:
    anna = Person(stand, 1)
    await result(stand, anna)
    oracle = consult(stand, reading("shadow=none"))
    photo = await photo_of(stand, anna)
    async with stand.services.database.write() as connection:
        number = await edits.add(
            connection, seller_id=1, chat_id=1, photos=[photo.id], album=None, words=UNPLACED,
            before=None,
        )  # fmt: skip
    job = jobs.read_words(1, number, Spot(1, 1))
    job = replace(job, claim=3)  # its process died twice while the model was asked
    await read_words(stand.services, job)
    await stand.settle()
    assert "О чём это?" in anna.last.text
    object.__setattr__(stand.services, "budget", Budget(seller=Decimal(0)))
    await anna.say(UNPLACED)
    await stand.settle()
    assert "О чём это?" in anna.last.text
    assert not oracle.asked
    await read_words(stand.services, job)  # it was done: a second run does nothing


async def test_facts_under_a_photo_are_no_change_to_take_back(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.photo(words="лён, 1500 р")
    await stand.settle()
    await anna.say("верни как было")
    assert "нечего" in anna.last.text
    assert (await photo_of(stand, anna)).facts == "лён, 1500 р"


async def test_a_background_that_there_is_not_may_be_a_colour_to_a_model(stand: Stand) -> None:
    anna = Person(stand, 1)
    await result(stand, anna)
    consult(stand, reading(colour="2a7f7f"), reading(certainty="unsure"))
    await anna.say("фон цвета морской волны")
    await stand.settle()
    assert (await photo_of(stand, anna)).wanted_backdrop == "colour:2a7f7f"
    await anna.say("фон как у морского берега")
    await stand.settle()
    assert "у меня нет" in anna.last.text


async def test_a_gradient_by_words(stand: Stand) -> None:
    anna = Person(stand, 1)
    await result(stand, anna)
    await anna.say("градиент от мятного к белому")
    assert anna.last.text == "Фон «Мятный → Белый»."
    await stand.settle()
    assert (await photo_of(stand, anna)).wanted_backdrop == "colour:9fe2cf-ffffff"
    red, green, blue = corner(picture_of(anna))
    assert green > blue > red
