"""Scenes by words: the price beforehand, one tap to agree, four variants, one to keep."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from PIL import Image

from bot.intents import UnknownBackdrop
from bot.keyboards.callbacks import (
    BackgroundAction,
    Delivery,
    ManageBackground,
    PaintScene,
    SendFile,
    TakeScene,
)
from bot.steps.market_picture import market_picture
from bot.steps.paint import paint
from pipeline.errors import SceneRefusedError, SceneServiceError
from pipeline.markets import load_markets
from pipeline.pictures import COUNT
from storage import account, backdrops, costs, scenes, sellers, tables
from storage.costs import Budget
from storage.jobs import Job, JobKind
from storage.scenes import SceneState
from tests.stands.bot import Person, Stand
from tests.stands.oracle import consult
from tests.stands.pictures import Easel, drawn, hang
from tests.unit.test_chat_photos import photo_of, result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.backdrops import OwnBackdrop
    from tests.stands.server import Message

WORDS = "фон морской берег на закате"
DRAW, CHOOSE = "Нарисовать", "Выберите номер"
GENERATED = b"compositeWithTrainedAlgorithmicMedia"


def saying(person: Person, words: str) -> Message:
    return next(one for one in reversed(person.shown) if words in one.text)


async def offered(stand: Stand, anna: Person, words: str = WORDS) -> Message:
    await anna.say(words)
    await stand.settle()
    return next(one for one in reversed(anna.shown) if DRAW in str(one.buttons))


async def spent(stand: Stand) -> Decimal:
    async with stand.services.database.read() as connection:
        return await costs.spent_today(connection, 1)


async def owns_of(stand: Stand) -> Sequence[OwnBackdrop]:
    async with stand.services.database.read() as connection:
        return await backdrops.of_seller(connection, 1)


async def test_words_become_a_scene_the_product_stands_on(stand: Stand) -> None:
    anna = Person(stand, 1)
    await result(stand, anna)
    easel = hang(stand, Easel())
    offer = await offered(stand, anna)
    assert "«морской берег на закате»" in offer.text
    assert "$0.16" in offer.text
    assert not easel.asked
    await anna.tap(offer, DRAW)
    assert await anna.tap(offer, DRAW) in {"Уже рисую", "Секунду…"}
    await stand.settle()
    assert len(easel.asked) == 1
    assert "морской берег на закате" in easel.asked[0][0]
    assert await spent(stand) == Decimal("0.16")
    sheet = saying(anna, CHOOSE)
    assert sheet.file
    await anna.tap(sheet, "2")
    await anna.tap(sheet, "2")
    await stand.settle()
    (own,) = await owns_of(stand)
    assert (own.title, own.painted) == ("морской берег", "front")
    photo = await photo_of(stand, anna)
    assert photo.wanted_backdrop == f"own:{own.id}"
    assert photo.result_file is not None
    data = await stand.services.files.get(photo.result_file)
    assert GENERATED in data
    with Image.open(io.BytesIO(data)) as picture:
        above = picture.convert("RGB").getpixel((3, 3))
    assert max(abs(a - b) for a, b in zip(above, (160, 100, 40), strict=True)) < 6  # type: ignore[arg-type]  # RGB
    await anna.press(SendFile(photo=photo.id, what=Delivery.FULL).pack(), anna.picture.id)
    await stand.settle()
    assert GENERATED in (anna.picture.file or b"")
    async with stand.services.database.read() as connection:
        seller = await sellers.get(connection, 1)
    etsy = load_markets()["etsy"]
    sold = await market_picture(stand.worker, photo, seller, etsy)
    assert GENERATED in await stand.services.files.get(sold.file)
    await anna.say("белый фон")
    await stand.settle()
    photo = await photo_of(stand, anna)
    assert GENERATED not in await stand.services.files.get(photo.result_file or "")


async def test_the_same_words_cost_nothing_again(stand: Stand) -> None:
    anna = Person(stand, 1)
    await result(stand, anna)
    easel = hang(stand, Easel())
    for words in (WORDS, WORDS, "нарисуй фон: морской берег на закате"):
        await anna.tap(await offered(stand, anna, words), DRAW)
        await stand.settle()
    assert len(easel.asked) == 1
    assert sum(CHOOSE in one.text for one in anna.shown) == 3
    assert await spent(stand) == Decimal("0.16")
    await anna.tap(await offered(stand, anna), "Вид сверху")
    await stand.settle()
    assert len(easel.asked) == 2
    assert "straight from above" in easel.asked[1][0]


async def test_a_place_alone_is_a_background_and_a_thing_is_none(stand: Stand) -> None:
    read = stand.services.grammar.read
    for words in (
        "морской берег на закате",
        "Sunset beach",
        "берег моря",
        "закат на море",
        "beach at dawn",
    ):
        assert read(words).intents == (UnknownBackdrop(words),), words
    assert read("нарисуй мне кухню, утренний свет, 2 окна").intents == (
        UnknownBackdrop("кухню, утренний свет, 2 окна"),
    )
    assert read("нарисуй белый фон").backdrop == "preset:white"
    for words in ("beach towel", "сумка на пляж", "пляжная сумка", "картина море", "море 50 на 70"):
        assert read(words).facts == words
    anna = Person(stand, 1)
    await result(stand, anna)
    hang(stand, Easel())
    wishes = {"wishes": ["scene"], "colour": "", "facts": "", "certainty": "sure"}
    consult(stand, json.dumps(wishes))
    assert (
        "«как будто мы у бабушки в деревне»"
        in (await offered(stand, anna, "как будто мы у бабушки в деревне")).text
    )


async def test_failures_say_so_count_what_was_paid_and_may_be_tried_again(stand: Stand) -> None:
    anna = Person(stand, 1)
    await result(stand, anna)
    paid = SceneServiceError("timed out")
    paid.billed = COUNT
    easel = hang(stand, Easel(SceneRefusedError("moderation"), SceneServiceError("429"), paid))
    offer = await offered(stand, anna)
    for said, cost in (("отказался", "0"), ("не ответил", "0"), ("не ответил", "0.16")):
        await anna.tap(offer, DRAW)
        await stand.settle()
        assert said in anna.last.text
        assert await spent(stand) == Decimal(cost)
    easel.pictures = (b"no picture", b"", drawn()[:900], b"\xff\xd8")
    await anna.tap(offer, DRAW)
    await stand.settle()
    assert "не ответил" in anna.last.text
    assert await spent(stand) == Decimal("0.32")
    easel.pictures = (b"no picture", drawn(1))
    await anna.tap(offer, DRAW)
    await stand.settle()
    sheet = saying(anna, CHOOSE)
    assert "1" in str(sheet.buttons)
    assert await anna.press(TakeScene(scene=5, number=2).pack(), sheet.id)
    assert not await owns_of(stand)


async def test_a_process_that_dies_while_it_draws_neither_pays_twice_nor_keeps_silent(
    stand: Stand,
) -> None:
    anna = Person(stand, 1)
    await result(stand, anna)
    easel = hang(stand, Easel(KeyboardInterrupt()))  # type: ignore[arg-type]  # a death
    offer = await offered(stand, anna)
    services = stand.services
    async with services.database.write() as connection:
        owner = await sellers.get(connection, 1)
    await stand.services.jobs.aclose(seconds=5)
    await anna.tap(offer, DRAW)
    job = Job(JobKind.PAINT, owner.id, {"scene": 1}, id=999)
    with suppress(KeyboardInterrupt):
        await paint(services, job)
    assert await spent(stand) == Decimal("0.16")  # counted before it was asked for
    await paint(services, job)  # started again
    assert len(easel.asked) == 1
    async with services.database.read() as connection:
        scene = await scenes.get(connection, 1)
        told = (await connection.execute(tables.jobs.select())).mappings().all()
    assert scene is not None
    assert scene.state is SceneState.FAILED
    assert any("scene-interrupted" in str(one["payload"]) for one in told)
    assert await spent(stand) == Decimal("0.16")


async def test_limits_hold_before_anything_is_asked(stand: Stand) -> None:
    anna = Person(stand, 1)
    await result(stand, anna)
    easel = hang(stand, Easel())
    offer = await offered(stand, anna)
    for budget in (Budget(seller=Decimal("0.15")), Budget(overall=Decimal("0.15"))):
        object.__setattr__(stand.services, "budget", budget)
        await anna.tap(offer, DRAW)
        await stand.settle()
        assert "закончились" in anna.last.text
    object.__setattr__(stand.services, "budget", Budget())
    rules = replace(stand.services.rules, scenes_a_day=1)
    object.__setattr__(stand.services, "rules", rules)
    await anna.tap(offer, DRAW)
    await stand.settle()
    offer = await offered(stand, anna, "фон горный луг")
    await anna.tap(offer, DRAW)
    await stand.settle()
    assert "закончились" in anna.last.text
    assert len(easel.asked) == 1


async def test_nothing_is_offered_where_nobody_draws_or_nothing_may_go_out(stand: Stand) -> None:
    anna = Person(stand, 1)
    await result(stand, anna)
    await anna.say(WORDS)
    assert "Фона «морской берег на закате» у меня нет" in anna.last.text
    assert DRAW not in str(anna.last.buttons)
    easel = hang(stand, Easel())
    offer = await offered(stand, anna)
    async with stand.services.database.write() as connection:
        await sellers.update(connection, 1, outside=False)
    assert "запретили" in await anna.tap(offer, DRAW)
    await anna.say(WORDS)
    assert DRAW not in str(anna.last.buttons)
    await stand.settle()
    assert not easel.asked


async def test_a_button_asks_for_the_words_and_strangers_get_nothing(stand: Stand) -> None:
    anna, boris = Person(stand, 1), Person(stand, 2)
    await result(stand, anna)
    easel = hang(stand, Easel(price="0"))
    await anna.tap(anna.picture, "Другие фоны")
    await stand.settle()
    await anna.tap(anna.picture, "🎨")
    assert "Опишите место" in anna.last.text
    await anna.say("цена 5 тысяч лет до нашей эры")
    offer = anna.last
    assert "бесплатно" in offer.text
    await boris.press(PaintScene(edit=1).pack(), offer.id)
    await anna.tap(offer, DRAW)
    await stand.settle()
    assert len(easel.asked) == 1
    await boris.press(TakeScene(scene=1, number=1).pack())
    await anna.press(TakeScene(scene=1, number=99).pack())
    await anna.press(TakeScene(scene=10**20, number=1).pack())
    assert not await owns_of(stand)
    assert (await photo_of(stand, anna)).facts == ""
    await anna.tap(saying(anna, CHOOSE), "1")
    (own,) = await owns_of(stand)
    product = ManageBackground(backdrop=own.id, what=BackgroundAction.PRODUCT)
    assert "фон" in (await anna.press(product.pack())).lower()
    assert len(await owns_of(stand)) == 1


async def test_a_market_that_asks_for_it_is_named_and_forget_takes_all(stand: Stand) -> None:
    anna = Person(stand, 1)
    await result(stand, anna)
    hang(stand, Easel())
    await anna.say("для Etsy")
    await stand.settle()
    offer = await offered(stand, anna)
    assert "Etsy просит писать в описании" in offer.text
    await anna.tap(offer, DRAW)
    await stand.settle()
    assert "Etsy просит" in saying(anna, CHOOSE).text
    async with stand.services.database.write() as connection:
        rows = await account.all_rows(connection, 1)
        named = {file.key for file in await account.files_of(connection, 1)}
        assert set(await account.forget(connection, 1)) >= named
        assert await scenes.get(connection, 1) is None
        assert await costs.spent_today(connection) == Decimal("0.16")
    (scene,) = rows["scenes"]
    assert scene["words"] == "морской берег на закате"
    assert {scene["first_file"], scene["sheet_file"]} <= named
