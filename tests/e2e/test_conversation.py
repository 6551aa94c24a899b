"""The real bot process, over HTTP: what a seller sends, taps, sees and reads."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image

from playground.api.faults import Fault, FaultKind
from playground.errors import RefusedError
from tests.e2e.seller import Seller
from tests.stands.server import pixels

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.bot import Bot
    from tests.stands.captions import Captions
    from tests.stands.server import Message, Served

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.slow,
    pytest.mark.usefixtures("bot"),
]

PRESETS = ["Голубой", "Градиент", "Зелёный", "Розово-белый", "Розовый круг", "Белый"]


def is_offer(message: Message) -> bool:
    return "На какой фон" in message.text


def has_picture(message: Message) -> bool:
    """Tell a result from the thumbnails that the same message showed before."""
    return bool(message.file and {"Вырезано не то", "Wrong product"} & set(message.buttons))


def has_caption(message: Message) -> bool:
    return has_picture(message) and bool(message.title)


def corners(message: Message) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Mean colour of the picture's upper corners, where no product and no shadow is."""
    pixels = message.pixels
    side = max(4, pixels.shape[0] // 25)
    both = np.concatenate([pixels[:side, :side], pixels[:side, -side:]])
    return np.asarray(both.reshape(-1, 3).mean(axis=0))


async def test_start_greets_in_the_language_of_the_phone(telegram: Served) -> None:
    for number, language, word in ((501, "ru", "Здравствуйте"), (502, "en-GB", "Hello")):
        seller = Seller(telegram, number, language)
        await seller.say("/start")
        assert word in (await seller.sees(lambda m: "/background" in m.text)).text


async def test_photo_to_picture_with_caption_and_a_swap_in_place(
    seller: Seller, captions: Captions, telegram: Served, shirt: bytes
) -> None:
    await seller.send_photo(shirt, words="Хлопок, 950 ₽")
    offer = await seller.sees(is_offer)
    numbered = [f"{number} {title}" for number, title in enumerate(PRESETS, 1)]
    assert list(offer.buttons) == [*numbered, "Мои фоны"]

    await seller.tap(offer, "Голубой")
    result = await seller.sees(has_caption)
    red, _, blue = corners(result)
    assert blue > red + 20, "the picture stands on the blue preset"
    sent = pixels(shirt)
    assert result.pixels.shape[1] / result.pixels.shape[0] == pytest.approx(
        sent.shape[1] / sent.shape[0], rel=0.02
    )
    assert "Хлопок, 950 ₽" in str(captions.requests[-1])

    encoded = telegram.count("getFile")
    await seller.tap(result, "Белый")
    white = await seller.sees(lambda m: has_picture(m) and bool((corners(m) > 253).all()))
    assert white.id == result.id, "swapped in place"
    assert white.text == result.text
    assert telegram.count("getFile") == encoded
    assert len([m for m in seller.shown if has_picture(m)]) == 1


async def test_words_behind_a_photo_give_the_white_picture(seller: Seller, shirt: bytes) -> None:
    await seller.send_photo(shirt)
    await seller.say("белый")
    told = await seller.sees(lambda m: m.text == "Фон «Белый».")
    assert any("Вернуть" in label for label in told.buttons)
    await seller.sees(lambda m: has_picture(m) and bool((corners(m) > 253).all()))


async def result_on_orange(seller: Seller, shirt: bytes) -> Message:
    """Send a photo, then an orange picture as its background."""
    orange = np.full((1200, 1600, 3), (0, 120, 250), np.uint8)
    _, encoded = cv2.imencode(".jpg", orange)
    await seller.send_photo(shirt)
    await seller.tap(await seller.sees(is_offer), "Мои фоны")
    await seller.tap(await seller.sees(lambda m: "Прислать свой фон" in m.buttons), "свой фон")
    await seller.sees(lambda m: "Пришлите картинку" in m.text)
    await seller.send_photo(encoded.tobytes())
    await seller.sees(lambda m: "Фон сохранён" in m.text)
    return await seller.sees(has_picture)


async def test_own_background_is_used_at_once_and_kept(seller: Seller, shirt: bytes) -> None:
    result = await result_on_orange(seller, shirt)
    assert np.abs(corners(result) - (250, 120, 0)).max() < 12
    assert any("Мой фон" in text for text in result.buttons)

    await seller.send_photo(shirt)
    offer = await seller.sees(is_offer, after=result.id)
    await seller.tap(offer, "Мой фон 1")
    again = await seller.sees(has_picture, after=result.id)
    assert np.abs(corners(again) - (250, 120, 0)).max() < 12


async def test_caption_command_writes_a_different_one(
    seller: Seller, shirt: bytes, captions: Captions
) -> None:
    await seller.send_photo(shirt)
    await seller.tap(await seller.sees(is_offer), "Зелёный")
    first = await seller.sees(has_caption)
    earlier, earlier_title = first.text, first.title
    await seller.say("/caption")
    told = await seller.sees(lambda m: bool(m.title) and m.text != earlier)
    assert told.text != earlier
    assert earlier_title in str(captions.requests[-1]), "earlier captions are sent along"
    below = await seller.sees(lambda m: has_caption(m) and m.text != earlier)
    assert below.id == first.id


async def test_preferences_survive_kill_and_restart(seller: Seller, shirt: bytes, bot: Bot) -> None:
    await seller.say("/background")
    menu = await seller.sees(lambda m: "Фон по умолчанию" in m.text)
    await seller.tap(menu, "Зелёный")
    await seller.sees(lambda m: "Зелёный" in m.text)
    await seller.say("/settings")
    menu = await seller.sees(lambda m: "Настройки" in m.text)
    await seller.tap(menu, "Язык")
    await seller.tap(await seller.sees(lambda m: "English" in m.buttons), "English")
    menu = await seller.sees(lambda m: "Settings" in m.text)
    await seller.tap(menu, "Caption tone")
    await seller.tap(await seller.sees(lambda m: "Premium" in m.buttons), "Premium")
    await seller.sees(lambda m: "Caption tone: Premium" in m.text)

    await bot.kill()
    await bot.start()

    await seller.say("/settings")
    menu = await seller.sees(lambda m: "Settings" in m.text, after=menu.id)
    assert "Caption tone: Premium" in menu.text
    assert "Green" in menu.text
    await seller.send_photo(shirt)
    result = await seller.sees(has_picture)
    red, green, _ = corners(result)
    assert green > red, "the default background came without a tap"


async def test_an_accepted_photo_survives_kill(bot: Bot, seller: Seller, shirt: bytes) -> None:
    await seller.send_photo(shirt)
    offer = await seller.sees(is_offer)
    await seller.tap(offer, "Голубой")
    await bot.kill()
    await bot.start()
    await seller.sees(has_picture)
    assert len([m for m in seller.shown if has_picture(m)]) == 1


async def test_an_update_delivered_twice_is_one_photo(
    bot: Bot, seller: Seller, shirt: bytes, telegram: Served
) -> None:
    telegram.chats.updates.twice = 1
    await seller.send_photo(shirt)
    await seller.sees(is_offer)
    await bot.kill()  # the offset of the last batch may not have been confirmed yet
    await bot.start()
    await seller.say("/start")
    await seller.sees(lambda m: "/background" in m.text)
    assert telegram.chats.updates.twice == 0
    assert len([m for m in seller.shown if is_offer(m)]) == 1


async def test_caption_service_down_leaves_one_honest_line(
    seller: Seller, shirt: bytes, captions: Captions
) -> None:
    captions.up = False
    try:
        await seller.send_photo(shirt)
        await seller.tap(await seller.sees(is_offer), "Белый")
        told = await seller.sees(lambda m: m.file is None and "не отвечает" in m.text)
        assert "down" not in told.text
        assert "400" not in told.text
        await seller.sees(lambda m: has_picture(m) and not is_offer(m) and not m.text)
    finally:
        captions.up = True


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"just text, no picture", "photo.jpg", "не картинка"),
        (b"a,b\n1,2\n", "prices.csv", "Пришлите фото товара"),
        (None, "cut.jpg", "повреждён"),
    ],
)
async def test_bad_files_get_one_clear_sentence(
    seller: Seller, shirt: bytes, data: bytes | None, name: str, words: str
) -> None:
    await seller.send_file(data or shirt[: len(shirt) // 2], name)
    await seller.sees(lambda m: words in m.text)
    await asyncio.sleep(0.2)
    assert len(seller.shown) == 1


async def test_refusals_of_telegram_are_waited_out(
    seller: Seller, shirt: bytes, telegram: Served
) -> None:
    for kind in (FaultKind.TOO_MANY, FaultKind.REFUSED, FaultKind.SERVER_ERROR):
        refusal = RefusedError("Bad Gateway", 502)
        telegram.server.faults.add(Fault(kind, ("sendPhoto",), seconds=1, refusal=refusal))
    await seller.send_photo(shirt)
    await seller.tap(await seller.sees(is_offer), "Белый")
    await seller.sees(has_picture)
    assert len([m for m in seller.shown if has_picture(m)]) == 1


async def test_a_file_from_an_iphone(seller: Seller, shirt: bytes) -> None:
    pillow_heif.register_heif_opener()
    file = io.BytesIO()
    with Image.open(io.BytesIO(shirt)) as picture:
        picture.save(file, format="HEIF", quality=90)
    await seller.send_file(file.getvalue(), "IMG_0001.HEIC")
    await seller.tap(await seller.sees(is_offer), "Белый")
    result = await seller.sees(has_picture)
    assert (corners(result) > 253).all()


async def test_a_file_that_telegram_does_not_hand_out(seller: Seller, shirt: bytes) -> None:
    await seller.send_file(shirt, "big.png", size=21 * 1024 * 1024)
    told = await seller.sees(lambda m: "20 МБ" in m.text)
    assert not told.buttons


async def test_sellers_see_only_their_own(
    seller: Seller, telegram: Served, shirt: bytes, numbers: Callable[[], int]
) -> None:
    result = await result_on_orange(seller, shirt)
    theirs = next(data for text, data in result.buttons.items() if "Мой фон" in text)

    stranger = Seller(telegram, numbers())
    await stranger.send_photo(shirt)
    own_offer = await stranger.sees(is_offer)

    async def toast(data: str) -> str:
        """Send a button's data and return what the tap is answered."""
        tap = await stranger.press(own_offer, data)
        async with asyncio.timeout(20):
            while tap not in telegram.toasts:
                await telegram.changed.wait()
        return telegram.toasts[tap]

    assert "больше нет" in await toast(theirs), "not their photo"

    mine = next(data for text, data in own_offer.buttons.items() if "Белый" in text)
    photo = mine.split("|")[1]
    backdrop = theirs.rsplit("|", 1)[1]
    for forged in (backdrop, "own:x", "nonsense"):
        assert "Этого фона больше нет" in await toast(f"place|{photo}|{forged}")
    assert not [m for m in stranger.shown if has_picture(m)]
    await stranger.tap(own_offer, "Белый")
    await stranger.sees(has_picture)


async def test_a_cancelled_background_leaves_the_next_photo_a_product(
    seller: Seller, shirt: bytes
) -> None:
    await seller.say("/background")
    menu = await seller.sees(lambda m: "Фон по умолчанию" in m.text)
    await seller.tap(menu, "свой фон")
    asked = await seller.sees(lambda m: "Пришлите картинку" in m.text)
    await seller.tap(asked, "Отмена")
    await seller.sees(lambda m: "снова приму как товар" in m.text)
    await seller.send_photo(shirt)
    await seller.sees(is_offer)


async def test_what_is_no_photo_gets_a_helpful_sentence(seller: Seller) -> None:
    await seller.say("сколько стоит?")
    await seller.sees(lambda m: "/help" in m.text)
