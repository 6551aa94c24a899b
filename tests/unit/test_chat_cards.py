"""A card from the first tap to the file: templates, claims by buttons and words, formats, a set."""

from __future__ import annotations

import asyncio
import io
import zipfile
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from PIL import Image

from bot import jobs
from bot.cards.choices import SET
from bot.handlers import words
from bot.keyboards.callbacks import (
    CardPage,
    ClaimAction,
    Delivery,
    EditClaims,
    MakeCard,
    MakeCardSet,
    OpenCard,
    OpenCardPage,
    PackForm,
    SendFile,
    SetCardFormat,
)
from bot.steps import card as card_step
from pipeline.cards.templates import load_templates
from pipeline.errors import CaptionServiceError
from pipeline.studio import Studio
from storage import cards, job_rows, sellers, tables
from storage.jobs import RetryLaterError
from tests.stands.bot import Person, Stand, open_stand
from tests.stands.cards import QuickStudio
from tests.stands.model import picture as photo_of
from tests.unit.test_chat_words import picture_of, reply
from tests.unit.test_packs import died

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from storage.cards import CardRecord
    from storage.jobs import Job
    from tests.stands.server import Message

FACTS = "куртка осенняя, подкладка флис, ручная работа, размер 44, 2500 руб"
OFFERED = "Вот какие карточки"


async def offered(
    stand: Stand, words: str = FACTS, language: str = "ru", **values: Any
) -> tuple[Person, Message]:
    """Have a seller with a result, and the cards that it can have in a message of their own."""
    anna = Person(stand, 1, language)
    async with stand.services.database.write() as connection:
        await sellers.get_or_create(connection, anna.id, language=language)
        values = {"default_backdrop": "preset:white", **values}
        await sellers.update(connection, anna.id, **values)
    await anna.photo(words=words)
    await stand.settle()
    await anna.tap(picture_of(anna), "Карточка" if language == "ru" else "Card")
    await stand.settle()
    return anna, anna.last


async def made(stand: Stand, template: str = "hero", **values: Any) -> tuple[Person, Message]:
    anna, shown = await offered(stand, **values)
    await anna.press(MakeCard(photo=1, template=template).pack(), shown.id)
    await stand.settle()
    return anna, shown


async def card_of(stand: Stand) -> CardRecord:
    async with stand.services.database.read() as connection:
        card = await cards.of_photo(connection, 1)
    assert card is not None
    return card


async def claims_of(stand: Stand) -> list[str]:
    return [one["text"] for one in (await card_of(stand)).claims or ()]


def listed(shown: Message) -> list[str]:
    """The claims as the words under the card number them."""
    return [line[3:] for line in shown.text.splitlines() if line[1:3] == ". "]


async def test_templates_then_a_card_in_the_same_message_then_another(stand: Stand) -> None:
    anna, shown = await offered(stand)
    assert shown.kind == "photo"
    assert shown.text.startswith(OFFERED)
    labels = list(shown.buttons)
    assert labels[0].startswith("1 ")
    assert not any("Уход" in label for label in labels), "nothing is known of its care"
    count, thumbnails = len(anna.shown), shown.file
    await anna.press(shown.data("1 "), shown.id)
    await stand.settle()
    assert len(anna.shown) == count, "in place"
    assert shown.file != thumbnails
    assert listed(shown), "its claims stand below it"
    before = shown.file
    await anna.tap(shown, "Другой шаблон")
    await stand.settle()
    assert shown.text.startswith(OFFERED)
    await anna.press(MakeCard(photo=1, template="advantages").pack(), shown.id)
    await stand.settle()
    assert shown.file not in {before, thumbnails}
    kept = {entry.key for entry in await stand.services.files.entries()}
    rows = tables.photos.c
    async with stand.services.database.read() as connection:
        named = (await connection.execute(sa.select(rows.source_file, rows.result_file))).one()
    assert set(named) <= kept
    assert len(kept) <= 5, "no card lies about once it is shown"


async def test_a_second_tap_on_the_result_moves_the_card_below(stand: Stand) -> None:
    anna, first = await made(stand)
    await anna.say("спасибо")
    await anna.tap(picture_of_photo(anna), "Карточка")
    await stand.settle()
    assert anna.last is not first
    assert anna.last.text.startswith(OFFERED)
    assert not first.keyboard, "the old one keeps its picture, not its buttons"


def picture_of_photo(person: Person) -> Message:
    return next(shown for shown in person.shown if "Другая подпись" in shown.buttons)


