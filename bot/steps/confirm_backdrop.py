"""Say that a background was kept, under which name, and offer what else it may have been."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import payloads
from bot.telegram.delivery import reply_to
from storage import backdrops, sellers
from storage.backdrops import MAX_OWN_BACKDROPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.services import Services
    from storage.backdrops import OwnBackdrop
    from storage.jobs import Job


async def confirm_backdrop(services: Services, job: Job) -> None:
    """Give the background a name if it has none yet, and tell."""
    async with services.database.write() as connection:
        own = await backdrops.get(connection, payloads.OfBackdrop.of(job).backdrop)
        if own is None:
            return
        seller = await sellers.get(connection, own.seller_id)
        title = own.title
        if title is None:
            owns = await backdrops.of_seller(connection, own.seller_id)
            title = _free_title(services, seller.language, owns)
            await backdrops.rename(connection, own.id, title)
    key = "own-kept" if own.purpose.as_default else "own-kept-later"
    await services.bot.send_message(
        own.chat_id,
        services.texts(seller.language, key, title=title),
        # The menu of own backgrounds is the seller's, not the group's.
        reply_markup=services.panels.own.kept(seller, own) if own.chat_id == seller.id else None,
        message_thread_id=own.thread_id,
        reply_parameters=reply_to(own.message_id),
    )


def _free_title(services: Services, language: str, owns: Sequence[OwnBackdrop]) -> str:
    taken = {own.title for own in owns}
    titles = (
        services.texts(language, "own-untitled", number=n) for n in range(1, MAX_OWN_BACKDROPS + 2)
    )
    return next(title for title in titles if title not in taken)
