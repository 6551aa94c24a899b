"""Fetch what a seller sent from Telegram."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from aiogram.exceptions import TelegramBadRequest

from pipeline.errors import PhotoError, PhotoTooLargeError

if TYPE_CHECKING:
    from aiogram import Bot

SECONDS = 60


async def download(bot: Bot, file_id: str) -> bytes:
    """Return the file's bytes. Raises PhotoError where Telegram no longer hands it out."""
    try:
        file = await bot.get_file(file_id)
    except TelegramBadRequest as error:
        if "too big" in error.message:
            raise PhotoTooLargeError(str(error), limit="20 MB") from error
        raise PhotoError(f"Telegram has no such file: {error}") from error
    if file.file_path is None:
        raise PhotoError("Telegram names no path for the file")
    target = BytesIO()
    await bot.download_file(file.file_path, target, timeout=SECONDS)
    return target.getvalue()