async def test_claims_by_buttons(stand: Stand) -> None:
    anna, shown = await made(stand)
    before = await claims_of(stand)
    assert len(before) >= 2
    await anna.tap(shown, "Преимущества")
    gone = shown.data("✕")
    picture = shown.file
    await anna.press(gone, shown.id)
    assert await anna.press(gone, shown.id) == "Так уже и есть", "a second tap takes no other"
    await stand.settle()
    assert await claims_of(stand) == listed(shown) == before[1:]
    assert shown.file != picture
    assert any("✕" in label for label in shown.buttons), "the page stays open"

    await anna.tap(shown, "Вернуть")
    await stand.settle()
    assert await claims_of(stand) == listed(shown) == before
    assert "нечего" in await anna.tap(shown, "Вернуть")

    await anna.tap(shown, "Добавить")
    assert "до 24 знаков" in anna.last.text
    await anna.say("капюшон съёмный, тёплая зимняя куртка на каждый день")
    assert "переделываю" in anna.last.text
    assert "слишком длинно" in anna.last.text
    await stand.settle()
    assert listed(shown) == [*before, "Капюшон съёмный"]
    await anna.tap(shown, "Назад")
    assert "Другой шаблон" in str(shown.buttons)


async def test_claims_by_words_and_back(stand: Stand) -> None:
    anna, shown = await made(stand)
    before = await claims_of(stand)
    await anna.say("убери второй")
    told = anna.last
    await stand.settle()
    assert listed(shown) == [before[0], *before[2:]]
    await anna.tap(told, "Вернуть")
    await stand.settle()
    assert listed(shown) == before
    added = ["Молния до верха", "Съёмный капюшон", "Два кармана"]
    await anna.say("добавь: молния до верха, съёмный капюшон, два кармана")
    await anna.say("замени 1 на плотный хлопок")
    await anna.say("название: Куртка на флисе")
    await stand.settle()
    assert listed(shown) == ["Плотный хлопок", *before[1:], *added]
    on_it, spare = shown.text.split("В запасе, на эту карточку не попали:")
    assert "3. " in on_it
    assert "4. " in spare
    assert added[-1] in spare
    assert (await card_of(stand)).title == "Куртка на флисе"
    for _ in range(3):
        await anna.say("верни как было")
    await stand.settle()
    assert listed(shown) == before
    assert (await card_of(stand)).title is None


async def test_a_price_in_words_is_on_the_card_and_taken_back(stand: Stand) -> None:
    anna, shown = await made(stand)
    picture = shown.file
    await anna.say("цена 1990")
    await stand.settle()
    changed = shown.file
    assert changed != picture
    assert "цена 1990" in stand.scribe.requests[-1].facts
    await anna.say("верни как было")
    await stand.settle()
    assert shown.file == picture


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("добавь: пишите @anna_shop", "Контакты и ссылки"),
        ("добавь: размер 52", "не сходится"),
        ("добавь: хит продаж", "не пропускают"),
        ("название: звоните +7 912 345-67-89", "Контакты и ссылки"),
    ],
)
async def test_what_the_review_refuses_is_never_set(stand: Stand, said: str, answer: str) -> None:
    anna, _ = await made(stand, market="wildberries")
    before, drawn = await card_of(stand), len(stand.telegram.calls)
    await anna.say(said)
    await stand.settle()
    assert answer in anna.last.text
    assert not anna.last.keyboard, "there is nothing to take back"
    assert await card_of(stand) == before
    assert len(stand.telegram.calls) <= drawn + 1


