"""A bot without a key for captions, with a Telegram of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from playground.api.faults import Fault, FaultKind
from playground.errors import RefusedError
from tests.e2e.bot import Bot
from tests.e2e.seller import Seller
from tests.stands.server import Served

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


async def test_the_picture_comes_all_the_same(tmp_path: Path, shirt: bytes) -> None:
    telegram = Served()
    await telegram.start()
    telegram.server.faults.add(Fault(FaultKind.SERVER_ERROR, ("getMe",)))
    bot = Bot(tmp_path, telegram, None)
    await bot.start()
    seller = Seller(telegram, 9001)
    await seller.send_photo(shirt)
    await seller.tap(await seller.sees(lambda m: bool(m.buttons)), "Белый")
    told = await seller.sees(lambda m: m.file is None and "выключены" in m.text)
    result = await seller.sees(lambda m: m.file is not None and not m.text)
    assert told.id != result.id
    await seller.say("/caption")
    await seller.sees(lambda m: "выключены" in m.text and m.id > told.id)
    assert await bot.stop() == 0
    await telegram.stop()
    assert "Traceback" not in bot.log.read_text()


async def test_an_unknown_token_is_told_in_a_line(tmp_path: Path) -> None:
    telegram = Served()
    await telegram.start()
    refusal = RefusedError("Unauthorized", 401)
    telegram.server.faults.add(Fault(FaultKind.REFUSED, ("getMe",), refusal=refusal))
    bot = Bot(tmp_path, telegram, None)
    with pytest.raises(AssertionError, match="does not know this BOT_TOKEN"):
        await bot.start()
    assert bot.process.returncode == 1
    assert "Traceback" not in bot.log.read_text()
    await telegram.stop()
