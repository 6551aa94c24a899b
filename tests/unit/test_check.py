"""/check against the handlers: the seller's own text by their market's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from bot.texts import Texts
from pipeline.captions.flaws import RULES
from storage import sellers
from tests.stands.bot import Person, Stand, open_stand

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

EDITORS_OWN = {"invented", "language", "alike"}
"""Found by the editor alone, who knows the picture and what was asked."""


@pytest_asyncio.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    async with open_stand(tmp_path) as stand:
        yield stand


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_rule_of_the_linter_has_its_sentence(language: str) -> None:
    keys = {key.removeprefix("flaw-") for key in Texts().keys(language) if key.startswith("flaw-")}
    assert keys == set(RULES) - EDITORS_OWN


async def test_names_what_breaks_the_markets_rules(stand: Stand) -> None:
    seller = Person(stand, 7)
    async with stand.services.database.write() as connection:
        await sellers.meet(connection, 7, language="ru")
        await sellers.prefer(connection, 7, market="wildberries")

    await seller.say("/check Сумка <b>сумка</b>\nХолст, скидка!\n- 900 ₽\n- пишите @shop_ru")

    assert seller.last.text == (
        "Что не подходит по правилам (Wildberries):\n"
        "• Название: слово сумка повторяется слишком часто, можно раз: 1\n"
        "• Название: разметка <b> не сработает, нужен простой текст\n"
        "• Описание: нельзя писать скидка\n"
        "• Пункт 1: цену 900 ₽ писать нельзя\n"
        "• Пункт 2: нельзя ссылки, телефоны, почту и @имена"
    )


async def test_a_good_text_and_no_text(stand: Stand) -> None:
    seller = Person(stand, 8, language="en")

    await seller.say("/check A canvas bag\nTwo long handles.")
    assert seller.last.text == "The text keeps the rules of Telegram."
    await seller.say("/check")
    assert "/check" in seller.last.text


async def test_the_message_replied_to_is_checked(stand: Stand) -> None:
    seller = Person(stand, 9)

    await seller.say("/check", reply_to_message=seller.message(text="Сумка\nЖмите на shop.ru"))

    assert "нельзя ссылки" in seller.last.text
