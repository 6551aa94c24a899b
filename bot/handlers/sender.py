"""Who sent an update."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.texts import language_of
from storage import sellers

if TYPE_CHECKING:
    from aiogram.types import User
    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.sellers import Seller


async def meet(connection: AsyncConnection, user: User | None) -> Seller:
    """Return the seller behind an update, greeted in the language of their Telegram at first."""
    if user is None:
        raise ValueError("an update of a private chat always has a sender")
    return await sellers.meet(connection, user.id, language=language_of(user.language_code))
