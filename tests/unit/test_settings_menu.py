"""/settings: one message, edited in place, for every preference in every language."""

from __future__ import annotations

import pytest

from bot.keyboards.callbacks import OpenSettings, Preference, SetPreference
from bot.keyboards.preferences import SWITCHES
from bot.texts import Texts
from storage import sellers
from tests.stands.bot import Person, Stand

TEXTS = Texts()
MENUS = [what for what in Preference if what not in SWITCHES]


async def stored(stand: Stand, person: Person, what: Preference) -> object:
    async with stand.services.database.read() as connection:
        return getattr(await sellers.get(connection, person.id), what.value)


def said(key: str) -> set[str]:
    """Return a sentence as each catalogue has it."""
    return {TEXTS.forms(one, key)[0] for one in TEXTS.languages if key in TEXTS.keys(one)}


async def test_every_value_can_be_set_in_one_message(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.say("/settings")
    menu = anna.last
    for what in MENUS:
        await anna.press(OpenSettings(what=what).pack(), menu.id)
        values = [data for data in menu.buttons.values() if data.startswith("prefer|")]
        assert len(values) >= 2, what
        for data in values:
            assert await anna.press(data, menu.id) in said("toast-saved")
            code = SetPreference.unpack(data).value
            assert await stored(stand, anna, what) == (code or None)
            assert menu.text.splitlines()[0] in {line.splitlines()[0] for line in said("settings")}
    assert [m.id for m in anna.shown] == [menu.id], "never a second message"


@pytest.mark.parametrize("what", [Preference.EMOJI, Preference.ALBUM])
async def test_a_switch_flips_both_ways(stand: Stand, what: Preference) -> None:
    anna = Person(stand, 1)
    await anna.say("/settings")
    before = await stored(stand, anna, what)
    for _ in range(2):
        data = next(d for d in anna.last.buttons.values() if f"|{what}|" in d)
        await anna.press(data, anna.last.id)
        assert await stored(stand, anna, what) != before
        before = await stored(stand, anna, what)


async def test_the_language_switches_at_once(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.say("/settings")
    await anna.tap(anna.last, "Язык")
    await anna.tap(anna.last, "English")
    assert anna.last.text.startswith("Settings")
    assert "Background" in anna.last.buttons
    await anna.say("/start")
    assert anna.last.text.startswith("Hello")


async def test_automatic_mode_asks_for_a_background_first(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.say("/settings")
    assert "Выключен, пока нет фона" in anna.last.text
    assert "Сначала выберите фон" in await anna.tap(anna.last, "Авто: выключено")
    await anna.tap(anna.last, "Зелёный")
    assert "Фон по умолчанию: Зелёный" in anna.last.text
    assert "Включён, картинка приходит без нажатий" in anna.last.text
    await anna.tap(anna.last, "Авто: включено")
    assert "Автоматический режим: Выключен" in anna.last.text
    assert not await stored(stand, anna, Preference.AUTOMATIC)


@pytest.mark.parametrize(
    ("market", "backdrop", "warned"),
    [
        ("amazon", "preset:blue", True),
        ("kufar", "preset:green", True),
        ("amazon", "preset:white", False),
        ("kufar", "preset:white", False),
        ("wildberries", "preset:blue", False),
        ("amazon", "", False),
    ],
)
async def test_a_market_that_forbids_the_background_is_named(
    stand: Stand, market: str, backdrop: str, *, warned: bool
) -> None:
    anna = Person(stand, 1)
    await anna.say("/settings")
    menu = anna.last
    await anna.press(SetPreference(what=Preference.MARKET, value=market).pack(), menu.id)
    await anna.press(SetPreference(what=Preference.BACKDROP, value=backdrop).pack(), menu.id)
    assert ("Выберите белый" in menu.text) == warned


async def test_the_chosen_value_is_marked_and_the_way_back_is_there(stand: Stand) -> None:
    anna = Person(stand, 1, "en")
    await anna.say("/settings")
    await anna.tap(anna.last, "Margin")
    assert "✓ Usual margin" in anna.last.buttons
    await anna.tap(anna.last, "Back")
    assert anna.last.text.startswith("Settings")
    assert len(anna.shown) == 1


async def test_background_opens_the_same_message_at_the_background(stand: Stand) -> None:
    anna = Person(stand, 1, "en")
    await anna.say("/background")
    assert "Default background" in anna.last.text
    await anna.tap(anna.last, "Green")
    assert "Default background: Green" in anna.last.text
    assert len(anna.shown) == 1


@pytest.mark.parametrize(
    "data",
    [
        SetPreference(what=Preference.LANGUAGE, value="xx").pack(),
        SetPreference(what=Preference.LANGUAGE).pack(),
        SetPreference(what=Preference.TONE, value="rude").pack(),
        SetPreference(what=Preference.BACKDROP, value="own:1").pack(),
        SetPreference(what=Preference.BACKDROP, value="preset:purple").pack(),
        SetPreference(what=Preference.EMOJI, value="maybe").pack(),
        SetPreference(what=Preference.FORMAT).pack(),
        SetPreference(what=Preference.MARKET, value="../../etc").pack(),
    ],
)
async def test_a_forged_or_outdated_value_changes_nothing(stand: Stand, data: str) -> None:
    anna = Person(stand, 1)
    await anna.say("/settings")
    async with stand.services.database.read() as connection:
        before = await sellers.get(connection, anna.id)
    assert "устарела" in await anna.press(data, anna.last.id)
    async with stand.services.database.read() as connection:
        assert await sellers.get(connection, anna.id) == before


async def test_a_tap_on_what_is_set_already_is_answered(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.say("/settings")
    await anna.tap(anna.last, "Поля")
    data = anna.last.data("Обычные поля")
    for _ in range(2):
        assert await anna.press(data, anna.last.id) == "Сохранено"


async def test_a_tap_on_a_message_too_old_to_be_named_is_answered(stand: Stand) -> None:
    anna = Person(stand, 1)
    assert await anna.press(SetPreference(what=Preference.EMOJI, value="0").pack()) == "Сохранено"
    assert not await stored(stand, anna, Preference.EMOJI)
