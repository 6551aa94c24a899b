"""A walk through the bot, drawn for the documentation from what the chat really showed.

`make docs/walk` draws it anew. The words and buttons that it met are kept beside the pictures, and
this test holds the bot to them: the documentation cannot drift.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.bot import Bot
from tests.e2e.drawing import Bubble, draw
from tests.e2e.seller import Seller
from tests.e2e.telegram import Message, Telegram
from tests.stands.captions import Captions

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

    from tests.stands.forms import Form

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "walk"
KEPT = FOLDER / "transcript.txt"


class Recorder(Telegram):
    """The stand-in Telegram, which also keeps in which rows the buttons stand."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[int, list[list[str]]] = {}

    async def _answer(self, request: web.Request, method: str, posted: Form) -> web.Response:
        response = await super()._answer(request, method, posted)
        if response.status == 200 and isinstance(response.text, str):
            result = json.loads(response.text)["result"]
            number = posted.fields.get("message_id") or (
                result.get("message_id") if isinstance(result, dict) else None
            )
            if number is not None:
                markup = json.loads(posted.fields.get("reply_markup") or "{}")
                self.rows[int(number)] = [
                    [button["text"] for button in row] for row in markup.get("inline_keyboard", [])
                ]
        return response


class Walk:
    """One seller's chat, scene by scene."""

    def __init__(self, telegram: Recorder, seller: Seller) -> None:
        self._telegram = telegram
        self._seller = seller
        self._places: list[Bubble | int] = []
        self.scenes: dict[str, list[Bubble]] = {}

    async def say(self, text: str) -> None:
        """Write."""
        self._look()
        self._places.append(Bubble(mine=True, text=text))
        await self._seller.say(text)

    async def send(self, photo: bytes, words: str) -> None:
        """Send a photo."""
        self._look()
        self._places.append(Bubble(mine=True, picture=photo, text=words))
        await self._seller.send_photo(photo, words)

    async def tap(self, message: Message, label: str, scene: str = "") -> None:
        """Tap a button; with ``scene``, draw the chat as it is then, under that name."""
        if scene:
            self.draw(scene, tapped=(message.id, label))
        await self._seller.tap(message, label)

    async def sees(self, what: Callable[[Message], object]) -> Message:
        """Wait for what the chat shows."""
        return await self._seller.sees(what)

    def draw(self, scene: str, *, tapped: tuple[int, str] = (0, ""), clear: bool = False) -> None:
        """Keep what the chat shows now; with ``clear`` the next scene begins below it."""
        self._look()
        shown = {message.id: message for message in self._seller.shown}
        bubbles = []
        for place in self._places:
            if isinstance(place, Bubble):
                bubbles.append(place)
            elif place in shown:
                message, rows = shown[place], self._telegram.rows.get(place, [])
                label = next(
                    (
                        text
                        for row in rows
                        for text in row
                        if place == tapped[0] and tapped[1] in text
                    ),
                    "",
                )
                bubbles.append(
                    Bubble(
                        mine=False,
                        text=message.text,
                        picture=message.picture,
                        rows=rows,
                        tapped=label,
                    )
                )
        self.scenes[scene] = bubbles
        if clear:
            self._places.clear()
            self._seen = {message.id for message in self._seller.shown}

    _seen: set[int] = set()  # noqa: RUF012 - replaced, never changed

    def _look(self) -> None:
        known = {place for place in self._places if isinstance(place, int)} | self._seen
        self._places += [m.id for m in self._seller.shown if m.id not in known]

    def transcript(self) -> str:
        """All words and buttons, scene by scene."""
        lines = []
        for name, bubbles in self.scenes.items():
            lines.append(f"== {name}")
            for bubble in bubbles:
                who = "seller" if bubble.mine else "bot"
                picture = " [picture]" if bubble.picture is not None else ""
                lines.append(f"{who}:{picture} {bubble.plain}".rstrip())
                lines += [f"  | {' | '.join(row)} |" for row in bubble.rows]
                lines += [f"  tap: {bubble.tapped}"] * bool(bubble.tapped)
        return "\n".join(lines) + "\n"


async def test_the_documented_walk(tmp_path: Path, samples: Path) -> None:
    telegram, captions = Recorder(), Captions()
    await telegram.start()
    await captions.start()
    bot = Bot(tmp_path, telegram, captions)
    await bot.start()
    walk = Walk(telegram, Seller(telegram, 8001))
    photo = (samples / "padded-vest.jpg").read_bytes()

    await walk.say("/start")
    await walk.sees(lambda m: "/background" in m.text)
    walk.draw("1-start", clear=True)

    await walk.send(photo, "Жилет, размер 46, 2 300 ₽")
    offer = await walk.sees(lambda m: any("Голубой" in label for label in m.buttons))
    await walk.tap(offer, "Голубой", scene="2-photo")
    result = await walk.sees(
        lambda m: m.picture and m.text.startswith("<b>") and (offer.deleted or m.id == offer.id)
    )
    walk.draw("3-result")
    before = result.picture
    await walk.tap(result, "Розовый круг")
    await walk.sees(lambda m: m.picture and m.picture != before and m.text.startswith("<b>"))
    walk.draw("4-swapped", clear=True)

    await walk.say("/settings")
    menu = await walk.sees(lambda m: "Где продаю" in m.buttons)
    await walk.tap(menu, "Фон")
    await walk.tap(await walk.sees(lambda m: "Спрашивать" in str(m.buttons)), "Зелёный")
    menu = await walk.sees(lambda m: "Фон по умолчанию: Зелёный" in m.text)
    await walk.tap(menu, "Где продаю")
    await walk.tap(await walk.sees(lambda m: "Amazon" in m.buttons), "Amazon", scene="5-market")
    await walk.sees(lambda m: "Фон по умолчанию: Белый" in m.text)
    walk.draw("6-settings", clear=True)

    await walk.say("/forget")
    ask = await walk.sees(lambda m: "Да, удалить всё" in m.buttons)
    await walk.tap(ask, "Да, удалить всё", scene="7-forget")
    await walk.sees(lambda m: "Удалил:" in m.text)
    walk.draw("8-forgotten")

    assert await bot.stop() == 0
    await captions.stop()
    await telegram.stop()
    if os.environ.get("DRAW_WALK"):
        for name, bubbles in walk.scenes.items():
            (FOLDER / f"{name}.svg").write_text(draw(bubbles))
        KEPT.write_text(walk.transcript())
    assert walk.transcript() == KEPT.read_text(), "the documentation is older: make docs/walk"
