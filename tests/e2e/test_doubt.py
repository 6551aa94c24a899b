"""What a seller meets where the bot is unsure, where things lie, and where a market is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from tests.e2e.test_conversation import corners, has_picture, is_offer
from tests.e2e.test_walks import WHITE, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.seller import Seller

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.slow,
    pytest.mark.timeout(200),
    pytest.mark.usefixtures("bot"),
]


@pytest.fixture(scope="module")
def boots(samples: Path) -> bytes:
    """A photo of which it is not clear what the product is."""
    return (samples / "brown-boots.jpg").read_bytes()


async def test_a_doubtful_photo_of_an_album_is_named_after_it_and_asked_about(
    seller: Seller, shirt: bytes, boots: bytes
) -> None:
    await seller.send_album([shirt, boots])
    panel = await seller.sees(lambda m: "вырезано 2" in m.text)
    await seller.tap(panel, "Белый")
    done = await seller.sees(lambda m: "Проверьте фото 2:" in m.text)
    assert "Готово: 2 из 2" in done.text
    assert len([message for message in seller.shown if message.album]) == 2
    assert not [text for text in done.buttons if text == "Проверить 1"]
    await seller.tap(done, "Проверить 2")
    asked = await seller.sees(lambda m: "Под каким номером ваш товар" in m.text)
    assert asked.file
    await seller.tap(asked, "1")
    await until(seller, lambda: "Проверить 2" not in done.buttons)


async def test_without_taps_a_doubtful_photo_comes_back_with_the_question_under_it(
    seller: Seller, boots: bytes
) -> None:
    await seller.say("/background")
    await seller.tap(await seller.sees(lambda m: "Фон по умолчанию" in m.text), "Белый")
    await seller.sees(lambda m: "Фон по умолчанию: Белый" in m.text)
    await seller.send_photo(boots)
    shown = await seller.sees(has_picture)
    assert (corners(shown) > WHITE).all()
    await seller.tap(shown, "Это ваш товар?")
    await until(seller, lambda: "Под каким номером" in shown.text)
    await seller.tap(shown, "1")
    await until(seller, lambda: has_picture(shown) and "Это ваш товар?" not in shown.buttons)


async def test_a_photo_without_a_product_says_what_would_help(seller: Seller, shirt: bytes) -> None:
    pixels = cv2.imdecode(np.frombuffer(shirt, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (141, 141)).astype(np.float32)
    photos = {
        "слишком тёмное": np.full((800, 600, 3), 3, np.uint8),
        "почти белое": np.full((800, 600, 3), 254, np.uint8),
        "смазано": cv2.filter2D(pixels, -1, disc / disc.sum()),  # far out of focus
    }
    for words, photo in photos.items():
        before = max((message.id for message in seller.shown), default=0)
        _, encoded = cv2.imencode(".jpg", photo)
        await seller.send_photo(encoded.tobytes())
        told = await seller.sees(lambda m: "Не вижу товара" in m.text, after=before)
        assert words in told.text


async def test_what_lies_is_seen_from_above_until_the_seller_says_that_it_stands(
    seller: Seller, shirt: bytes
) -> None:
    await seller.send_photo(shirt)
    await seller.tap(await seller.sees(is_offer), "Розово-белый")
    shown = await seller.sees(has_picture)

    def floor_line() -> float:
        """Give the largest step of grey levels within 20 rows along the left edge."""
        edge = shown.pixels[:, :8].reshape(shown.pixels.shape[0], -1).mean(axis=1)
        return float(np.abs(edge[20:] - edge[:-20]).max())

    lying = floor_line()
    await seller.tap(shown, "Ещё")
    await until(seller, lambda: "Тень" in shown.buttons)
    await seller.tap(shown, "Тень")
    await until(seller, lambda: any("Товар стоит" in text for text in shown.buttons))
    await seller.tap(shown, "Товар стоит")
    await until(seller, lambda: floor_line() > lying + 10)


async def test_a_market_is_one_choice_and_its_broken_rule_stays_in_sight(
    seller: Seller, shirt: bytes
) -> None:
    await seller.say("/start")
    await seller.tap(await seller.sees(lambda m: "Где я продаю" in m.buttons), "Где я")
    menu = await seller.sees(lambda m: "Wildberries" in m.buttons)
    await seller.tap(menu, "Wildberries")
    await until(seller, lambda: "✓ Wildberries" in menu.buttons or "Wildberries" in menu.text)
    await seller.send_photo(shirt)
    await seller.tap(await seller.sees(is_offer), "Белый")
    shown = await seller.sees(has_picture)
    height, width = shown.pixels.shape[:2]
    assert height / width == pytest.approx(4 / 3, rel=0.02)
    await seller.say("/settings")
    await seller.sees(lambda m: "Площадка: Wildberries" in m.text)
