"""How many photos a seller may send: a minute, a day, at once. Albums pass whole."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

import structlog
from aiogram import BaseMiddleware
from aiogram.types import Message

from bot.handlers.answer import say
from storage import photos, sellers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiogram.types import TelegramObject
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.rules import Rules
    from bot.services import Services
    from storage.sellers import Seller

MINUTE, DAY = 60.0, 86_400.0
ALBUMS: Final = 1000

log = structlog.get_logger(__name__)


class PhotoLimits(BaseMiddleware):
    """Stands before the handlers of pictures.

    What counts are the photos in the database. An album is judged by its first picture: the others
    pass, or are passed over, with it.
    """

    def __init__(self) -> None:
        """Remember no albums yet."""
        self._albums: OrderedDict[str, bool] = OrderedDict()

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Hand a picture on, or say when the next may come."""
        services: Services = data["services"]
        if not isinstance(event, Message) or not (event.photo or event.document):
            return await handler(event, data)
        album = f"{event.chat.id} {event.media_group_id}" if event.media_group_id else ""
        if album in self._albums:
            return await handler(event, data) if self._albums[album] else None
        async with services.database.read() as connection:
            seller = await sellers.find(connection, event.from_user.id if event.from_user else 0)
            refusal = None
            if seller is not None:
                refusal = await refused(connection, services.rules, seller)
        if album:
            self._albums[album] = refusal is None
            while len(self._albums) > ALBUMS:
                self._albums.popitem(last=False)
        if seller is None or refusal is None:
            return await handler(event, data)
        key, count = refusal
        log.info("over the limit", seller=seller.id, limit=key)
        say(event, services, services.texts(seller.language, key, count=count), reply=True)
        return None


async def refused(
    connection: AsyncConnection, rules: Rules, seller: Seller
) -> tuple[str, int] | None:
    """Return the key and the number of the limit that a seller has reached, if any."""
    if seller.id in rules.operators:
        return None
    a_day = seller.photos_a_day
    if a_day is None:
        a_day = rules.photos_a_day or None
    now = time.time()
    sent = (await connection.execute(photos.counts(seller.id, now - DAY, now - MINUTE))).one()
    limits = {
        "limit-day": a_day,
        "limit-minute": rules.photos_a_minute or None,
        "limit-at-once": rules.photos_at_once or None,
    }
    for (key, limit), count in zip(limits.items(), sent, strict=True):
        if limit is not None and count >= limit:
            return key, limit
    return None
