"""Own backgrounds: sent, named, renamed, deleted, set as default; never mistaken for products."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa

from bot.keyboards.callbacks import BackgroundAction, ManageBackground, OpenPlaces, OpenScenes
from storage import awaited, backdrops, sellers
from storage.awaited import AwaitedKind
from storage.photos import Arrival
from storage.tables import awaited as awaited_table
from tests.stands.bot import Person, Stand
from tests.stands.model import picture
from tests.unit.test_chat_photos import corner, result

ORANGE = picture((250, 120, 0), 1200)


async def send_own(stand: Stand, person: Person, words: str = "") -> None:
    """Open the list and add a background."""
    await person.say("/mine")
    await person.tap(person.last, "Прислать свой фон")
    assert "Пришлите картинку" in person.last.text
    await person.photo(ORANGE, words=words)
    await stand.settle()


async def test_an_own_background_for_a_photo_is_used_at_once_and_kept(stand: Stand) -> None:
    anna = Person(stand, 1)
    shown = await result(stand, anna)
    for label in ("Ещё", "Мои фоны", "Прислать свой фон"):
        await anna.tap(shown, label)
    await anna.photo(ORANGE, words="Доска")
    await stand.settle()
    assert abs(corner(shown)[0] - 250) < 12
    assert abs(corner(shown)[2]) < 12
    assert "✓ Доска" in shown.buttons
    again = await result(stand, anna, "Доска")
    assert corner(again) == corner(shown)


async def test_named_renamed_made_default_and_deleted(stand: Stand) -> None:
    anna = Person(stand, 1)
    await send_own(stand, anna)
    assert "«Мой фон 1»" in anna.last.text
    await send_own(stand, anna, words="Льняная скатерть и ещё слова")
    await anna.say("/mine")
    menu = anna.last
    assert "Ваши фоны: 2 из 20" in menu.text
    assert "Льняная скатерть" in menu.buttons
    await anna.tap(menu, "Мой фон 1")
    await anna.tap(menu, "Переименовать")
    await anna.say("Дерево")
    assert "переименован" in anna.last.text
    await anna.say("/mine")
    menu = anna.last
    await anna.tap(menu, "Дерево")
    await anna.tap(menu, "По умолчанию")
    assert "по умолчанию" in menu.text
    await anna.photo()
    await stand.settle()
    assert abs(corner(anna.picture)[0] - 250) < 12, "without a tap"
    await anna.say("/mine")
    menu = anna.last
    await anna.tap(menu, "Дерево")
    await anna.tap(menu, "Удалить")
    assert "выбран по умолчанию. Удалить его?" in menu.text
    await anna.tap(menu, "Нет, оставить")
    await anna.tap(menu, "Удалить")
    await anna.tap(menu, "Да, удалить")
    assert "1 из 20" in menu.text
    async with stand.services.database.read() as connection:
        assert (await sellers.get(connection, anna.id)).default_backdrop is None


async def test_a_small_background_is_kept_with_a_word_and_a_tiny_one_is_asked_for_again(
    stand: Stand,
) -> None:
    anna = Person(stand, 1)
    await anna.say("/mine")
    await anna.tap(anna.last, "Прислать свой фон")
    await anna.photo(picture((250, 120, 0), 120))
    await stand.settle()
    assert "слишком маленькое" in anna.last.text
    await anna.photo(picture((250, 120, 0), 500))
    await stand.settle()
    assert any("500x500" in message.text for message in anna.shown)
    await anna.say("/mine")
    assert "Ваши фоны: 1 из 20" in anna.last.text


async def test_twenty_are_enough(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.say("/start")
    async with stand.services.database.write() as connection:
        for number in range(20):
            arrival = Arrival(anna.id, anna.id, number, "f", f"Фон {number}")
            own = await backdrops.accept(connection, arrival, backdrops.Purpose())
            await backdrops.keep(connection, own, "a" * 64, 1)
    await anna.say("/mine")
    assert "Прислать свой фон" not in anna.last.buttons
    assert all(len(row) <= 3 for row in anna.last.keyboard)
    await anna.press("own|0")
    await anna.photo()
    await stand.settle()
    assert "На какой фон" in anna.last.text, "the picture is a product"


async def test_cancel_by_command_and_by_button(stand: Stand) -> None:
    anna = Person(stand, 1)
    for by_button in (True, False):
        await anna.say("/mine")
        await anna.tap(anna.last, "Прислать свой фон")
        if by_button:
            await anna.tap(anna.last, "Отмена")
        else:
            await anna.say("/cancel")
        assert "снова приму как товар" in anna.last.text
        await anna.photo()
        await stand.settle()
        assert "На какой фон" in anna.last.text
    await anna.say("/cancel")
    assert "Отменять нечего" in anna.last.text


async def test_after_a_quarter_of_an_hour_a_picture_is_a_product_again(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.say("/mine")
    await anna.tap(anna.last, "Прислать свой фон")
    async with stand.services.database.write() as connection:
        assert await awaited.expected(connection, anna.id, AwaitedKind.BACKDROP)
        until = await connection.scalar(sa.select(awaited_table.c.until))
        assert until is not None
        assert until - time.time() == pytest.approx(15 * 60, abs=60)
        await connection.execute(sa.update(awaited_table).values(until=time.time() - 1))
    await anna.photo()
    await stand.settle()
    assert "На какой фон" in anna.last.text


async def test_a_background_that_was_a_product(stand: Stand) -> None:
    anna = Person(stand, 1)
    await send_own(stand, anna)
    kept = anna.last
    await anna.tap(kept, "Это товар")
    await stand.settle()
    assert "На какой фон" in anna.last.text
    await anna.say("/mine")
    assert "Своих фонов пока нет" in anna.last.text


async def test_a_bad_background_is_asked_for_again(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.say("/mine")
    await anna.tap(anna.last, "Прислать свой фон")
    await anna.photo(b"no picture at all")
    await stand.settle()
    assert "не картинка" in anna.last.text
    await anna.photo(ORANGE)
    await stand.settle()
    assert "Фон сохранён" in anna.last.text


async def test_strangers_do_not_manage_it(stand: Stand) -> None:
    anna, boris = Person(stand, 1), Person(stand, 2)
    await send_own(stand, anna)
    for wish in BackgroundAction:
        if wish is not BackgroundAction.LIST:
            assert "больше нет" in await boris.press(ManageBackground(backdrop=1, what=wish).pack())
    await anna.say("/mine")
    assert "1 из 20" in anna.last.text


async def test_other_backgrounds_are_shown_by_groups_and_picked(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.photo()
    await stand.settle()
    shown = anna.last
    await anna.tap(shown, "Другие фоны")
    await stand.settle()
    assert {"1 Белая студия", "✓ Однотонные"} <= set(shown.buttons)
    await anna.tap(shown, "Назад")
    await stand.settle()
    assert "1 Голубой" in shown.buttons
    await anna.tap(shown, "Другие фоны")
    await stand.settle()
    await anna.tap(shown, "Поверхности")
    await stand.settle()
    await anna.tap(shown, "1 На дубе")
    await stand.settle()
    assert "1 Голубой" in shown.buttons
    await anna.tap(shown, "Другие фоны")
    await stand.settle()
    assert {"✓ Поверхности", "✓ 1 На дубе"} <= set(shown.buttons), "where one is already"
    await anna.tap(shown, "По сезону")
    await stand.settle()
    lately = [label for label, _ in shown.keyboard[0]]
    assert lately == ["✓ На дубе"], "what was used lately comes first"
    assert (
        await anna.press(OpenScenes(photo=1, group="x").pack())
        == "Эта кнопка больше не работает. Начните с /start."
    )


async def test_for_an_album_and_as_the_default_they_are_shown_by_groups_too(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.say("/background")
    menu = anna.last
    assert {"Голубой", "✓ Основные", "Подиумы и свет"} <= set(menu.buttons)
    await anna.tap(menu, "Подиумы и свет")
    assert {"Белый подиум", "✓ Подиумы и свет"} <= set(menu.buttons)
    assert "Голубой" not in menu.buttons
    await anna.tap(menu, "Белый подиум")
    await anna.say("/background")
    assert "✓ Белый подиум" in anna.last.buttons, "opened where it is"
    for album in (0, 1):
        said = await anna.press(OpenPlaces(album=album, group="x").pack())
        assert said, "nothing like it"
