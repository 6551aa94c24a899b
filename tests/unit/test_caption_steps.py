"""Captions in the chat: streamed, paid once, within a budget, in a market's own parts."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
import sqlalchemy as sa
from aiogram.exceptions import TelegramBadRequest, TelegramNetworkError
from aiogram.methods import EditMessageCaption, TelegramMethod

from bot.steps import streaming_caption
from bot.steps.streaming_caption import StreamingCaption
from pipeline.captions import Caption, Length, Listing, Request, Seen, Spending, telegram_html
from pipeline.errors import CaptionServiceError
from storage import captions, costs, sellers
from storage.costs import Budget
from storage.tables import caption_costs
from tests.stands.bot import Person, Stand, open_stand

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

SEEN = Seen(product="", colour="", material="", details=(), text="")
CENT = Decimal("0.01")


def listing(title: str, *told: str, contradictions: tuple[str, ...] = ()) -> Listing:
    return Listing(
        seen=SEEN, unknown=(), contradictions=contradictions, title=title,
        description=" ".join(told), bullets=("Один", "Два"), call_to_action="Пишите.",
        keywords=("ключ", "слово"),
    )  # fmt: skip


class Writer:
    """A describer that writes one sentence after another, each caption for a cent."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.error: CaptionServiceError | None = None
        self.pause = 0.0
        self.contradictions: tuple[str, ...] = ()

    async def describe(
        self, request: Request, watch: Callable[[Listing], None] | None = None
    ) -> Caption:
        self.requests.append(request)
        number = len(self.requests)
        told = [f"Предложение {number}.{part}." for part in range(3)]
        whole = listing(f"Вещь {number}", *told, contradictions=self.contradictions)
        for end in range(1, 4):
            if watch is not None:
                watch(whole.model_copy(update={"description": " ".join(told[:end])}))
            await asyncio.sleep(self.pause)
        spent = (Spending("gpt-4o", 900, 0, 100, CENT),)
        if self.error is not None:
            self.error.spent = spent
            raise self.error
        return Caption(whole, "gpt-4o", spent)

    async def aclose(self) -> None:
        """Nothing is held."""


@pytest_asyncio.fixture
async def stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stand]:
    monkeypatch.setattr(streaming_caption, "PAUSE_SECONDS", 0.01)
    async with open_stand(tmp_path) as stand:
        object.__setattr__(stand.services, "describer", Writer())
        yield stand


@pytest.fixture
def writer(stand: Stand) -> Writer:
    assert isinstance(stand.services.describer, Writer)
    return stand.services.describer


@pytest.fixture
def seller(stand: Stand) -> Person:
    return Person(stand, 7)


def limit(stand: Stand, **budget: Decimal) -> None:
    object.__setattr__(stand.services, "budget", Budget(**budget))


async def prefer(stand: Stand, seller: Person, **values: Any) -> None:
    async with stand.services.database.write() as connection:
        await sellers.get_or_create(connection, seller.id, language="ru")
        await sellers.update(connection, seller.id, **values)


async def spent(stand: Stand, seller: Person | None = None) -> Decimal:
    async with stand.services.database.read() as connection:
        return await costs.spent_today(connection, None if seller is None else seller.id)


async def placed(stand: Stand, seller: Person, words: str = "") -> None:
    """Send a photo and have it put on a background: its caption is written."""
    await prefer(stand, seller, default_backdrop="preset:white", automatic=True)
    await seller.photo(words=words)
    await stand.settle()


async def test_each_caption_knows_its_cost(stand: Stand, seller: Person) -> None:
    await placed(stand, seller)

    async with stand.services.database.read() as connection:
        [row] = (await connection.execute(sa.select(caption_costs))).mappings()
    assert row["model"] == "gpt-4o"
    assert (row["tokens_in"], row["tokens_out"], row["microdollars"]) == (900, 100, 10_000)
    assert row["seller_id"] == seller.id
    async with stand.services.database.read() as connection:
        [caption] = await captions.of_photo(connection, 1)
    assert row["caption_id"] == caption.id
    figures = stand.services.metrics.expose(())
    assert b'vitrina_caption_tokens_total{model="gpt-4o",way="in"} 900.0' in figures
    assert b'vitrina_caption_cost_dollars_total{model="gpt-4o"} 0.01' in figures


async def test_the_same_again_costs_nothing(stand: Stand, seller: Person, writer: Writer) -> None:
    await placed(stand, seller, "Лён")
    await placed(stand, seller, "Лён")

    assert len(writer.requests) == 1
    assert await spent(stand) == CENT
    assert sum("Вещь 1" in message.text for message in seller.shown) == 2


async def test_other_words_or_another_seller_are_not_the_same(
    stand: Stand, seller: Person, writer: Writer
) -> None:
    await placed(stand, seller, "Лён")
    await placed(stand, seller, "Шерсть")
    await placed(stand, Person(stand, 8), "Лён")

    assert len(writer.requests) == 3


async def test_another_version_is_another_one(stand: Stand, seller: Person, writer: Writer) -> None:
    await placed(stand, seller)
    await seller.say("/caption")
    await stand.settle()

    assert len(writer.requests) == 2
    assert len(writer.requests[1].earlier) == 1


async def test_a_tone_that_was_there_before_is_brought_back(
    stand: Stand, seller: Person, writer: Writer
) -> None:
    await placed(stand, seller)
    await prefer(stand, seller, tone="plain")
    await seller.say("/caption")
    await stand.settle()
    await prefer(stand, seller, tone="selling")
    await seller.say("/caption")
    await stand.settle()
    assert len(writer.requests) == 2
    assert "Вещь 1" in seller.last.text

    await seller.say("/caption")
    await stand.settle()
    assert len(writer.requests) == 3, "who has it before them wants another one"


