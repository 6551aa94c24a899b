"""`vitrina try` in a real browser: what a newcomer does in the first two minutes."""

from __future__ import annotations

import asyncio
import base64
import io
import os
import shutil
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import async_playwright

from playground.chats.entities import marked
from playground.chats.people import ANNA, GROUP
from playground.serving import serving
from tests.e2e.bot import START_SECONDS
from tests.e2e.test_editor_page import violations

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from numpy.typing import NDArray
    from playwright.async_api import Locator, Page

    from playground.chats.history import Chats
    from playground.serving import Playground

CHROMIUM = shutil.which("chromium") or ""
ANSWER_MS: Final = 90_000
PHONE: Final = {"width": 390, "height": 800}
WIDE: Final = {"width": 1280, "height": 900}
BLUE: Final = (150, 185, 225)
"""RGB of the blue background, as it stands in its corners."""
ORANGE: Final = (250, 120, 0)

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine")


@pytest_asyncio.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    """The page on a phone's screen, with the bot behind it."""
    kept = {name: value for name, value in os.environ.items() if name != "BOT_TOKEN"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "vitrina", "try", "--port", "0", "--no-browser",
        cwd=tmp_path, env=kept | {"PYTHONUNBUFFERED": "1"}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            said = (await process.stdout.readline()).decode()
        url = next(word for word in said.split() if word.startswith("http"))
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox"]
            )
            page = await browser.new_page(viewport=PHONE, locale="ru-RU")  # type: ignore[arg-type]  # a TypedDict of these two
            page.set_default_timeout(ANSWER_MS)
            broken: list[str] = []
            page.on("pageerror", lambda error: broken.append(str(error)))
            await page.goto(url)
            await page.wait_for_function(
                "document.querySelector('#head .who span')?.innerText === 'бот'"
            )
            yield page
            await browser.close()
            assert not broken
    finally:
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(60):
            assert await process.wait() == 0


def decoded(data: bytes) -> NDArray[np.int16]:
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    return np.asarray(pixels, np.int16)


async def shown(page: Page) -> NDArray[np.int16]:
    """Return the last picture of the chat, (h, w, 3) RGB."""
    image = page.locator(".item:not(.mine) .photos img").last
    answer = await page.request.get(page.url.rstrip("/") + str(await image.get_attribute("src")))
    return decoded(await answer.body())


async def edit(page: Page) -> None:
    """Tap the product in the editor, turn it and send it: the chat has what was seen."""
    last = page.locator(".item:not(.mine) .photos img").last
    before = await last.get_attribute("src")
    was = await shown(page)
    await page.click(".keys button:has-text('Поправить пальцем')")
    editor = page.frame_locator("#app iframe")
    await editor.locator("html[data-ready]").wait_for()
    async with page.expect_response(lambda answer: answer.url.endswith("/touch")):
        await editor.locator("#stage").click()
    async with page.expect_response(lambda answer: answer.url.endswith("/preview")):
        await editor.locator("#tab-place").click()
    async with page.expect_response(
        lambda answer: (
            answer.url.endswith("/preview") and '"turn":20' in (answer.request.post_data or "")
        )
    ) as preview:
        await editor.get_by_role("slider", name="Поворот").fill("20")
    asked = (await preview.value).request
    headers = {"Authorization": asked.headers["authorization"], "Content-Type": "application/json"}
    again = await page.request.post(asked.url, data=asked.post_data or "", headers=headers)
    seen = decoded(await again.body())
    await page.click("#app .main")
    await page.wait_for_selector(f".item:not(.mine) .photos img[src='{before}']", state="detached")
    size = seen.shape[1], seen.shape[0]
    now = cv2.resize((await shown(page)).astype(np.uint8), size, interpolation=cv2.INTER_AREA)
    then = cv2.resize(was.astype(np.uint8), size, interpolation=cv2.INTER_AREA)
    assert np.abs(seen - now).mean() < 3, "what was seen is what was sent"
    assert np.abs(seen - then).mean() > 6, "it was turned"


