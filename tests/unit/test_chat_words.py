"""Words about a photo: what they do, what is said of it, and how it is taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.handlers import words
from bot.keyboards.callbacks import UndoEdit
from storage import photos, sellers, tables
from tests.stands.bot import Person, Stand
from tests.unit.test_chat_photos import corner, photo_of, result

if TYPE_CHECKING:
    from tests.stands.server import Message

WHITE = [255, 255, 255]


def picture_of(person: Person) -> Message:
    """The message that shows a photo."""
    return next(shown for shown in reversed(person.shown) if shown.file is not None)


def reply(person: Person, shown: Message | int) -> dict[str, object]:
    number = shown if isinstance(shown, int) else shown.id
    me = {"id": 424242, "is_bot": True, "first_name": "Vitrina"}
    return {"message_id": number, "date": 1, "chat": person.chat, "from": me}


@pytest.mark.parametrize(
    ("language", "said", "answer"),
    [("ru", "поменяй фон на белый, плиз", "Фон «Белый»."), ("en", "white pls", "Background")],
)
async def test_words_that_follow_a_photo_are_about_it(
    stand: Stand, language: str, said: str, answer: str
) -> None:
    anna = Person(stand, 1, language)
    await anna.photo()
    await anna.say(said)
    assert answer in anna.last.text
    await stand.settle()
    assert corner(picture_of(anna)) == WHITE


async def test_background_and_facts_in_one_sentence_then_undone(stand: Stand) -> None:
    anna = Person(stand, 1)
    await result(stand, anna, "Голубой")
    await anna.say("белый, размер M, 1500 р")
    told = anna.last
    assert told.text == "Фон «Белый», цена 1500 р, размер M."
    await stand.settle()
    assert corner(picture_of(anna)) == WHITE
    assert stand.scribe.requests[-1].facts == "размер M, 1500 р"
    assert picture_of(anna).text.startswith("Caption 2")
    assert "Вернул" in await anna.tap(told, "Вернуть")
    await stand.settle()
    red, _, blue = corner(picture_of(anna))
    assert blue > red + 20
    assert (await photo_of(stand, anna)).facts == ""
    assert picture_of(anna).text.startswith("Caption 1")
    assert "нечего" in await anna.press(told.data("Вернуть"), told.id) if told.keyboard else True


async def test_undo_by_a_word_and_by_nobody_else(stand: Stand) -> None:
    anna, boris = Person(stand, 1), Person(stand, 2)
    await result(stand, anna)
    await anna.say("квадрат, без тени, широкие поля, без эмодзи")
    told = anna.last
    changed = await photo_of(stand, anna)
    assert (changed.format, changed.shadow, changed.margin) == ("square", "none", "wide")
    await stand.settle()
    assert not stand.scribe.requests[-1].emoji
    assert "нечего" in await boris.press(told.data("Вернуть"), told.id)
    assert "нечего" in await boris.press(UndoEdit(edit=999).pack())
    await anna.say("верни как было")
    assert "Вернул" in anna.last.text
    back = await photo_of(stand, anna)
    assert (back.format, back.shadow, back.margin, back.caption_wish) == (None,) * 4
    await anna.say("отмени")
    assert "нечего" in anna.last.text


@pytest.mark.parametrize("said", ["фон как у морского берега", "beach background"])
async def test_a_background_that_there_is_not_is_no_fact(stand: Stand, said: str) -> None:
    anna = Person(stand, 1)
    await result(stand, anna)
    await anna.say(said)
    assert "у меня нет" in anna.last.text
    assert "✓ 6 Белый" in anna.last.buttons
    await anna.tap(anna.last, "Голубой")
    await stand.settle()
    red, _, blue = corner(picture_of(anna))
    assert blue > red + 20
    assert (await photo_of(stand, anna)).facts == ""


@pytest.mark.parametrize(("said", "colour"), [("оранжевый", [255, 140, 0]), ("фон #ff8800", None)])
async def test_any_colour_is_a_background(
    stand: Stand, said: str, colour: list[int] | None
) -> None:
    anna = Person(stand, 1)
    await result(stand, anna)
    await anna.say(said)
    await stand.settle()
    seen = corner(picture_of(anna))
    assert all(abs(a - b) < 6 for a, b in zip(seen, colour or [255, 136, 0], strict=True))


async def test_a_price_is_set_and_removed(stand: Stand) -> None:
    anna = Person(stand, 1)
    shown = await result(stand, anna)
    await anna.say("лён, цена 1500", reply_to_message=reply(anna, shown))
    await anna.say("поменяй цену на 1800", reply_to_message=reply(anna, shown))
    assert (await photo_of(stand, anna)).facts == "лён\nцена 1800"
    await anna.say("убери цену", reply_to_message=reply(anna, shown))
    assert anna.last.text == "Без цены."
    assert (await photo_of(stand, anna)).facts == "лён"


async def test_what_is_unclear_is_asked_and_placed_by_a_tap(stand: Stand) -> None:
    anna = Person(stand, 1)
    await result(stand, anna)
    await anna.say("сделай как у соседки")
    asked = anna.last
    assert "О чём это?" in asked.text
    assert (await photo_of(stand, anna)).facts == ""
    await anna.tap(asked, "Добавить в подпись")
    await stand.settle()
    assert (await photo_of(stand, anna)).facts == "сделай как у соседки"
    assert "Вернуть" in str(asked.buttons)


async def test_the_caption_command_takes_wishes(stand: Stand) -> None:
    anna = Person(stand, 1, "en")
    await result(stand, anna, "White")
    await anna.say("/caption make it shorter and funny")
    await stand.settle()
    request = stand.scribe.requests[-1]
    assert (request.facts, request.length, request.tone) == ("", "short", "playful")
    await anna.say("/caption без эмодзи")
    await stand.settle()
    assert not stand.scribe.requests[-1].emoji


async def test_a_default_is_set_by_words(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.say("всегда белый фон")
    async with stand.services.database.read() as connection:
        seller = await sellers.get(connection, 1)
    assert (seller.default_backdrop, seller.automatic) == ("preset:white", True)


async def test_an_album_is_meant_as_a_whole(stand: Stand) -> None:
    anna = Person(stand, 1)
    for _ in range(3):
        await anna.photo(media_group_id="7")
    await anna.say("белый, 1500 р")
    await stand.settle()
    async with stand.services.database.read() as connection:
        rows = await connection.execute(
            sa.select(tables.photos.c.wanted_backdrop, tables.photos.c.facts)
        )
        found = {tuple(row) for row in rows}
    assert {backdrop for backdrop, _ in found} == {"preset:white"}
    assert ("preset:white", "1500 р") in found


async def test_words_long_after_a_photo_ask_which(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = Person(stand, 1)
    shown = await result(stand, anna, "Голубой")
    monkeypatch.setattr(words, "BOUND_SECONDS", -1.0)
    await anna.say("белый")
    assert "К какому фото" in anna.last.text
    await anna.say("белый", reply_to_message=reply(anna, shown))
    await stand.settle()
    assert corner(picture_of(anna)) == WHITE


@pytest.mark.parametrize(
    "said", ["спасибо", "как это работает?", "привет", "👍", "белый", "...", "убери", "not this"]
)
async def test_nothing_is_met_with_silence(stand: Stand, said: str) -> None:
    anna = Person(stand, 1)
    for number in range(1, 4):
        await anna.say(said)
        assert len(anna.shown) == number
    await anna.photo()
    await stand.settle()
    before = len(anna.shown)
    await anna.say(said)
    assert len(anna.shown) == before + 1


async def test_not_this_shows_the_alternatives(stand: Stand) -> None:
    anna = Person(stand, 1)
    await result(stand, anna)
    await anna.say("не то вырезал")
    await stand.settle()
    async with stand.services.database.read() as connection:
        photo = await photos.latest(connection, 1, 1)
    assert photo is not None
    assert photo.view == "choices"
