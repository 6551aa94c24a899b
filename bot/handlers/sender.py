"""Who sent an update."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.texts import language_of
from storage import awaited, sellers

if TYPE_CHECKING:
    from aiogram.types import Message, User
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.services import Services
    from storage.sellers import Seller


async def seller_of(connection: AsyncConnection, user: User | None) -> Seller:
    """Return the seller behind an update, greeted in the language of their Telegram at first."""
    if user is None:
        raise ValueError("an update of a private chat always has a sender")
    return await sellers.get_or_create(
        connection, user.id, language=language_of(user.language_code)
    )


async def sender(message: Message, services: Services, *, leave: bool = False) -> Seller:
    """Return the seller who wrote; with ``leave``, out of any exchange that was not finished."""
    async with services.database.write() as connection:
        seller = await seller_of(connection, message.from_user)
        if leave:
            await awaited.forget(connection, seller.id)
    return seller
