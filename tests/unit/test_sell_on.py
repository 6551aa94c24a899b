"""The one choice "I sell on …": what it sets, how it is taken back, several at once, one photo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from bot.keyboards.callbacks import (
    OpenMarkets,
    OpenPage,
    OpenSettings,
    Page,
    Preference,
    SetOption,
    SetPreference,
    TickMarket,
)
from bot.markets.sell_on import COLUMNS
from pipeline.markets import load_markets
from storage import photos, sellers
from tests.stands.bot import Person, Stand, open_stand

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from storage.photos import PhotoRecord
    from storage.sellers import Seller
    from tests.stands.server import Message


@pytest_asyncio.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    async with open_stand(tmp_path) as stand:
        yield stand


async def prefer(stand: Stand, person: Person, **values: Any) -> None:
    async with stand.services.database.write() as connection:
        await sellers.get_or_create(connection, person.id, language="ru")
        await sellers.update(connection, person.id, **values)


async def stored(stand: Stand, person: Person) -> Seller:
    async with stand.services.database.read() as connection:
        return await sellers.get(connection, person.id)


async def photo_one(stand: Stand) -> PhotoRecord:
    async with stand.services.database.read() as connection:
        photo = await photos.get(connection, 1)
    assert photo is not None
    return photo


def panel_of(anna: Person) -> Message:
    """Return the photo's own message."""
    return next(shown for shown in anna.shown if shown.file is not None)


def columns(seller: Seller) -> dict[str, Any]:
    return {name: getattr(seller, name) for name in COLUMNS}


async def choose(anna: Person, market: str) -> None:
    """Choose by the menu's button, whatever message bears it."""
    await anna.press(SetPreference(what=Preference.MARKET, value=market).pack(), anna.last.id)


async def test_each_market_sets_what_its_file_says_and_none_puts_back_what_was(
    stand: Stand,
) -> None:
    anna = Person(stand, 1)
    own = {
        "format": "square",
        "margin": "wide",
        "caption_length": "long",
        "default_backdrop": "preset:blue",
    }
    await prefer(stand, anna, **own)
    await anna.say("/settings")
    for market in load_markets().values():
        await choose(anna, market.name)
        now = await stored(stand, anna)
        assert now.market == market.name
        wanted = dict(own)
        if market.picture is not None:
            wanted |= {"format": market.name, "margin": "usual"}
        if market.text is not None:
            wanted["caption_length"] = market.text.length
        if market.wants_white:
            wanted["default_backdrop"] = "preset:white"
        assert columns(now) == wanted, market.name
    await choose(anna, "")
    now = await stored(stand, anna)
    assert columns(now) == own
    assert (now.market, now.markets, now.before_market) == (None, None, None)
    assert "Площадка: Не выбрана" in anna.last.text


async def test_what_was_changed_by_hand_since_stays(stand: Stand) -> None:
    anna = Person(stand, 1)
    await prefer(stand, anna, format="square", margin="wide")
    await anna.say("/settings")
    await choose(anna, "amazon")
    await anna.press(
        SetPreference(what=Preference.BACKDROP, value="preset:green").pack(), anna.last.id
    )
    assert "Amazon требует чисто белый" in anna.last.text
    await choose(anna, "")
    now = await stored(stand, anna)
    assert (now.default_backdrop, now.format, now.margin) == ("preset:green", "square", "wide")


async def test_an_own_background_deleted_meanwhile_does_not_come_back(stand: Stand) -> None:
    anna = Person(stand, 1)
    await prefer(stand, anna, default_backdrop="own:77")
    await anna.say("/settings")
    await choose(anna, "amazon")
    await choose(anna, "")
    assert (await stored(stand, anna)).default_backdrop is None


async def test_a_market_that_an_older_version_chose_is_undone_too(stand: Stand) -> None:
    anna = Person(stand, 1)
    await prefer(stand, anna, market="ozon", format="ozon")
    await anna.say("/settings")
    await choose(anna, "")
    assert (await stored(stand, anna)).format == "centred"