async def test_words_about_something_else_stay_what_they_were(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, shown = await made(stand)
    before = await claims_of(stand)
    await anna.say("фон голубой")
    assert "Голубой" in anna.last.text
    await anna.say("добавь тень")
    await anna.say("убери цену")
    assert anna.last.text == "Без цены."
    await stand.settle()
    assert await claims_of(stand) == before
    monkeypatch.setattr(words, "BOUND_SECONDS", -1.0)
    monkeypatch.setattr("bot.handlers.claims.BOUND_SECONDS", -1.0)
    await anna.say("убери второй")
    assert await claims_of(stand) == before, "nobody knows any more what that is about"
    await anna.say("убери второй", reply_to_message=reply(anna, shown))
    assert await claims_of(stand) == [before[0], *before[2:]]


async def test_formats_and_the_file(stand: Stand) -> None:
    anna, shown = await made(stand, market="wildberries")
    assert opened(shown).size[0] < opened(shown).size[1]
    await anna.tap(shown, "Формат")
    assert "✓ Wildberries" in shown.buttons
    await anna.tap(shown, "1:1")
    await stand.settle()
    width, height = opened(shown).size
    assert width == height
    await anna.tap(shown, "Назад")
    await anna.tap(shown, "Файлом")
    await stand.settle()
    assert anna.last.kind == "document"
    assert opened(anna.last).size[0] == opened(anna.last).size[1]


def opened(shown: Message) -> Image.Image:
    assert shown.file is not None
    return Image.open(io.BytesIO(shown.file))


async def test_where_text_is_forbidden_the_card_is_a_further_picture(stand: Stand) -> None:
    anna, shown = await made(stand, market="amazon")
    assert "Amazon запрещает текст на главном фото" in shown.text
    await anna.tap(picture_of_photo(anna), "Набор карточек")
    await stand.settle()
    assert anna.last.text.startswith("Amazon, 2000×2000"), "the main picture is first, without text"
    assert "Amazon запрещает текст" in anna.last.text


async def test_a_set_in_order_then_as_a_zip_with_the_listing(stand: Stand) -> None:
    anna, _ = await offered(stand, market="wildberries", markets=["wildberries"])
    before = {shown.id for shown in anna.shown}
    assert "Собираю набор" in await anna.tap(picture_of_photo(anna), "Набор карточек")
    assert "ещё собирается" in await anna.press(MakeCardSet(photo=1, form=PackForm.PICTURES).pack())
    await stand.settle()
    sent = [shown for shown in anna.shown if shown.id not in before]
    assert [shown.kind for shown in sent] == ["photo"] * (len(sent) - 1) + ["text"]
    lines = sent[-1].text.splitlines()
    assert lines[0] == "Wildberries, 900×1200"
    assert len(lines) == len(sent) - 1 >= 3
    await anna.tap(sent[-1], "ZIP")
    await stand.settle()
    assert anna.last.kind == "document"
    with zipfile.ZipFile(io.BytesIO(anna.last.file or b"")) as archive:
        names = archive.namelist()
    main, listing, *others = names
    assert (main, listing) == ("wildberries-1.jpg", "wildberries-1.txt")
    known = [name for name in SET if name in load_templates().names and name != "care"]
    assert others == [f"wildberries-1-{name}.jpg" for name in known], "in the order of the set"


async def test_a_set_for_no_market_in_particular(stand: Stand) -> None:
    anna, _ = await offered(stand)
    await anna.tap(picture_of_photo(anna), "Набор карточек")
    await stand.settle()
    assert anna.last.text.startswith("Главное фото, ")


async def test_without_a_listing_the_title_is_asked_for(stand: Stand) -> None:
    stand.scribe.error = CaptionServiceError("down")
    anna, shown = await offered(stand, words="")
    assert "нужно название" in shown.text
    await anna.say("название: Куртка на флисе")
    await stand.settle()
    assert "Преимуществ на карточке пока нет" in anna.last.text
    await anna.say("добавь: подкладка флис")
    await stand.settle()
    assert anna.last.text.startswith(OFFERED)


async def test_nobody_touches_the_card_of_another(stand: Stand) -> None:
    anna, shown = await made(stand)
    eve = Person(stand, 2)
    await anna.tap(shown, "Преимущества")
    before = await card_of(stand)
    for data in (
        OpenCard(photo=1),
        MakeCard(photo=1, template="hero"),
        MakeCard(photo=1),
        OpenCardPage(photo=1, page=CardPage.FORMAT),
        SetCardFormat(photo=1, format="square"),
        MakeCardSet(photo=1, form=PackForm.ZIP),
        SendFile(photo=1, what=Delivery.CARD),
        *(EditClaims(photo=1, what=what, claim="00000000") for what in ClaimAction),
    ):
        assert "больше нет" in await eve.press(data.pack(), shown.id)
    await eve.say("убери второй")
    assert await card_of(stand) == before


async def test_forged_taps_are_refused(stand: Stand) -> None:
    anna, shown = await made(stand)
    before = await card_of(stand)
    for data in (
        MakeCard(photo=1, template="no-such"),
        SetCardFormat(photo=1, format="../x"),
        SetCardFormat(photo=1, format="ozon"),
    ):
        assert "больше не работает" in await anna.press(data.pack(), shown.id)
    unknown = EditClaims(photo=1, what=ClaimAction.REMOVE, claim="ffffffff")
    assert await anna.press(unknown.pack(), shown.id) == "Так уже и есть"
    assert await card_of(stand) == before
    await anna.photo()
    await stand.settle()
    assert "больше не работает" in await anna.press(MakeCard(photo=2, template="hero").pack())
    assert "больше нет" in await anna.press(SendFile(photo=2, what=Delivery.CARD).pack())


async def test_a_run_that_died_behind_the_sending_sends_nothing_twice(stand: Stand) -> None:
    await made(stand)
    sent = len(stand.telegram.calls)
    again = jobs.show_card(1, 1, "0" * 64, "key", None)
    await card_step.show_card(stand.services, again)
    assert len(stand.telegram.calls) == sent


async def test_a_card_waits_for_its_listing_but_not_for_ever(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.steps import card_content

    anna = Person(stand, 1)
    await anna.photo(words="белый")
    await stand.settle()
    async with stand.services.database.write() as connection:
        await connection.execute(sa.delete(tables.captions))
        await connection.execute(
            sa.insert(tables.jobs).values(
                kind="describe", seller_id=1, payload={"photo": 1}, state="queued", backlog=0,
                attempts=0, not_before=1e12, created_at=0.0,
            )
        )  # fmt: skip
        photo = await card_content_photo(connection)
    worker = type("Context", (), {"database": stand.services.database})()
    with pytest.raises(RetryLaterError):
        await card_content.wait_for_listing(worker, photo, began=1e12)
    monkeypatch.setattr(card_content, "LISTING_SECONDS", 0.0)
    await card_content.wait_for_listing(worker, photo, began=0.0)


async def card_content_photo(connection: Any) -> Any:
    from storage import photos

    photo = await photos.get(connection, 1)
    assert photo is not None
    return photo


async def test_in_english(stand: Stand) -> None:
    anna, shown = await offered(stand, words="fleece lining, handmade", language="en")
    assert shown.text.startswith("Here are the cards")
    await anna.press(MakeCard(photo=1, template="hero").pack(), shown.id)
    await stand.settle()
    before = listed(shown)
    await anna.say("remove the first")
    await stand.settle()
    assert listed(shown) == before[1:]


async def until(what: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while True:
            if what():
                break
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
async def test_a_kill_within_a_card_loses_and_doubles_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    engine: str,
) -> None:
    """From the photo to the set; what another process takes over is shown once."""
    url = request.getfixturevalue("postgres").new_database() if engine == "postgres" else None
    async with open_stand(tmp_path, url=url) as stand:
        anna, database = Person(stand, 1), stand.services.database
        async with database.write() as connection:
            await sellers.get_or_create(connection, anna.id, language="ru")
            await sellers.update(connection, anna.id, default_backdrop="preset:white")
        await anna.photo(words=FACTS)
        await until(lambda: any("Карточка" in one.buttons for one in anna.shown))
        await anna.tap(picture_of_photo(anna), "Карточка")
        await until(lambda: any(one.text.startswith(OFFERED) for one in anna.shown))
        shown = next(one for one in anna.shown if one.text.startswith(OFFERED))
        await anna.press(MakeCard(photo=1, template="hero").pack(), shown.id)
        await until(lambda: listed(shown))
        before = listed(shown)
        await anna.say("убери второй")
        await until(lambda: listed(shown) == [before[0], *before[2:]])

        drawn = shown.file
        async with database.write() as connection:
            await cards.update(connection, 1, template="advantages")
        job = jobs.draw_card(anna.id, 1)
        async with died(stand, monkeypatch, "_drawn", job, card_step) as number:
            await taken_over(stand, number, partial(card_step.draw_card, stand.worker))
        await until(lambda: shown.file != drawn)

        picture = photo_of(size=64)
        job = jobs.show_card(anna.id, 1, await stand.services.files.put(picture), "another", None)
        async with died(stand, monkeypatch, "show_picture", job, card_step) as number:
            await taken_over(stand, number, partial(card_step.show_card, stand.services))
        assert shown.file == picture
        assert [one.id for one in anna.shown if "Другой шаблон" in one.buttons] == [shown.id]

        await anna.tap(shown, "Набор карточек")
        await until(lambda: "Главное фото, " in anna.last.text)
        groups = [one for one in stand.telegram.calls if type(one).__name__ == "SendMediaGroup"]
        assert len(groups) == 1


async def taken_over(stand: Stand, number: int, step: Callable[[Job], Awaitable[None]]) -> None:
    """Run a job that hangs elsewhere as the process that takes it over does."""
    async with stand.services.database.write() as connection:
        again = await job_rows.start(connection, number)
    assert again is not None
    await step(again)
    async with stand.services.database.write() as connection:
        assert await job_rows.end(connection, again, job_rows.DONE)


async def test_from_a_photo_to_a_set_in_real_type(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QuickStudio, "card", Studio.card)
    monkeypatch.setattr(QuickStudio, "card_thumbnails", Studio.card_thumbnails)
    anna, shown = await made(stand, market="wildberries")
    assert opened(shown).size == (900, 1200)
    before = shown.file
    await anna.say("добавь: капюшон съёмный")
    await stand.settle()
    assert shown.file != before
    await anna.tap(shown, "Набор карточек")
    await stand.settle()
    sizes = [opened(one).size for one in anna.shown if one.kind == "photo"][-2:]
    assert sizes == [(900, 1200)] * 2