async def test_a_photo_in_a_preset_tapped_and_the_rest(page: Page, samples: Path) -> None:
    await page.set_input_files("#picker", samples / "green-t-shirt.jpg")
    await page.click("#composer .send")
    await page.click(".keys button:has-text('Голубой')")
    await page.wait_for_selector(".keys button:has-text('✓')")
    # The caption comes after its picture; before both, the backgrounds stand there.
    await page.wait_for_selector(".item:not(.mine) .words:has-text('Демо')")
    pixels = await shown(page)
    height, width = pixels.shape[:2]
    assert np.abs(pixels[8:40, 8:40].mean((0, 1)) - BLUE).max() < 30, "the preset in the corner"
    red, green, blue = pixels[height // 2, width // 3 : width * 2 // 3].mean(0)
    assert green > red + 30, "the shirt in the middle"
    assert green > blue + 15, "some of its print is white"
    await edit(page)
    await page.fill("textarea", "/help")
    await page.press("textarea", "Enter")
    await page.wait_for_selector(".item:not(.mine) .words:has-text('/settings')")
    await page.click("#composer [aria-label='Команды']")
    await page.click(".menu button:has-text('/settings')")
    await page.wait_for_selector(".item:last-child .keys button")
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


async def test_albums_own_backgrounds_the_group_and_forgetting(
    page: Page, samples: Path, tmp_path: Path
) -> None:
    await page.set_viewport_size(WIDE)  # type: ignore[arg-type]  # a TypedDict of these two
    words = page.locator(".item:not(.mine) .words")
    both = [samples / "green-t-shirt.jpg", samples / "brown-boots.jpg"]
    await page.set_input_files("#picker", both)
    await page.click("#composer .send")
    await page.click(".keys button:has-text('Белый')")
    await words.filter(has_text="Готово: 2 из 2").wait_for()
    assert await page.locator(".item:not(.mine) .photos.two img").count() == 2

    orange = tmp_path / "orange.png"
    Image.new("RGB", (1200, 900), ORANGE).save(orange)
    await write(page, "/mine")
    await page.click(".keys button:has-text('Прислать свой фон')")
    await words.filter(has_text="Пришлите картинку").wait_for()
    await page.set_input_files("#picker", orange)
    await page.click("#composer .send")
    await words.filter(has_text="Фон сохранён").wait_for()

    await write(page, "/forget")
    await page.click(".keys button:has-text('Да, удалить всё')")
    await words.filter(has_text="Удалил:").wait_for()

    await page.click(".chat:has-text('Витрина')")
    await page.set_input_files("#picker", both[0])
    await page.fill("textarea", "@vitrina_local_bot белый")
    await page.click("#composer .send")
    await page.locator(".item:not(.mine) .photos img").wait_for()


CODE: Final = '<b>Цена</b> <pre><code class="language-py">x = 1</code></pre>'
DROP: Final = """([type, name, encoded]) => {
  const given = new DataTransfer();
  const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  given.items.add(new File([bytes], name, { type: "image/png" }));
  const area = document.querySelector("textarea");
  area.dispatchEvent(type === "paste"
    ? new ClipboardEvent(type, { clipboardData: given, bubbles: true, cancelable: true })
    : new DragEvent(type, { dataTransfer: given, bubbles: true, cancelable: true }));
}"""


@dataclass(frozen=True)
class Alone:
    """The page without the bot: what that would send is put there by hand."""

    page: Page
    playground: Playground

    @property
    def chats(self) -> Chats:
        return self.playground.api.chats

    @property
    def mine(self) -> Locator:
        return self.page.locator(".item.mine")


@pytest_asyncio.fixture
async def alone(samples: Path) -> AsyncIterator[Alone]:
    async with serving("424242:local", samples, 0) as playground, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page(
            viewport=PHONE,  # type: ignore[arg-type]  # a TypedDict of these two
            locale="ru-RU",
            permissions=["clipboard-read", "clipboard-write"],
        )
        page.set_default_timeout(ANSWER_MS)
        await page.goto(playground.url)
        yield Alone(page, playground)
        await browser.close()


@pytest.mark.parametrize(("locale", "title"), [("en-GB", "Emma"), ("kk-KZ", "Анна")])
async def test_the_first_seller_writes_as_the_browser_reads(
    alone: Alone, locale: str, title: str
) -> None:
    browser = alone.page.context.browser
    assert browser is not None
    page = await browser.new_page(locale=locale)
    await page.goto(alone.playground.url)
    chosen = page.locator(".chat[aria-current='true'] b")
    await chosen.wait_for()
    assert await chosen.inner_text() == title


async def test_the_page_is_a_chat_of_telegram_s(alone: Alone) -> None:
    await write(alone.page, "почём?")
    await alone.mine.wait_for()
    await _see_the_bot_s(alone)
    await _change_and_answer(alone)
    await alone.page.emulate_media(color_scheme="dark")
    assert await violations(alone.page) == []
    await alone.page.emulate_media(color_scheme="light")
    await _drop_and_forward(alone)
    await _ask_for_faults(alone)
    page = alone.page
    for scheme, size in (("light", PHONE), ("dark", WIDE)):
        assert await violations(page) == [], scheme
        await page.keyboard.press("Escape")
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its words
        await page.set_viewport_size(size)  # type: ignore[arg-type]  # a TypedDict of these two
        assert await violations(page) == [], scheme
        assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]


