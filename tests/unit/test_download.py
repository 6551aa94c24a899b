"""A file that does not come is a network's mood: the job is tried again, nothing is lost."""

from __future__ import annotations

from unittest.mock import AsyncMock

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramNetworkError
from aiogram.types import File
from aiohttp import ClientPayloadError

from bot.download import download


@pytest.mark.parametrize("trouble", [TimeoutError(), ClientPayloadError("cut at /bot1:SECRET/")])
async def test_a_download_that_breaks_off(trouble: Exception) -> None:
    bot = AsyncMock(spec=Bot)
    bot.get_file.return_value = File(file_id="f", file_unique_id="u", file_path="photos/1.jpg")
    bot.download_file.side_effect = trouble
    with pytest.raises(TelegramNetworkError) as caught:
        await download(bot, "f")
    assert "SECRET" not in str(caught.value)