async def test_a_spent_budget_is_said_plainly(stand: Stand, seller: Person, writer: Writer) -> None:
    limit(stand, seller=CENT)
    await placed(stand, seller)
    await placed(stand, seller, "Другое")

    assert len(writer.requests) == 1
    assert any("На сегодня подписи закончились" in message.text for message in seller.shown)
    await placed(stand, Person(stand, 8))
    assert len(writer.requests) == 2, "the other seller has a budget of their own"


async def test_the_overall_budget_holds_for_all(
    stand: Stand, seller: Person, writer: Writer
) -> None:
    limit(stand, overall=CENT)
    await placed(stand, seller)
    await placed(stand, Person(stand, 8))

    assert len(writer.requests) == 1


async def test_a_failed_attempt_is_paid_and_counted(
    stand: Stand, seller: Person, writer: Writer
) -> None:
    writer.error = CaptionServiceError("two bad answers")
    await placed(stand, seller)

    assert await spent(stand, seller) == CENT


async def test_who_is_forgotten_leaves_only_sums(stand: Stand, seller: Person) -> None:
    await placed(stand, seller)

    async with stand.services.database.write() as connection:
        await costs.forget(connection, seller.id)

    async with stand.services.database.read() as connection:
        assert set(await connection.scalars(sa.select(caption_costs.c.seller_id))) == {0}
    assert await spent(stand, seller) == CENT, "the day's budget goes on"
    assert await spent(stand) == CENT


async def test_contradictions_are_a_note_beside_the_caption(
    stand: Stand, seller: Person, writer: Writer
) -> None:
    writer.contradictions = ("Вы пишете «синяя», на фото <красная>.",)
    await placed(stand, seller, "синяя")

    [note] = [m for m in seller.shown if "в ваших словах разное" in m.text]
    assert "• Вы пишете «синяя», на фото <красная>." in note.text
    assert all("синяя" not in m.text for m in seller.shown if m.id != note.id)


async def test_a_markets_listing_comes_in_parts_to_copy(
    stand: Stand, seller: Person, writer: Writer
) -> None:
    await prefer(stand, seller, market="wildberries", caption_length="short")
    await placed(stand, seller)

    assert writer.requests[0].market == "wildberries"
    assert writer.requests[0].length is Length.SHORT
    card = (
        "Wildberries\nНазвание\nВещь 1\n"
        "Описание\nПредложение 1.0. Предложение 1.1. Предложение 1.2.\n"
        "Ключевые слова\nключ, слово"
    )
    assert [m.text for m in seller.shown].count(card) == 1


async def test_a_market_without_rules_for_texts_has_a_post(
    stand: Stand, seller: Person, writer: Writer
) -> None:
    await prefer(stand, seller, market="kufar")
    await placed(stand, seller)

    assert writer.requests[0].market == "telegram"


# Growing


class Wall:
    """A place that a text is put in; it may refuse."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.error: Exception | None = None
        self.there = True
        self.seconds = 0.0

    async def __call__(self, text: str) -> bool:
        await asyncio.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        if self.there:
            self.texts.append(text)
        return self.there


def grown(*parts: str) -> Listing:
    return listing("Вещь", *parts)


async def test_a_text_is_seen_to_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming_caption, "PAUSE_SECONDS", 0.01)
    wall = Wall()
    async with StreamingCaption(wall) as growth:
        for end in range(1, 4):
            growth(grown(*["Слово."] * end))
            await asyncio.sleep(0.05)

    assert wall.texts == [telegram_html(grown(*["Слово."] * end)) for end in range(1, 4)]
    assert growth.shown


async def test_no_more_than_one_edit_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming_caption, "PAUSE_SECONDS", 0.2)
    wall = Wall()
    async with StreamingCaption(wall) as growth:
        for end in range(1, 30):
            growth(grown(*["Слово."] * end))
            await asyncio.sleep(0.01)

    assert 1 <= len(wall.texts) <= 3


async def test_a_result_that_is_not_there_yet_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streaming_caption, "PAUSE_SECONDS", 0.01)
    wall = Wall()
    wall.there = False
    async with StreamingCaption(wall) as growth:
        growth(grown("Раз."))
        await asyncio.sleep(0.05)
        assert not growth.shown
        wall.there = True
        growth(grown("Раз.", "Два."))
        await asyncio.sleep(0.05)

    assert wall.texts == [telegram_html(grown("Раз.", "Два."))]


@pytest.mark.parametrize("kind", [TelegramBadRequest, TelegramNetworkError])
async def test_a_refused_edit_ends_the_showing_not_the_writing(
    kind: type[TelegramBadRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming_caption, "PAUSE_SECONDS", 0.01)
    wall = Wall()
    edit: TelegramMethod[Any] = EditMessageCaption()
    wall.error = kind(edit, "no")
    async with StreamingCaption(wall) as growth:
        growth(grown("Раз."))
        await asyncio.sleep(0.05)
        wall.error = None
        growth(grown("Раз.", "Два."))
        await asyncio.sleep(0.05)

    assert wall.texts == []


async def test_an_edit_on_its_way_is_over_before_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streaming_caption, "PAUSE_SECONDS", 0.01)
    wall = Wall()
    wall.seconds = 0.2
    async with StreamingCaption(wall) as growth:
        growth(grown("Раз."))
        await asyncio.sleep(0.05)
    before = list(wall.texts)
    await asyncio.sleep(0.3)

    assert wall.texts == before == [telegram_html(grown("Раз."))]
    assert growth.shown
