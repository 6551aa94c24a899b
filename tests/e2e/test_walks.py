"""The walks that sellers take most, against the real process: albums, fixing, files, own ways."""

from __future__ import annotations

import asyncio
import base64
import io
import time
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.e2e.test_conversation import corners, has_picture, is_offer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.bot import Bot
    from tests.e2e.seller import Seller
    from tests.stands.captions import Captions
    from tests.stands.server import Message, Served

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.usefixtures("bot"),
]

WHITE = 253


async def result(seller: Seller, photo: bytes, label: str = "Белый") -> Message:
    """Send a photo and put it on a background."""
    before = max((message.id for message in seller.shown), default=0)
    await seller.send_photo(photo)
    await seller.tap(await seller.sees(is_offer, after=before), label)
    return await seller.sees(has_picture, after=before)


async def until(seller: Seller, what: Callable[[], object]) -> None:
    """Wait until something holds of the chat."""
    async with asyncio.timeout(120):
        while not what():
            await seller._telegram.changed.wait()


async def test_an_album_comes_back_as_one_and_is_swapped_in_place(
    seller: Seller, samples: Path
) -> None:
    photos = [(samples / f"{name}.jpg").read_bytes() for name in ("padded-vest", "green-t-shirt")]
    files = [photos[0], b"no picture at all", *photos[1:]]
    await seller.send_album(files, "Хлопок, 950 ₽", as_files=True)
    panel = await seller.sees(lambda m: "вырезано 2" in m.text)
    assert "Получено 3 фото" in panel.text
    await seller.sees(lambda m: "не картинка" in m.text)
    await seller.tap(panel, "Белый")
    done = await seller.sees(lambda m: "Готово: 2 из 3" in m.text)
    items = [message for message in seller.shown if message.album]
    assert len({item.album for item in items}) == 1
    shapes = []
    for item, photo in zip(items, photos, strict=True):
        assert (corners(item) > WHITE).all()
        with Image.open(io.BytesIO(photo)) as sent:
            shapes.append(sent.size)
        height, width = item.pixels.shape[:2]
        assert width / height == pytest.approx(shapes[-1][0] / shapes[-1][1], rel=0.02)
    await until(seller, lambda: items[0].title)
    assert not items[1].text, "one caption for the set"
    await seller.tap(done, "Голубой")
    await until(seller, lambda: all(corners(item)[2] > corners(item)[0] + 20 for item in items))
    assert len([message for message in seller.shown if message.album]) == 2


async def test_thumbnails_of_this_product_then_a_tap_within_a_second(
    seller: Seller, shirt: bytes, telegram: Served
) -> None:
    began = time.monotonic()
    await seller.send_photo(shirt)
    offer = await seller.sees(is_offer)
    swatches = offer.pixels.copy()
    assert "sendChatAction" in [method for at, method in telegram.calls if at > began]
    await seller.sees(lambda m: "Номера подписаны на картинке" in m.text)
    assert (offer.pixels.shape != swatches.shape) or (offer.pixels != swatches).any()
    await seller.tap(offer, "Зелёный")
    shown = await seller.sees(has_picture)
    assert shown.id == offer.id
    red, green, _ = corners(shown)
    assert green > red


async def test_more_transparent_png_full_size_format_and_shadow(
    seller: Seller, shirt: bytes
) -> None:
    shown = await result(seller, shirt)
    await seller.tap(shown, "Ещё")
    await until(seller, lambda: "PNG без фона" in shown.buttons)
    await seller.tap(shown, "PNG без фона")
    png = await seller.sees(lambda m: m.document.endswith(".png"))
    assert png.file is not None
    with Image.open(io.BytesIO(png.file)) as image:
        alpha = np.asarray(image.getchannel("A"))
    assert alpha.min() == 0
    assert alpha.max() == 255
    await seller.tap(shown, "Файлом, без сжатия")
    await seller.sees(lambda m: m.document.endswith(".jpg"))
    await seller.tap(shown, "Формат")
    await until(seller, lambda: any("Квадрат" in text for text in shown.buttons))
    await seller.tap(shown, "Квадрат")
    await until(seller, lambda: shown.pixels.shape[0] == shown.pixels.shape[1])
    assert (corners(shown) > WHITE).all()


