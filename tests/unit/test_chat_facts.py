"""Facts of a photo by buttons: shown, changed by the words asked for, taken out at a tap."""

from __future__ import annotations

from tests.stands.bot import Person, Stand


async def facts_page(stand: Stand, person: Person, words: str) -> None:
    await person.photo(words=words)
    await stand.settle()
    await person.tap(person.last, "Ещё")
    await person.tap(person.last, "Цена и размер")


async def test_facts_are_shown_changed_and_taken_out(stand: Stand) -> None:
    anna, boris = Person(stand, 1), Person(stand, 2)
    await facts_page(stand, anna, "белый\nкофта, размер 44, 700 руб")
    shown = anna.last
    assert list(shown.buttons) == [
        "Цена: 700 руб",
        "Убрать цену",
        "Размер: 44",
        "Убрать размер",
        "Назад",
    ]
    for data in shown.buttons.values():
        assert "больше нет" in await boris.press(data, shown.id)

    await anna.tap(shown, "Цена: 700")
    assert "Напишите цену" in anna.last.text
    await anna.say("дорого")
    assert "Не могу разобрать" in anna.last.text
    await anna.say("1 900")
    await stand.settle()
    assert "Запомнил" in anna.last.text
    assert stand.scribe.requests[-1].facts == "кофта, размер 44\nцена 1 900"

    await anna.tap(shown, "Убрать размер")
    await stand.settle()
    assert "Указать размер" in shown.buttons
    assert stand.scribe.requests[-1].facts == "кофта\nцена 1 900"

    await anna.tap(shown, "Указать размер")
    await anna.tap(anna.last, "Отмена")
    await anna.say("просто слова")
    await stand.settle()
    assert stand.scribe.requests[-1].facts == "кофта\nцена 1 900\nпросто слова", "no size"

    await anna.tap(shown, "Указать размер")
    await anna.photo()
    await anna.say("46")
    await stand.settle()
    of_first = [one.facts for one in stand.scribe.requests if "кофта" in one.facts]
    assert "46" not in "".join(of_first)
