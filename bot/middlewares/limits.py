"""How many pictures a seller may send: a minute, a day, at once. Albums pass whole."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog

from storage import albums, photos, usage
from storage.usage import DAY, Used

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.middlewares.rules import Rules

MINUTE: Final = 60.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a picture is not taken: a text's key and its number; no key where it was told before."""

    key: str | None
    count: int = 0


async def admit(
    connection: AsyncConnection, rules: Rules, seller_id: int, group_id: str | None
) -> Refusal | None:
    """Count an arrived picture, or refuse it.

    The caller's transaction accepts the picture and holds the seller's row: no other process can
    count for this seller until it commits. An album, ``group_id``, is judged by its first picture:
    the others pass, or are passed over, with it, up to as many as Telegram groups.
    """
    owner = await usage.pseudonym(connection, seller_id)
    refusal = None
    if seller_id not in rules.operators:
        refusal = await _judge(connection, rules, seller_id, owner, group_id)
    if refusal is None:
        await usage.note(connection, owner, Used.PICTURE)
    elif refusal.key is not None:
        log.info("over the limit", seller=seller_id, limit=refusal.key)
        if group_id is not None:
            await usage.note(connection, owner, Used.REFUSED_ALBUM, group_id)
    return refusal


async def _judge(
    connection: AsyncConnection, rules: Rules, seller_id: int, owner: str, group_id: str | None
) -> Refusal | None:
    now = time.time()
    if group_id is not None:
        refused = await usage.counts(
            connection, owner, Used.REFUSED_ALBUM, now - DAY, detail=group_id
        )
        if any(refused):
            return Refusal(None)
        if await albums.has_room(connection, seller_id, group_id):
            return None
    a_day = await usage.quota(connection, owner)
    if a_day is None:
        a_day = rules.photos_a_day or None
    today, lately = await usage.counts(connection, owner, Used.PICTURE, now - DAY, now - MINUTE)
    if a_day is not None and today >= a_day:
        return Refusal("limit-day", a_day)
    if rules.photos_a_minute and lately >= rules.photos_a_minute:
        return Refusal("limit-minute", rules.photos_a_minute)
    at_once = rules.photos_at_once
    if at_once and await photos.unfinished(connection, seller_id) >= at_once:
        return Refusal("limit-at-once", at_once)
    return None
