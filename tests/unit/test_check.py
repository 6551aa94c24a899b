"""/check against the handlers: the seller's own text by their market's rules."""

from __future__ import annotations

import asyncio
import gc
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from bot.texts import Texts
from pipeline.captions.flaws import RULES
from storage import sellers
from tests.stands.adversarial import texts
from tests.stands.bot import Person, Stand, open_stand

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterator
    from pathlib import Path

EDITORS_OWN = {"invented", "language", "alike"}
"""Found by the editor alone, who knows the picture and what was asked."""
STALL_SECONDS = 0.02
TRIES = 4
"""A rule that is slow is slow each time; the clock of a busy machine is not."""
MAX_MESSAGE = 4096


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
        await sellers.get_or_create(connection, 7, language="ru")
        await sellers.update(connection, 7, market="wildberries")

    await seller.say("/check Сумка <b>сумка</b>\nХолст, скидка!\n- 900 ₽\n- пишите @shop_ru")

    assert seller.last.text == (
        "Что не подходит по правилам (Wildberries):\n"
        "• Название: разметка <b> не сработает, нужен простой текст\n"
        "• Пункт 2: нельзя ссылки, телефоны, почту и @имена\n"
        "Площадка (Wildberries) примет и так, но лучше поправить:\n"
        "• Название: слово сумка повторяется слишком часто, можно раз: 1\n"
        "• Описание: нельзя писать скидка\n"
        "• Пункт 1: цену 900 ₽ писать нельзя"
    )


async def test_a_good_text_and_no_text(stand: Stand) -> None:
    seller = Person(stand, 8, language="en")

    await seller.say("/check A canvas bag\nTwo long handles.")
    assert seller.last.text == "The text meets the rules of Telegram."
    await seller.say("/check")
    assert "/check" in seller.last.text


async def test_the_message_replied_to_is_checked(stand: Stand) -> None:
    seller = Person(stand, 9)

    await seller.say("/check", reply_to_message=seller.message(text="Сумка\nЖмите на shop.ru"))

    assert "нельзя ссылки" in seller.last.text


@contextmanager
def no_old_garbage() -> Iterator[None]:
    """Spare the collector what was there before, as the bot does; here it is all of pytest."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


async def longest_stall(work: Coroutine[object, object, object]) -> float:
    """Return the most seconds of the processor between two turns of the loop.

    They are the whole process's: what a thread computes without letting go of the interpreter
    keeps the loop waiting too. What others on the machine take does not count.
    """
    task = asyncio.ensure_future(work)
    longest, turned = 0.0, time.process_time()
    while not task.done():
        await asyncio.sleep(0)
        turned, before = time.process_time(), turned
        longest = max(longest, turned - before)
    await task
    return longest


@pytest.mark.no_cover  # a tracer would be timed with the rules
@pytest.mark.timeout(300)
@pytest.mark.parametrize("market", ["telegram", "wildberries", "amazon"])
async def test_no_text_keeps_the_loop_from_turning(stand: Stand, market: str) -> None:
    seller = Person(stand, 10, language="en")
    async with stand.services.database.write() as connection:
        await sellers.get_or_create(connection, 10, language="en")
        await sellers.update(connection, 10, market=market)
    await seller.say("/check A canvas bag")
    known = "Red shirt\nCotton" + "  a" * 60 + " Z."
    stalls: dict[str, float] = {}
    with no_old_garbage():
        for text in (
            known,
            *(one for one in texts(MAX_MESSAGE - len("/check ")) if "\ud83d" not in one),
        ):
            for _ in range(TRIES):
                before = len(seller.shown)
                stalls[text[:60]] = await longest_stall(seller.say(f"/check {text}"))
                assert len(seller.shown) == before + 1
                if stalls[text[:60]] < STALL_SECONDS:
                    break
    worst = max(stalls, key=lambda text: stalls[text])
    assert stalls[worst] < STALL_SECONDS, (worst, stalls[worst], sorted(stalls.values())[-10:])
