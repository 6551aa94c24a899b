"""Fetch what a seller sent from Telegram."""

from __future__ import annotations

from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING

from aiogram.exceptions import TelegramBadRequest, TelegramNetworkError
from aiogram.methods import GetFile
from aiohttp import ClientError, ClientResponseError

from bot.telegram.session import BROKEN
from pipeline.errors import PhotoError, PhotoTooLargeError, PhotoUnavailableError

if TYPE_CHECKING:
    from aiogram import Bot

SECONDS = 60
GONE = {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


async def download(bot: Bot, file_id: str) -> bytes:
    """Return the file's bytes. Raises PhotoError where Telegram never hands it out.

    Raises PhotoUnavailableError where it does not now: it says the same of a file that it has lost.
    Raises TelegramNetworkError where the file does not come now: aiogram leaves what happens
    during a download as aiohttp, or the proxy's connector, raised it.
    """
    try:
        file = await bot.get_file(file_id)
    except TelegramBadRequest as error:
        if "too big" in error.message:
            raise PhotoTooLargeError(str(error), limit="20 MB") from error
        if "temporarily unavailable" in error.message:
            raise PhotoUnavailableError(str(error)) from error
        raise PhotoError(f"Telegram has no such file: {error}") from error
    if file.file_path is None:
        raise PhotoUnavailableError("Telegram names no path for the file")
    target = BytesIO()
    try:
        await bot.download_file(file.file_path, target, timeout=SECONDS)
    except (ClientError, *BROKEN) as error:
        if isinstance(error, ClientResponseError) and error.status in GONE:
            # A path holds for an hour: the next try asks for another.
            raise PhotoUnavailableError(f"the file is not there: {error.status}") from error
        # The error's own words may hold the address, and the address the token.
        message = f"the file did not come: {type(error).__name__}"
        raise TelegramNetworkError(GetFile(file_id=file_id), message) from error
    return target.getvalue()
