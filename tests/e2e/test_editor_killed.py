"""The editor's process killed under an open page, and started again: real processes and a browser.

With PostgreSQL, so that the process that answers the page's touches is not the one that cut the
photo out, and the picture that is done comes from the other one.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import pytest
from playwright.async_api import async_playwright

from bot.texts import Texts
from tests.chaos.stand import stand
from tests.stands.editor import URL, signed
from tests.stands.sockets import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Response

    from tests.chaos.stand import Stand
    from tests.stands.postgres import Cluster

CHROMIUM: Final = shutil.which("chromium") or ""
SELLER: Final = 1
WAIT_SECONDS: Final = 60.0

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine"),
]


async def test_the_page_goes_on_where_it_was(tmp_path: Path, postgres: Cluster) -> None:
    said = Texts()
    async with stand(tmp_path, postgres.new_database()) as s, async_playwright() as playwright:
        port = free_port()
        here = {"EDITOR_URL": URL, "EDITOR_PORT": str(port)}
        front, worker = s.program("bot", **here), s.program("worker")
        for program in (front, worker):
            await program.start()
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": 360, "height": 640})
        page.set_default_timeout(WAIT_SECONDS * 1000)
        for program in (front, worker):
            await program.until_ready()
        s.send(SELLER)
        await s.until(lambda: not s.lost, WAIT_SECONDS)
        link = editor_link(s)

        async def tap(mode: str, x: float, y: float) -> None:
            await page.check(f"input[name=mode][value={mode}]")
            box = await page.locator("#stage").bounding_box()
            assert box is not None
            await page.mouse.click(box["x"] + box["width"] * x, box["y"] + box["height"] * y)

        def answered(path: str) -> Any:
            def is_it(response: Response) -> bool:
                return response.url.endswith(path) and response.ok

            return page.expect_response(is_it, timeout=WAIT_SECONDS * 1000)

        address = link.replace(URL, f"http://127.0.0.1:{port}")
        await page.goto(f"{address}#tgWebAppData={quote(signed(SELLER))}")
        await page.wait_for_selector("html[data-ready]")
        async with answered("/touch"), answered("/state"):
            await tap("select", 0.4, 0.5)

        await front.kill()
        shutil.rmtree(tmp_path / "data" / "embeddings")
        await tap("add", 0.6, 0.5)
        await page.wait_for_selector(f"#away:has-text('{said('ru', 'editor-away')}')")
        async with answered("/touch") as touch, answered("/state"):
            await front.start()
        assert len((await touch.value).request.post_data_json["clicks"]) == 2
        await page.wait_for_selector(f"#told:has-text('{said('ru', 'editor-back')}')")
        assert await page.text_content("#away") == ""

        async with answered("/touch"):
            await page.reload()
        pictures = sum(one.shows_picture for one in s.telegram.chats.sent)
        async with answered("/done"):
            await page.click("#done:enabled")
        await s.until(
            lambda: sum(one.shows_picture for one in s.telegram.chats.sent) > pictures, WAIT_SECONDS
        )
        assert s.telegram.chats.sent[-1].chat_id == SELLER
        assert sum(one.shows_picture for one in s.telegram.chats.sent) == pictures + 1
        assert not s.duplicates, "in the place of the one that stood there"
        await browser.close()


def editor_link(s: Stand) -> str:
    """Return where the button under the result leads."""
    for one in reversed(s.telegram.chats.sent):
        for row in one.message.get("reply_markup", {}).get("inline_keyboard", []):
            for button in row:
                if "web_app" in button:
                    return str(button["web_app"]["url"])
    raise AssertionError("no button leads to the editor")
