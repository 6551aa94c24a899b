"""A file that does not come is a network's mood: the job is tried again, nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import AsyncMock, Mock

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramNetworkError
from aiogram.methods import GetFile
from aiogram.types import File
from aiohttp import ClientPayloadError, ClientResponseError
from structlog.testing import capture_logs

from bot.steps import fetch
from bot.telegram.download import download
from pipeline.errors import PhotoUnavailableError
from tests.stands.bot import Person

if TYPE_CHECKING:
    from tests.stands.bot import Stand


@pytest.mark.parametrize("trouble", [TimeoutError(), ClientPayloadError("cut at /bot1:SECRET/")])
async def test_a_download_that_breaks_off(trouble: Exception) -> None:
    bot = AsyncMock(spec=Bot)
    bot.get_file.return_value = File(file_id="f", file_unique_id="u", file_path="photos/1.jpg")
    bot.download_file.side_effect = trouble
    with pytest.raises(TelegramNetworkError) as caught:
        await download(bot, "f")
    assert "SECRET" not in str(caught.value)


NOT_NOW = "Bad Request: wrong file_id or the file is temporarily unavailable"


async def test_a_file_that_telegram_does_not_hand_out_once_is_asked_for_again(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "PAUSE_SECONDS", 0.01)
    refusal = TelegramBadRequest(GetFile(file_id="x"), NOT_NOW)
    stand.telegram.faults["GetFile"] += [refusal]
    anna = Person(stand, 1)
    await anna.photo(words="белый")
    await stand.settle()
    assert anna.last.file is not None
    assert [shown.text for shown in anna.shown if "ещё раз" in shown.text] == []


async def test_a_file_that_never_comes_is_given_up_in_a_sentence(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "PAUSE_SECONDS", 0.01)
    refusal = TelegramBadRequest(GetFile(file_id="x"), NOT_NOW)
    stand.telegram.faults["GetFile"] += [refusal] * 20
    anna = Person(stand, 1)
    with capture_logs() as logs:
        await anna.photo()
        await stand.settle()
    assert "не отдаёт мне этот файл" in anna.last.text
    assert len(stand.telegram.faults["GetFile"]) == 20 - fetch.TRIES
    assert [log for log in logs if log["log_level"] == "error"] == []


async def test_a_path_that_has_run_out_is_asked_for_anew() -> None:
    bot = AsyncMock(spec=Bot)
    bot.get_file.return_value = File(file_id="f", file_unique_id="u", file_path="photos/1.jpg")
    gone = ClientResponseError(Mock(), (), status=404)
    bot.download_file.side_effect = gone
    with pytest.raises(PhotoUnavailableError):
        await download(bot, "f")
