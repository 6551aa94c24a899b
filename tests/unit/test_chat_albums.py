"""Albums: one keyboard for all, results as one album in the seller's order, swapped in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.keyboards.callbacks import SetAlbumBackdrop
from storage.tables import albums, photos
from tests.stands.bot import Person, Stand
from tests.stands.model import picture
from tests.unit.test_chat_photos import corner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.stands.server import Message

BAD = b"no picture at all"


async def send_album(
    person: Person, count: int = 3, *, bad: Sequence[int] = (), words: str = "", size: int = 128
) -> None:
    """Send an album in the seller's order; the words stand under its first photo."""
    group = str(person._stand.telegram.chats.next_id())
    for number in range(count):
        data = BAD if number in bad else picture((60 * number, 90, 200), size)
        said = words if number == 0 else ""
        await person.photo(data, media_group_id=group, words=said)
    await settle(person)


async def settle(person: Person) -> None:
    """Wait until the album was gathered and all that came of it."""
    stand = person._stand
    await stand.settle()
    while True:
        async with stand.services.database.read() as connection:
            if not await connection.scalar(sa.select(albums.c.id).where(albums.c.state == "open")):
                break
        await stand.settle()
    await stand.settle()


def results(person: Person) -> list[Message]:
    return [shown for shown in person.shown if shown.file and not shown.keyboard]


async def test_one_keyboard_then_one_album_in_the_sellers_order(stand: Stand) -> None:
    anna = Person(stand, 1)
    await send_album(anna, 4)
    (panel,) = anna.shown
    assert "Получено 4 фото, вырезано 4" in panel.text
    await anna.tap(panel, "Белый")
    await stand.settle()
    items = results(anna)
    assert len(items) == 4
    assert [corner(item) for item in items] == [[255, 255, 255]] * 4
    groups = [c for c in stand.telegram.calls if type(c).__name__ == "SendMediaGroup"]
    assert len(groups) == 1
    assert [item.text.startswith("Caption") for item in items] == [True, False, False, False]
    below = anna.last
    assert below.id > items[-1].id
    assert "Готово: 4 из 4" in below.text
    assert len(anna.shown) == 5, "the question is gone"

    await anna.tap(below, "Голубой")
    await stand.settle()
    assert [item.id for item in results(anna)] == [item.id for item in items], "in place"
    for item in items:
        red, _, blue = corner(item)
        assert blue > red + 20
    assert "✓ 1 Голубой" in anna.last.buttons


async def test_the_order_is_the_sellers_not_that_of_finishing(stand: Stand) -> None:
    anna = Person(stand, 1)
    await send_album(anna, 3)
    await anna.tap(anna.last, "Белый")
    await stand.settle()
    async with stand.services.database.read() as connection:
        query = sa.select(photos.c.message_id, photos.c.album_message_id)
        rows = (await connection.execute(query.order_by(photos.c.message_id))).all()
    items = [row.album_message_id for row in rows]
    assert items == sorted(items)


async def test_a_bad_picture_does_not_stop_the_others(stand: Stand) -> None:
    anna = Person(stand, 1)
    await send_album(anna, 3, bad=[1])
    told = [shown for shown in anna.shown if "не картинка" in shown.text]
    assert len(told) == 1
    panel = next(shown for shown in anna.shown if shown.keyboard)
    assert "вырезано 2" in panel.text, "a broken file is not counted"
    assert "Не получилось: фото 2." in panel.text
    await anna.tap(panel, "Белый")
    await stand.settle()
    assert len(results(anna)) == 2
    assert "Готово: 2 из 3" in anna.last.text
    assert "Не получилось: фото 2." in anna.last.text
    assert "уже на этом фоне" in await anna.tap(anna.last, "Белый")


async def test_an_album_of_nothing_usable_leaves_no_keyboard(stand: Stand) -> None:
    anna = Person(stand, 1)
    await send_album(anna, 2, bad=[0, 1])
    assert len(anna.shown) == 2
    assert not any(shown.keyboard for shown in anna.shown)


