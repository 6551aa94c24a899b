"""Doubt is not hidden: an album names what to check, automatic mode has the question at hand."""

from __future__ import annotations

import pytest

from tests.stands.bot import Person, Stand
from tests.unit.test_chat_albums import results, send_album, settle
from tests.unit.test_chat_edit_mask import unsure as three_squares
from tests.unit.test_chat_photos import corner

unsure = three_squares


@pytest.mark.usefixtures("unsure")
async def test_an_album_names_its_doubtful_photos(stand: Stand) -> None:
    anna = Person(stand, 1)
    await send_album(anna, 3, bad=[1], words="белый")
    panel = next(shown for shown in anna.shown if "Готово" in shown.text)
    assert "Проверьте фото 1, 3" in panel.text
    assert [label for label in panel.buttons if "Проверить" in label] == [
        "Проверить 1",
        "Проверить 3",
    ]
    boris = Person(stand, 2)
    assert "больше нет" in await boris.press(panel.data("Проверить 3"), panel.id)

    before = [corner(item) for item in results(anna)]
    await anna.tap(panel, "Проверить 3")
    await settle(anna)
    asked = anna.last
    assert "Под каким номером" in asked.text
    assert [corner(item) for item in results(anna)] == before, "the album keeps its pictures"
    await anna.tap(asked, "3")
    await settle(anna)
    assert corner(asked) == [255, 255, 255]
    assert results(anna)[1].file == asked.file, "its place in the album follows"
    assert "Проверьте фото 1:" in panel.text
    assert "Проверить 3" not in panel.buttons

    await anna.tap(panel, "Проверить 1")
    await settle(anna)
    await anna.tap(anna.last, "Назад")
    await settle(anna)
    assert "Проверьте" not in panel.text, "it is right as it is"


@pytest.mark.usefixtures("unsure")
async def test_automatic_mode_has_the_question_under_a_button(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.say("/background")
    await anna.tap(anna.last, "Белый")
    await anna.photo()
    await stand.settle()
    shown = anna.last
    assert corner(shown) == [255, 255, 255]
    await anna.tap(shown, "Это ваш товар?")
    await stand.settle()
    assert "Под каким номером" in shown.text
    await anna.tap(shown, "1")
    await stand.settle()
    assert not any("Это ваш товар" in label for label in shown.buttons)