async def test_not_this_and_the_cut_out_fixed_by_parts(seller: Seller, shirt: bytes) -> None:
    shown = await result(seller, shirt)
    before = shown.pixels.copy()
    await seller.tap(shown, "Вырезано не то")
    await until(seller, lambda: "Под каким номером" in shown.text)
    assert {"1", "2", "Поправить контур", "Назад"} <= set(shown.buttons)
    await seller.tap(shown, "Поправить контур")
    await until(seller, lambda: "Сейчас выбрано" in shown.text)
    numbers = [text for text in shown.buttons if text.removeprefix("✓ ").isdigit()]
    assert 1 <= len(numbers) <= 15
    said, picture = shown.text, shown.file
    await seller.tap(shown, numbers[0])
    await until(seller, lambda: shown.text != said and shown.file != picture)
    await seller.tap(shown, "Готово")
    await until(seller, lambda: "Вырезано не то" in shown.buttons)
    assert shown.pixels.shape != before.shape or (shown.pixels != before).any()


async def test_a_model_reads_words_and_chooses_by_them(
    seller: Seller, shirt: bytes, captions: Captions
) -> None:
    shown = await result(seller, shirt)
    asked, stood = len(captions.asked), dict(captions.questions)
    reading = {"wishes": ["format=square"], "colour": "", "facts": "", "certainty": "sure"}
    captions.questions["reading"] = reading
    await seller.say("пусть будет ровненько, как у соседки", to=shown)
    await until(seller, lambda: shown.pixels.shape[0] == shown.pixels.shape[1])
    await seller.tap(shown, "Вырезано не то")
    await until(seller, lambda: "Под каким номером" in shown.text)
    captions.questions["verdict"] = {"number": 2, "box": [], "certainty": "sure"}
    await seller.say("воротник")
    await until(seller, lambda: "Вырезано не то" in shown.buttons)
    captions.questions |= stood
    words, choice = captions.asked[asked:]
    assert words["response_format"]["json_schema"]["name"] == "reading"
    assert "image_url" not in str(words)
    assert choice["response_format"]["json_schema"]["strict"]
    picture = choice["messages"][-1]["content"][1]["image_url"]
    assert picture["detail"] == "high"
    with Image.open(io.BytesIO(base64.b64decode(picture["url"].partition(",")[2]))) as tiles:
        assert tiles.width > tiles.height


async def test_words_pick_the_background_and_answers_go_into_the_caption(
    seller: Seller, shirt: bytes
) -> None:
    await seller.send_photo(shirt, words="белый")
    shown = await seller.sees(has_picture)
    assert (corners(shown) > WHITE).all()
    await seller.say("голубой", to=shown)
    await until(seller, lambda: corners(shown)[2] > corners(shown)[0] + 20)


async def test_a_tap_on_a_message_from_before_a_restart(
    seller: Seller, shirt: bytes, bot: Bot
) -> None:
    shown = await result(seller, shirt)
    await bot.kill()
    await bot.start()
    await seller.tap(shown, "Голубой")
    await until(seller, lambda: corners(shown)[2] > corners(shown)[0] + 20)
    assert len([message for message in seller.shown if has_picture(message)]) == 1


async def test_automatic_mode_once_then_no_taps(seller: Seller, shirt: bytes) -> None:
    await seller.say("/background")
    await seller.tap(await seller.sees(lambda m: "Фон по умолчанию" in m.text), "Белый")
    await seller.sees(lambda m: "Фон по умолчанию: Белый" in m.text)
    for _ in range(2):
        before = max(message.id for message in seller.shown)
        await seller.send_photo(shirt)
        assert (corners(await seller.sees(has_picture, after=before)) > WHITE).all()


async def test_an_own_background_named_renamed_and_deleted(seller: Seller) -> None:
    orange = np.full((1200, 1600, 3), (0, 120, 250), np.uint8)
    _, encoded = cv2.imencode(".jpg", orange)
    await seller.say("/mine")
    await seller.tap(await seller.sees(lambda m: "Своих фонов пока нет" in m.text), "свой фон")
    await seller.sees(lambda m: "Пришлите картинку" in m.text)
    await seller.send_photo(encoded.tobytes(), words="Доска")
    await seller.sees(lambda m: "«Доска»" in m.text)
    await seller.say("/mine")
    menu = await seller.sees(lambda m: "Ваши фоны: 1 из 20" in m.text)
    await seller.tap(menu, "Доска")
    await until(seller, lambda: "Переименовать" in menu.buttons)
    await seller.tap(menu, "Переименовать")
    await until(seller, lambda: "Как назвать" in menu.text)
    await seller.say("Стол")
    await seller.sees(lambda m: "переименован" in m.text)
    await seller.say("/mine")
    menu = await seller.sees(lambda m: "Стол" in m.buttons)
    await seller.tap(menu, "Стол")
    await until(seller, lambda: "Удалить" in menu.buttons)
    await seller.tap(menu, "Удалить")
    await until(seller, lambda: "Да, удалить" in menu.buttons)
    await seller.tap(menu, "Да, удалить")
    await until(seller, lambda: "Своих фонов пока нет" in menu.text)