async def test_a_tap_before_all_are_cut_out_counts(stand: Stand) -> None:
    anna = Person(stand, 1)
    for _ in range(2):
        await anna.photo(media_group_id="g")
    async with stand.services.database.read() as connection:
        number = await connection.scalar(sa.select(albums.c.id))
    await anna.press(SetAlbumBackdrop(album=number or 0, backdrop="preset:white").pack())
    await settle(anna)
    assert [corner(item) for item in results(anna)] == [[255, 255, 255]] * 2


async def test_the_default_background_needs_no_tap(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.say("/background")
    await anna.tap(anna.last, "Белый")
    await send_album(anna, 3)
    assert [corner(item) for item in results(anna)] == [[255, 255, 255]] * 3


async def test_words_under_one_photo_are_said_of_all(stand: Stand) -> None:
    anna = Person(stand, 1)
    await send_album(anna, 2, words="белый\nлён, 48")
    assert [corner(item) for item in results(anna)] == [[255, 255, 255]] * 2
    await anna.tap(anna.last, "Подпись к каждому")
    await settle(anna)
    assert [request.facts for request in stand.scribe.requests] == ["лён, 48"] * 2


async def test_captions_one_or_each(stand: Stand) -> None:
    anna = Person(stand, 1)
    await send_album(anna, 3)
    await anna.tap(anna.last, "Белый")
    await stand.settle()
    assert len(stand.scribe.requests) == 1
    await anna.tap(anna.last, "Подпись к каждому")
    await stand.settle()
    assert all(item.text.startswith("Caption") for item in results(anna))
    assert len({item.text for item in results(anna)}) == 3
    await anna.tap(anna.last, "Одна подпись на всё")
    await stand.settle()
    assert [bool(item.text) for item in results(anna)] == [True, False, False]


async def test_a_single_photo_of_an_album_has_buttons_of_its_own(stand: Stand) -> None:
    anna = Person(stand, 1)
    await send_album(anna, 3)
    await anna.tap(anna.last, "Белый")
    await stand.settle()
    panel = anna.last
    await anna.tap(panel, "Отдельное фото")
    assert {"1", "2", "3"} <= set(panel.buttons)
    await anna.tap(panel, "2")
    await stand.settle()
    alone = anna.last
    assert "Вырезано не то" in alone.buttons
    await anna.tap(alone, "Зелёный")
    await stand.settle()
    assert corner(alone) != [255, 255, 255]
    items = results(anna)
    assert corner(items[1]) == corner(alone), "its place in the album follows"
    assert corner(items[0]) == [255, 255, 255]


async def test_photos_that_come_late_and_alone(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.photo(media_group_id="g")
    await settle(anna)
    assert "На какой фон" in anna.last.text, "an album of one is a photo"
    late = await anna.photo(media_group_id="g")
    await stand.settle()
    assert anna.last.reply_to == late


@pytest.mark.parametrize("answer", ["Это товары", "Это фоны"])
async def test_an_album_while_a_background_is_awaited_is_asked_about(
    stand: Stand, answer: str
) -> None:
    anna = Person(stand, 1)
    await anna.say("/mine")
    await anna.tap(anna.last, "Прислать свой фон")
    await send_album(anna, 2, size=1200)
    question = anna.last
    assert "Это товары или фоны?" in question.text
    await anna.tap(question, answer)
    await stand.settle()
    await anna.say("/mine")
    kept = {text for text in anna.last.buttons if "Мой фон" in text}
    if answer == "Это фоны":
        assert len(kept) == 2
    else:
        assert not kept
        assert any("Получено 2 фото" in shown.text for shown in anna.shown)
    await anna.photo()
    await stand.settle()
    assert "На какой фон" in anna.last.text, "nothing is awaited any more"


async def test_an_album_has_the_other_backgrounds_by_name(stand: Stand) -> None:
    anna = Person(stand, 1)
    await send_album(anna, 2)
    await settle(anna)
    shown = anna.last
    await anna.tap(shown, "Другие фоны")
    assert {"Белая студия", "✓ Однотонные", "Назад"} <= set(shown.buttons)
    await anna.tap(shown, "Подиумы и свет")
    assert {"Тень листьев", "✓ Подиумы и свет", "Назад"} <= set(shown.buttons)
    await anna.tap(shown, "Назад")
    assert "1 Голубой" in shown.buttons
    assert "Отдельное фото" not in shown.buttons, "nothing is delivered yet"