async def test_several_are_ticked_and_the_first_is_the_main_one(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.say("/settings")
    await anna.tap(anna.last, "Где продаю")
    await anna.tap(anna.last, "Несколько площадок")
    for title in ("Ozon", "Amazon"):
        await anna.tap(anna.last, title)
        assert f"✓ {title}" in anna.last.buttons
    now = await stored(stand, anna)
    assert (now.market, now.markets, now.format) == ("ozon", ["ozon", "amazon"], "ozon")
    assert now.default_backdrop is None, "Ozon asks for no background"
    assert "сейчас: Ozon" in anna.last.text
    await anna.tap(anna.last, "Ozon")
    now = await stored(stand, anna)
    assert (now.market, now.markets, now.format) == ("amazon", ["amazon"], "amazon")
    assert now.default_backdrop == "preset:white"
    await anna.tap(anna.last, "Amazon")
    now = await stored(stand, anna)
    assert (now.market, now.markets, now.format) == (None, None, "centred")
    assert len(anna.shown) == 1, "all in one message"
    assert "устарела" in await anna.press(TickMarket(market="../etc").pack(), anna.last.id)


async def test_a_markets_page_says_as_of_when_and_from_where(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.say("/settings")
    for market in load_markets().values():
        await choose(anna, market.name)
        await anna.press(OpenSettings(what=Preference.MARKET).pack(), anna.last.id)
        assert f"{market.title('ru')}, правила на {market.as_of.day} " in anna.last.text
        assert market.source in anna.last.text
        assert ("только советую" in anna.last.text) == (not market.is_verified)


async def test_the_question_can_be_asked_below_any_message(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.photo()
    await stand.settle()
    before = len(anna.shown)
    await anna.press(OpenMarkets().pack(), anna.last.id)
    assert len(anna.shown) == before + 1
    assert anna.last.text.startswith("Где вы продаёте?")
    await anna.tap(anna.last, "Kufar" if "Kufar" in anna.last.buttons else "Куфар")
    assert (await stored(stand, anna)).market == "kufar"


async def test_the_first_picture_follows_the_markets_background(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.say("/settings")
    await choose(anna, "amazon")
    await anna.photo()
    await stand.settle()
    photo = await photo_one(stand)
    assert photo.wanted_backdrop == "preset:white"
    assert photo.broken == []
    assert "Amazon" not in panel_of(anna).text


async def test_one_photo_for_another_market_and_mended(stand: Stand) -> None:
    anna = Person(stand, 1)
    await prefer(stand, anna, default_backdrop="preset:blue", margin="wide", format="square")
    await anna.photo()
    await stand.settle()
    shown = panel_of(anna)
    await anna.press(SetOption(photo=1, what=Page.MARKET, value="amazon").pack(), shown.id)
    await stand.settle()
    photo = await photo_one(stand)
    assert (photo.format, photo.wanted_backdrop) == ("amazon", "preset:blue"), "chosen by hand"
    assert photo.drawn is not None
    assert photo.drawn.margin == "usual"
    assert "• Amazon требует чисто белый" in shown.text
    assert stand.scribe.requests[-1].market == "amazon"
    await anna.press(OpenPage(photo=1, page=Page.MAIN).pack(), shown.id)
    await anna.tap(shown, "Белый")
    await stand.settle()
    assert "Amazon требует" not in shown.text
    await anna.press(SetOption(photo=1, what=Page.MARKET).pack(), shown.id)
    await stand.settle()
    photo = await photo_one(stand)
    assert photo.drawn is not None
    assert (photo.drawn.format, photo.drawn.margin) == ("square", "wide"), "as it was before"
    assert shown.text.startswith("Caption 1"), "the post that was there before"


async def test_a_format_by_hand_is_held_against_the_market(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.say("/settings")
    await choose(anna, "ozon")
    await prefer(stand, anna, default_backdrop="preset:white")
    await anna.photo()
    await stand.settle()
    shown = panel_of(anna)
    assert "Ozon" not in shown.text
    await anna.press(SetOption(photo=1, what=Page.FORMAT, value="square").pack(), shown.id)
    await stand.settle()
    said = "Площадка (Ozon) примет и так, но лучше поправить:\n• Ozon просит картинку 3:4"
    assert said in shown.text
    await anna.press(SetPreference(what=Preference.MARKET, value="").pack())
    await anna.press(SetOption(photo=1, what=Page.SHADOW, value="none").pack(), shown.id)
    await stand.settle()
    assert "Ozon" not in shown.text, "no market, no rules"


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_a_caption_and_all_that_is_broken_fit_under_the_picture(
    stand: Stand, language: str
) -> None:
    anna = Person(stand, 1, language)
    await prefer(stand, anna, default_backdrop="preset:blue", language=language)
    await anna.photo()
    await stand.settle()
    shown = panel_of(anna)
    await anna.press(SetOption(photo=1, what=Page.MARKET, value="amazon").pack(), shown.id)
    await stand.settle()
    await anna.press(SetOption(photo=1, what=Page.FORMAT, value="story").pack(), shown.id)
    await stand.settle()
    assert shown.text.count("• ") >= 2
    assert len(shown.text.encode("utf-16-le")) // 2 <= 1024
