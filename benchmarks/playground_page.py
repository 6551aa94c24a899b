"""The picture of `vitrina try` in the documentation, as `make docs/playground.jpg`.

    python -m benchmarks.playground_page OUTPUT.jpg

The page on a phone's screen, as a newcomer has it: backgrounds to choose from, the result, and the
result in the dark. Needs Debian's chromium.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from playwright.async_api import async_playwright

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

    from pipeline.values import Pixels

ROOT: Final = Path(__file__).parents[1]
SAMPLE: Final = ROOT / "samples" / "green-t-shirt.jpg"
WORDS: Final = "T-shirt with a shark, size 98, 5 euro"
WIDTH, HEIGHT, GAP = 420, 862, 15
"""Pixels of a screen, and between two."""
PAPER: Final = (247, 248, 246)
QUALITY: Final = 88
ANSWER_MS: Final = 120_000
SETTLED_SECONDS: Final = 5.0
"""How long what slides in and fades, or says what a tap did, is there at most."""


@asynccontextmanager
async def opened() -> AsyncIterator[Page]:
    """Start the page with its bot on a folder of their own, and open it in English."""
    kept = {name: value for name, value in os.environ.items() if name != "BOT_TOKEN"}
    with tempfile.TemporaryDirectory(prefix="vitrina-page-") as folder:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "vitrina", "try", "--port", "0", "--no-browser",
            cwd=folder, env=kept | {"PYTHONUNBUFFERED": "1"}, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None  # noqa: S101 - it is piped
        try:
            said = (await process.stdout.readline()).decode()
            url = next(word for word in said.split() if word.startswith("http"))
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=shutil.which("chromium"), args=["--no-sandbox"]
                )
                page = await browser.new_page(
                    viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB"
                )
                page.set_default_timeout(ANSWER_MS)
                await page.goto(url)
                await page.wait_for_function(
                    "document.querySelector('#head .who span')?.innerText === 'bot'"
                )
                yield page
                await browser.close()
        finally:
            process.send_signal(signal.SIGINT)
            await process.wait()


async def screens() -> list[Pixels]:
    """Send a photo with its words, take the fourth background, and keep what is seen."""
    async with opened() as page:
        found = []

        async def keep() -> None:
            await asyncio.sleep(SETTLED_SECONDS)
            data = np.frombuffer(await page.screenshot(), np.uint8)
            found.append(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8))

        await page.set_input_files("#picker", SAMPLE)
        await page.fill("textarea", WORDS)
        await page.click("#composer .send")
        # The product stands before the backgrounds once it is cut out.
        await page.locator(".words", has_text="The numbers are on the picture").wait_for()
        await keep()
        await page.click(".keys button:has-text('4 ')")
        await page.locator(".item:not(.mine) .words", has_text="Demo").wait_for()
        picture = page.locator(".item:not(.mine) .photos img").last
        await picture.evaluate("image => image.closest('.item').scrollIntoView()")
        await keep()
        await page.emulate_media(color_scheme="dark")
        await keep()
        return found


def side_by_side(pictures: list[Pixels]) -> Pixels:
    """Lay screens out in a row, (h, w, 3) uint8 BGR."""
    wide = GAP + len(pictures) * (WIDTH + GAP)
    sheet = np.full((HEIGHT + 2 * GAP, wide, 3), PAPER, np.uint8)
    for number, picture in enumerate(pictures):
        left = GAP + number * (WIDTH + GAP)
        sheet[GAP : GAP + HEIGHT, left : left + WIDTH] = picture
    return sheet


if __name__ == "__main__":
    drawn = side_by_side(asyncio.run(screens()))
    cv2.imwrite(sys.argv[1], drawn, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
