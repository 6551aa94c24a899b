"""The editor's page in a real browser, on a phone's screen, with a finger."""

from __future__ import annotations

import asyncio
import json
import shutil
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import numpy as np
import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import async_playwright

from tests.stands.drawn_editor import ACCENT, SIZE, EditorStand, serving_editor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from playwright.async_api import Browser, CDPSession, Page

CHROMIUM = shutil.which("chromium") or ""
PHONE: Final = {"width": 360, "height": 640}
EDGE: Final = 8
"""CSS pixels round the photo, as view.js has them."""
WAIT_SECONDS: Final = 90.0
USER: Final = json.dumps({"id": 5, "language_code": "ru"})
LAUNCH: Final = f"tgWebAppData={quote(f'user={quote(USER)}&hash=00')}"
STRAIGHT: Final = (-15, -14.5, -14, -13.5, -13)
"""Degrees that set a product straight which leans by 14."""
PRODUCT, BESIDE, ABOVE = (0.5, 0.5), (0.15, 0.5), (0.5, 0.15)
"""Places in the photo: on the product, and not."""

pytestmark = [
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine"),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


async def until(holds: Callable[[], Awaitable[object]]) -> None:
    """Look again and again: neither the page nor a request of its tells when it is drawn."""
    async with asyncio.timeout(WAIT_SECONDS):
        while not await holds():  # noqa: ASYNC110 - what is waited for is in the browser
            await asyncio.sleep(0.01)


class Phone:
    """The page under a finger, and the stand behind it. Places are shares of the photo's sides."""

    def __init__(self, page: Page, stand: EditorStand) -> None:
        self.page = page
        self.stand = stand
        self.clear_of_dots = 0.09
        self._glass: CDPSession | None = None

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for what the page is to send."""

        async def looked() -> bool:
            return holds()

        await until(looked)

    async def asked(self, what: str, count: int) -> Any:
        """Wait for the ``count``-th request of a kind; return what it said."""
        await self.until(lambda: self.stand.count(what) >= count)
        return self.stand.last(what)

    async def at(self, place: tuple[float, float]) -> tuple[float, float]:
        """Return where a place is on the screen, the photo not zoomed."""
        box = await self.page.locator("#stage").bounding_box()
        assert box is not None
        width, height = box["width"], box["height"]
        scale = min((width - 2 * EDGE) / SIZE[0], (height - 2 * EDGE) / SIZE[1])
        x = box["x"] + width / 2 + (place[0] - 0.5) * SIZE[0] * scale
        return x, box["y"] + height / 2 + (place[1] - 0.5) * SIZE[1] * scale

    async def tap(self, place: tuple[float, float]) -> None:
        await self.page.touchscreen.tap(*await self.at(place))

    async def drag(self, *places: tuple[float, float]) -> None:
        points = [await self.at(place) for place in places]
        await self.touches("touchStart", points[0])
        for (x0, y0), (x1, y1) in pairwise(points):
            for step in range(1, 5):
                here = x0 + (x1 - x0) * step / 4, y0 + (y1 - y0) * step / 4
                await self.touches("touchMove", here)
        await self.touches("touchEnd")

    async def touches(self, kind: str, *points: tuple[float, float]) -> None:
        """Put fingers on the glass, move them, or lift them all."""
        if self._glass is None:
            self._glass = await self.page.context.new_cdp_session(self.page)
        fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        touch = {"type": kind, "touchPoints": fingers}
        await self._glass.send("Input.dispatchTouchEvent", touch)

    async def colour(self, place: tuple[float, float]) -> tuple[int, ...]:
        """Return the RGB that the stage shows at a place."""
        x, y = await self.at(place)
        found = await self.page.evaluate(
            """([x, y]) => new Promise((resolve) => requestAnimationFrame(() => {
                const canvas = document.querySelector("#stage canvas");
                const box = canvas.getBoundingClientRect();
                const scale = canvas.width / box.width;
                const at = [(x - box.left) * scale, (y - box.top) * scale];
                resolve([...canvas.getContext("2d").getImageData(...at, 1, 1).data]);
            }))""",
            [x, y],
        )
        return tuple(found[:3])

    async def chosen(self, *places: tuple[float, float]) -> list[bool]:
        """Tell which places are within the outline: the others are darkened."""
        bright = [sum(await self.colour((x + self.clear_of_dots, y))) for x, y in places]
        # 263 is the brightest that is darkened, 300 the darkest that is not.
        return [value > 281 for value in bright]

    async def shows(self, *wanted: bool) -> None:
        """Wait until exactly the wanted ones of PRODUCT, BESIDE and ABOVE are chosen."""

        async def seen() -> bool:
            return await self.chosen(PRODUCT, BESIDE, ABOVE) == list(wanted)

        await until(seen)

    async def pick(self, name: str, value: str) -> None:
        await self.page.check(f"input[name={name}][value='{value}']")

    async def press(self, key: str) -> None:
        await self.page.click(f"[aria-label='{self.stand._texts('ru', f'editor-{key}')}']")


@asynccontextmanager
async def opened(
    browser: Browser, stand: EditorStand, launch: str = LAUNCH, script: str = ""
) -> AsyncIterator[Phone]:
    """Open the page; nothing that it runs may break."""
    context = await browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)  # type: ignore[arg-type]  # a TypedDict of these two
    broken: list[str] = []
    async with serving_editor(stand) as url:
        page = await context.new_page()
        page.set_default_timeout(WAIT_SECONDS * 1000)
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("console", lambda said: broken.extend([said.text] * ("Security" in said.text)))
        await page.add_init_script(script or "0")
        await page.goto(f"{url}#{launch}")
        await page.wait_for_selector("html[data-ready]")
        yield Phone(page, stand)
        await context.close()
    assert not broken


async def test_a_product_is_chosen_by_taps_a_box_and_suggestions(browser: Browser) -> None:
    async with opened(browser, EditorStand()) as phone:
        await phone.shows(True, False, False)
        await phone.tap(BESIDE)
        await phone.shows(False, True, False)
        (click,) = (await phone.asked("touch", 1))["clicks"]
        assert (click["x"], click["y"]) == pytest.approx(BESIDE, abs=0.01)
        await phone.pick("mode", "add")
        await phone.tap(ABOVE)
        await phone.shows(False, True, True)
        await phone.pick("mode", "remove")
        await phone.tap(BESIDE)
        await phone.shows(False, False, True)
        labels = [click["label"] for click in (await phone.asked("touch", 3))["clicks"]]
        assert labels == [1, 1, 0]
        await phone.press("undo")
        await phone.shows(False, True, True)
        await phone.press("redo")
        await phone.shows(False, False, True)
        assert phone.stand.count("touch") == 3, "what was answered is not asked again"
        await phone.pick("mode", "select")
        await phone.drag((0.3, 0.3), (0.7, 0.7))
        await phone.shows(True, False, False)
        touch = await phone.asked("touch", 4)
        assert touch["box"] == pytest.approx((0.3, 0.3, 0.7, 0.7), abs=0.01)
        assert touch["clicks"] == []
        await phone.pick("candidate", "2")
        await phone.shows(False, False, False)
        await phone.press("start-over")
        await phone.shows(True, False, False)
        await phone.page.click("text=Части по номерам")
        await phone.pick("part", "1")
        assert (await phone.asked("touch", 5))["parts"] == [1]
        await phone.shows(True, False, True)
        await phone.until(lambda: (phone.stand.state or {}).get("parts") == [1])
        await phone.page.reload()
        await phone.page.wait_for_selector("html[data-ready]")
        await phone.shows(True, False, True)


async def test_a_newer_touch_drops_the_one_before(browser: Browser) -> None:
    async with opened(browser, EditorStand()) as phone:
        phone.stand.gate.clear()
        await phone.tap(BESIDE)
        await phone.asked("touch", 1)
        await phone.tap(ABOVE)
        await phone.asked("touch", 2)
        phone.stand.gate.set()
        await phone.shows(False, False, True)
        await phone.press("undo")
        await phone.shows(False, True, False)
        assert phone.stand.count("touch") == 3, "the dropped one is asked when it is gone back to"


async def test_the_bot_is_away_and_comes_back(browser: Browser) -> None:
    async with opened(browser, EditorStand()) as phone:
        phone.stand.is_away = True
        await phone.tap(BESIDE)
        await phone.page.wait_for_selector("#away:has-text('Бот не отвечает')")
        phone.stand.is_away = False
        await phone.shows(False, True, False)
        await phone.page.wait_for_selector("#told:has-text('Бот снова на связи')")
        assert await phone.page.text_content("#away") == ""
        phone.stand.refusal = (409, "Ничего не выделено.")
        await phone.tap(ABOVE)
        await phone.page.wait_for_selector("#told:has-text('Ничего не выделено.')")
        await phone.shows(False, True, False)


async def test_a_finger_paints_erases_and_zooms(browser: Browser) -> None:
    async with opened(browser, EditorStand()) as phone:
        phone.clear_of_dots = 0
        await phone.page.click("#tab-mend")
        await phone.drag(PRODUCT, BESIDE)
        _, png = await phone.asked("mask", 1)
        size, _ = await phone.asked("snap", 1)
        assert size < 200_000
        height, width = png.shape
        assert max(width, height) == 768
        assert png[height // 2, round(width * 0.15)] == 0, "the stroke ended at the product's edge"
        assert png[height // 2, round(width * 0.49)] == 0, "what snapped under the stroke"
        assert png[round(height * 0.42), width // 2] == 255, "nothing changed beside it"
        await phone.page.uncheck("input[name=snap]")
        await phone.drag((0.25, 0.5), BESIDE)
        _, png = await phone.asked("mask", 2)
        assert png[height // 2, round(width * 0.2)] == 191, "as the finger had it"
        await phone.shows(False, True, False)
        assert phone.stand.count("snap") == 1
        await phone.pick("tool", "erase")
        await phone.drag(BESIDE, (0.12, 0.5))
        _, png = await phone.asked("mask", 3)
        levels = [png[height // 2, round(width * at)] for at in (0.14, 0.22)]
        assert levels == [64, 191], "kept over later strokes"
        await phone.shows(False, False, False)
        await phone.press("undo")
        await phone.shows(False, True, False)
        await phone.asked("mask", 4)
        await phone.until(lambda: bool((phone.stand.state or {}).get("painted")))
        x, y = await phone.at(PRODUCT)
        await phone.touches("touchStart", (x - 20, y))
        await phone.touches("touchStart", (x - 20, y), (x + 20, y))
        for step in range(1, 6):
            await phone.touches("touchMove", (x - 20 - step * 4, y), (x + 20 + step * 4, y))
        await phone.touches("touchEnd")
        await phone.page.click("#tab-choose")
        await phone.tap((0.7, 0.5))
        (click,) = (await phone.asked("touch", 1))["clicks"]
        assert click["x"] == pytest.approx(0.6, abs=0.03), "twice as near"
        await phone.touches("touchStart", (x - 20, y))
        await phone.touches("touchStart", (x - 20, y), (x + 20, y))
        for step in range(1, 6):
            await phone.touches("touchMove", (x - 20 + step * 8, y), (x + 20 + step * 8, y))
        await phone.touches("touchEnd")
        await phone.tap((0.7, 0.5))
        (moved,) = (await phone.asked("touch", 2))["clicks"]
        wide = 2 * ((await phone.at((1, 0.5)))[0] - (await phone.at((0, 0.5)))[0])
        assert click["x"] - moved["x"] == pytest.approx(40 / wide, abs=0.03), "moved by two"
        assert phone.stand.count("mask") == 4, "two fingers paint nothing"


async def test_a_product_is_placed_and_sent(browser: Browser) -> None:
    async with opened(browser, EditorStand()) as phone:
        stand, page = phone.stand, phone.page
        await page.click("#tab-place")
        await phone.asked("preview", 1)

        async def drawn() -> bool:
            away = np.subtract(await phone.colour(PRODUCT), ACCENT)
            return bool(np.abs(away).max() < 12)

        await until(drawn)
        box = await page.locator("#stage").bounding_box()
        assert box is not None
        side = min(box["width"], box["height"]) - 16
        await phone.drag(PRODUCT, (0.5, 0.3))
        await phone.until(lambda: bool((stand.state or {}).get("placement")))
        assert stand.state is not None
        moved = (await phone.at((0.5, 0.3)))[1] - (await phone.at(PRODUCT))[1]
        assert stand.state["placement"]["dy"] == pytest.approx(moved / side, abs=0.03)
        assert stand.state["placement"]["dx"] == pytest.approx(0, abs=0.005), "snapped"
        await page.wait_for_selector("#breaches li:has-text('Товар заходит за поля.')")
        for label, value in (("Поворот", "31"), ("Размер", "50")):
            await page.get_by_role("slider", name=label).fill(value)
        await page.click("text=Отразить")
        await page.wait_for_selector("[aria-pressed=true]:has-text('Отразить')")
        await phone.pick("section", "backdrop")
        await page.wait_for_selector("label:has-text('Мой стол') img[src^='blob:']")
        await phone.pick("backdrop", "preset:blue")
        await phone.until(lambda: stand.last("preview")["backdrop"] == "preset:blue")
        await page.wait_for_selector("#breaches li", state="detached")
        await phone.press("copy")
        assert (await phone.asked("done", 1))["copy"] is True
        await page.wait_for_selector("#told:has-text('Копия')")
        await page.click("#done:enabled")
        done = await phone.asked("done", 2)
        assert done["copy"] is False
        assert done["backdrop"] == "preset:blue"
        assert done["placement"]["mirror"] is True
        assert done["placement"]["scale"] == 0.5
        assert done["placement"]["turn"] == -31
        seen = {name: value for name, value in stand.last("preview").items() if name != "width"}
        assert {name: done[name] for name in seen} == seen, "what was seen is what is sent"
        # A product that leans by 14 degrees, as the photo has it; it is mirrored.
        await page.click("#tab-choose")
        await phone.tap((0.4, 0.25))
        await phone.pick("mode", "add")
        for step in range(1, 4):
            await phone.tap((0.4 + 0.05 * step, 0.25 + 0.15 * step))
        await phone.asked("touch", 4)

        async def leans() -> bool:
            return await phone.chosen((0.4, 0.25), (0.55, 0.7)) == [True, True]

        await until(leans)
        await page.click("#tab-place")
        await phone.pick("section", "position")
        await page.click("text=Выровнять")
        # What was kept before may be from before the sliders, with a turn of 0.
        await phone.until(lambda: (stand.state or {})["placement"]["turn"] in STRAIGHT)


async def test_telegram_around_it(browser: Browser) -> None:
    theme = {"bg_color": "#17212b", "text_color": "#f5f5f5", "hint_color": "#5a6a78",
             "button_color": "#5288c1", "button_text_color": "#ffffff"}  # fmt: skip
    launch = f"{LAUNCH}&tgWebAppVersion=8.0&tgWebAppThemeParams={quote(json.dumps(theme))}"
    proxy = """window.told = []; window.TelegramWebviewProxy = {
        postEvent: (type, data) => told.push([type, JSON.parse(data)])};"""
    async with opened(browser, EditorStand(), launch, proxy) as phone:
        page = phone.page

        async def told(kind: str) -> list[Any]:
            events = await page.evaluate("told")
            return [data for name, data in events if name == kind]

        assert not await page.is_visible("#bottom"), "Telegram has its own button"
        (button,) = await told("web_app_setup_main_button")
        assert (button["text"], button["is_visible"]) == ("Готово", True)
        assert await told("web_app_ready")
        assert await told("web_app_setup_swipe_behavior") == [{"allow_vertical_swipe": False}]
        await page.evaluate(
            "Telegram.WebView.receiveEvent('content_safe_area_changed', {top: 46, bottom: 0})"
        )
        box = await page.locator("#tools").bounding_box()
        assert box is not None
        assert box["y"] == 46
        await page.click("#tab-mend")
        assert (await told("web_app_setup_back_button"))[-1] == {"is_visible": True}
        await page.evaluate("Telegram.WebView.receiveEvent('back_button_pressed')")
        await page.wait_for_selector("#tab-choose[aria-selected=true]")
        assert await violations(page) == []
        await page.evaluate("Telegram.WebView.receiveEvent('main_button_pressed', '{}')")
        await phone.asked("done", 1)
        await until(lambda: told("web_app_close"))


async def test_with_a_mouse_nothing_is_out_of_reach(browser: Browser) -> None:
    """A row that only a finger can pull hides its end from a mouse."""
    async with serving_editor(EditorStand()) as url:
        page = await browser.new_page(viewport={"width": 1000, "height": 700})
        await page.goto(f"{url}#{LAUNCH}")
        await page.wait_for_selector("html[data-ready]")
        for tab in ("choose", "mend", "place"):
            await page.click(f"#tab-{tab}")
            assert "палец" not in (await page.text_content("#hint") or "").lower()
        for section in await page.locator("input[name=section]").all():
            await section.check()
            assert not await page.evaluate(
                """[...document.querySelectorAll("#panel .row, #panel .segments, #panel .buttons")]
                    .some((row) => row.scrollWidth > row.clientWidth + 8)"""
            )
        await page.close()


async def violations(page: Page) -> list[str]:
    found = await Axe().run(page)
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found.response["violations"]]


async def test_without_a_pointer_and_for_a_screen_reader(browser: Browser) -> None:
    async with opened(browser, EditorStand()) as phone:
        page = phone.page
        await page.focus("#stage")
        await page.keyboard.press("Shift+ArrowUp")
        await page.keyboard.press("ArrowLeft")
        await page.keyboard.press("Enter")
        (click,) = (await phone.asked("touch", 1))["clicks"]
        assert (click["x"], click["y"]) == (0.48, 0.4)
        await phone.shows(False, False, False)
        compare = page.locator(f"[aria-label='{phone.stand._texts('ru', 'editor-compare')}']")
        await compare.focus()
        await page.keyboard.down(" ")
        await phone.shows(True, True, True)
        await page.keyboard.up(" ")
        await phone.shows(False, False, False)
        await compare.hover()
        await page.mouse.down()
        await phone.shows(True, True, True)
        assert await compare.get_attribute("aria-pressed") == "true"
        await page.mouse.up()
        await phone.shows(False, False, False)
        await page.focus("input[name=candidate]")
        await page.keyboard.press("ArrowRight")
        await phone.until(lambda: (phone.stand.state or {}).get("base") == "2")
        assert await page.evaluate("document.activeElement.value") == "2"
        assert await violations(page) == []
        await page.focus("#tab-choose")
        await page.keyboard.press("ArrowRight")
        assert await page.evaluate("document.activeElement.id") == "tab-mend"
        assert await violations(page) == []
        await page.focus("#stage")
        await page.keyboard.press("Enter")
        await phone.asked("mask", 1)
        await page.emulate_media(color_scheme="dark")
        await page.keyboard.press("Control+z")
        await phone.until(lambda: (phone.stand.state or {}).get("base") == "2")
        await page.click("#tab-place")
        await page.focus("#stage")
        await page.keyboard.press("ArrowRight")
        await phone.until(lambda: bool((phone.stand.state or {}).get("placement")))
        assert phone.stand.state is not None
        assert phone.stand.state["placement"]["dx"] == 0.01
        assert await violations(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