async def _see_the_bot_s(alone: Alone) -> None:
    """Reactions, drafts, code, buttons, alerts."""
    page, chats = alone.page, alone.chats
    (said,) = chats.messages(ANNA.id)
    chats.react(ANNA.id, said["message_id"], ["👍"])
    await page.locator(".reaction", has_text="👍").wait_for()
    chats.tell({"event": "draft", "chat_id": ANNA.id, "text": "Стоит", "entities": []})
    await page.locator(".words", has_text="Стоит").wait_for()
    told = marked(CODE, "HTML")
    rows = [[{"text": "Взять", "copy_text": {"text": "1500 ₽"}}],
            [{"text": "Спросить", "callback_data": "ask"}]]  # fmt: skip
    chats.post(ANNA.chat(), chats.bot, {
        "text": told.text, "entities": list(told.entities), "reply_to_message": said,
        "reply_markup": {"inline_keyboard": rows},
    })  # fmt: skip
    await page.click(".words pre")
    await page.locator("#toast", has_text="Скопировано").wait_for()
    assert await page.evaluate("navigator.clipboard.readText()") == "x = 1"
    assert await page.locator(".words", has_text="Стоит").count() == 0, "the draft is over"
    await page.click(".keys button:has-text('Взять')")
    await page.wait_for_function("navigator.clipboard.readText().then((t) => t === '1500 ₽')")
    await page.click(".keys button:has-text('Спросить')")
    await page.locator(".keys .waiting").wait_for()
    tap = next(iter(chats.taps))
    chats.tell({"event": "answer", "id": tap, "text": "Минутку", "alert": True, "url": ""})
    await page.locator("#sheet", has_text="Минутку").wait_for()
    await page.click("#sheet .pill")


async def _change_and_answer(alone: Alone) -> None:
    page = alone.page
    await alone.mine.get_by_label("Изменить").click()
    await write(page, "почём кепка?")
    await alone.mine.filter(has_text="почём кепка?").filter(has_text="изменено").wait_for()
    await page.click(".item:not(.mine) [aria-label='Ответить']")
    await write(page, "беру")
    await alone.mine.filter(has=page.locator(".quote")).wait_for()
    await alone.mine.first.get_by_label("JSON сообщения").click()
    await page.locator("#sheet pre", has_text='"edit_date"').wait_for()
    await page.keyboard.press("Escape")


async def _drop_and_forward(alone: Alone) -> None:
    """Photos pasted and dropped are an album; it is forwarded to the group."""
    page = alone.page
    file = io.BytesIO()
    Image.new("RGB", (64, 48), ORANGE).save(file, "PNG")
    encoded = base64.b64encode(file.getvalue()).decode()
    await page.evaluate(DROP, ["paste", "one.png", encoded])
    await page.evaluate(DROP, ["drop", "two.png", encoded])
    await page.locator(".tray figure").nth(1).wait_for()
    await page.click("#composer .send")
    await page.locator(".mine .photos.two").wait_for()
    await alone.mine.last.get_by_label("Переслать").click()
    await page.click("#sheet .pill:has-text('Витрина')")
    await page.locator(".mine .origin", has_text="Анна").wait_for()
    assert len(alone.chats.messages(GROUP["id"])) == 2


async def _ask_for_faults(alone: Alone) -> None:
    page = alone.page
    await page.click("[aria-label='Ещё']")
    await page.fill("#sheet [type=number]", "3")
    await page.fill("#sheet [aria-label^='метод']", "sendPhoto")
    await page.click("#sheet .pill:has-text('502')")
    await page.locator("#sheet [role=status]", has_text="502 sendPhoto × 3").wait_for()
    assert alone.playground.api.faults.waiting() == {"502 sendPhoto": 3}


async def write(page: Page, text: str) -> None:
    await page.fill("textarea", text)
    await page.press("textarea", "Enter")
