"""A walk through the bot, shown in the documentation as the playground's page shows it.

`make docs/walk` takes the pictures anew. The words and buttons that it met are kept beside them,
and this test holds the bot to them: the documentation cannot drift.
"""

from __future__ import annotations

import os
import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import async_playwright

from playground.chats.people import ANNA
from tests.e2e.bot import Bot
from tests.e2e.seller import Seller
from tests.stands.captions import Captions
from tests.stands.server import Served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

    from tests.stands.server import Message

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "walk"
KEPT = FOLDER / "transcript.txt"
DRAWS = bool(os.environ.get("DRAW_WALK"))
WIDTH = 400
"""Of the page, in CSS pixels."""
SHOW = """([first, id, label]) => {
  for (const item of document.querySelectorAll("#history > *"))
    item.hidden = !item.id || Number(item.id.slice(1)) < first;
  for (const key of document.querySelectorAll(`#m${id} .keys button`))
    if (label && key.innerText.includes(label)) key.style.outline = "3px solid #1c7ed6";
}"""
"""Leaves what came since a message, and frames the button that is tapped next."""


@dataclass
class Walk:
    """One seller's chat, scene by scene; without a page only the words are kept."""

    telegram: Served
    seller: Seller
    page: Page | None
    first: int = 0
    lines: list[str] = field(default_factory=list)

    async def tap(self, message: Message, label: str, scene: str = "") -> None:
        """Tap a button; with ``scene``, keep the chat as it is then, under that name."""
        if scene:
            await self.keep(scene, tapped=(message.id, label))
        await self.seller.tap(message, label)

    async def keep(
        self, scene: str, *, tapped: tuple[int, str] = (0, ""), clear: bool = False
    ) -> None:
        """Keep what the chat shows now; with ``clear`` the next scene begins below it."""
        shown = [
            one
            for one in self.telegram.chats.messages(self.seller.id)
            if one["message_id"] > self.first
        ]
        self.lines.append(f"== {scene}")
        for message in shown:
            who = "bot" if message["from"]["is_bot"] else "seller"
            picture = " [picture]" if "photo" in message else ""
            words = message.get("text") or message.get("caption") or ""
            self.lines.append(f"{who}:{picture} {words}".rstrip())
            rows = message.get("reply_markup", {}).get("inline_keyboard", [])
            for row in rows:
                self.lines.append(f"  | {' | '.join(button['text'] for button in row)} |")
                self.lines += [
                    f"  tap: {button['text']}"
                    for button in row
                    if message["message_id"] == tapped[0] and tapped[1] in button["text"]
                ]
        if self.page is not None:
            await self.page.wait_for_selector(f"#m{shown[-1]['message_id']}")
            await self.page.wait_for_load_state("networkidle")
            await self.page.evaluate(SHOW, [self.first + 1, *tapped])
            height = await self.page.evaluate("document.querySelector('#history').scrollHeight")
            await self.page.set_viewport_size({"width": WIDTH, "height": height + 2})
            await self.page.locator("#history").screenshot(
                path=FOLDER / f"{scene}.jpg", type="jpeg", quality=82
            )
        if clear:
            self.first = shown[-1]["message_id"]


@asynccontextmanager
async def looking(url: str) -> AsyncIterator[Page | None]:
    """Have the page open where pictures are taken: the chat alone, without what moves."""
    if not DRAWS:
        yield None
        return
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = await browser.new_page(
            viewport={"width": WIDTH, "height": 800},
            device_scale_factor=1.5,
            color_scheme="light",
            locale="ru-RU",
        )
        await page.goto(url)
        await page.add_style_tag(content=PLAIN)
        yield page
        await browser.close()


PLAIN = "#head, #composer, #chats, #toast, .typing { display: none !important }"


async def card_and_brand(walk: Walk, seller: Seller, result: Message) -> None:
    """Have a card made of the result, change a claim, and give it the brand's colours."""
    await seller.tap(result, "Карточка")
    card = await seller.sees(lambda m: "Вот какие карточки" in m.text)
    await walk.tap(card, "1 Главная", scene="4a-cards")
    await seller.sees(lambda m: m.id == card.id and "Преимущества на карточке" in m.text)
    before = card.file
    await seller.say("замени 1 на подкладка флис")
    await seller.sees(lambda m: "переделываю карточку" in m.text)
    await seller.sees(lambda m: m.id == card.id and "1. Подкладка флис" in m.text)
    assert card.file != before
    await walk.tap(card, "Фирменный стиль", scene="4b-card")
    brand = await seller.sees(lambda m: "Логотип" in m.buttons)
    await walk.tap(brand, "Цвета")
    await walk.tap(await seller.sees(lambda m: "Море и мята" in m.buttons), "Море и мята")
    await seller.sees(lambda m: m.id == brand.id and "Цвета: Море и мята" in m.text)
    await walk.keep("4c-brand", clear=True)


async def test_the_documented_walk(tmp_path: Path, samples: Path) -> None:
    telegram, captions = Served(samples), Captions()
    await telegram.start()
    await captions.start()
    bot = Bot(tmp_path, telegram, captions)
    await bot.start()
    photo = (samples / "padded-vest.jpg").read_bytes()

    seller = Seller(telegram, ANNA.id)
    async with looking(telegram.url) as page:
        walk = Walk(telegram, seller, page)
        await seller.say("/start")
        await seller.sees(lambda m: "/background" in m.text)
        await walk.keep("1-start", clear=True)

        await seller.send_photo(photo, "Жилет, размер 46, 2 300 ₽")
        offer = await seller.sees(lambda m: any("Голубой" in label for label in m.buttons))
        await walk.tap(offer, "Голубой", scene="2-photo")
        result = await seller.sees(
            lambda m: m.file and m.title and (offer.deleted or m.id == offer.id)
        )
        await walk.keep("3-result")
        before = result.file
        await walk.tap(result, "Розовый круг")
        await seller.sees(lambda m: m.file and m.file != before and m.title)
        await walk.keep("4-swapped", clear=True)
        await card_and_brand(walk, seller, result)

        await seller.say("/settings")
        menu = await seller.sees(lambda m: "Где продаю" in m.buttons)
        await walk.tap(menu, "Фон")
        await walk.tap(await seller.sees(lambda m: "Спрашивать" in str(m.buttons)), "Зелёный")
        menu = await seller.sees(lambda m: "Фон по умолчанию: Зелёный" in m.text)
        await walk.tap(menu, "Где продаю")
        await walk.tap(
            await seller.sees(lambda m: "Amazon" in m.buttons), "Amazon", scene="5-market"
        )
        await seller.sees(lambda m: "Фон по умолчанию: Белый" in m.text)
        await walk.keep("6-settings", clear=True)

        await seller.say("/forget")
        ask = await seller.sees(lambda m: "Да, удалить всё" in m.buttons)
        await walk.tap(ask, "Да, удалить всё", scene="7-forget")
        await seller.sees(lambda m: "Удалил:" in m.text)
        await walk.keep("8-forgotten")

    assert await bot.stop() == 0
    await captions.stop()
    await telegram.stop()
    transcript = "\n".join([*walk.lines, ""])
    if DRAWS:
        KEPT.write_text(transcript)
    assert transcript == KEPT.read_text(), "the documentation is older: make docs/walk"
